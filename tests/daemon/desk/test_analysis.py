import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.desk import analysis, beats, melody, midi_files, structure, text
from antiphon.daemon.desk.page import page
from antiphon.daemon.desk.piece import Note, Part, Piece
from antiphon.daemon.errors import AntiphonError
from tests.daemon.desk.material import GRID, performed, piece, song
from tests.daemon.desk.test_text import antiphon


def test_a_song_is_heard_as_what_it_is() -> None:
    found = analysis.analyse(song("AABA"))
    assert found.form == "AABA"
    assert [(each.first, each.last) for each in found.sections] == [
        (0, 8),
        (8, 16),
        (16, 24),
        (24, 32),
    ]
    assert found.harmony.key.name == "C major"
    assert (found.beats.meter, round(found.beats.tempo)) == ("4/4", 120)
    shown = analysis.chart(found).strip("| ").split(" | ")
    true = ["C", "F", "G", "C", "Am", "F", "G", "C"]
    assert sum(one.startswith(other) for one, other in zip(shown, true, strict=False)) >= 7
    assert found.motifs and len(found.motifs[0].places) >= 3
    assert abs(sum(found.style.values()) - 1) < 1e-6


def test_the_beat_of_a_performance_is_heard() -> None:
    found = analysis.analyse(performed(song("AABA"), pace=0.9))
    assert found.beats.is_heard
    # Twice as slow is the same beat at another level.
    assert min(abs(found.beats.tempo / tempo - 1) for tempo in (108, 54)) < 0.03
    true_s = 0.5 + np.arange(130) * 0.5 / 0.9
    off = [float(np.abs(true_s - time_s).min()) for time_s in found.beats.times_s]
    assert np.mean(np.array(off) < 0.07) > 0.95
    assert found.harmony.key.name == "C major"


def test_a_modulation_is_heard_where_it_is() -> None:
    first = song("AA")
    up = [
        Part(
            part.name,
            part.channel,
            tuple(
                Note(note.start + first.end + 20, note.key + 6, note.length, note.velocity)
                for note in part.notes
            ),
        )
        for part in first.parts
    ]
    both = Piece(
        GRID,
        tuple(
            Part("", one.channel, one.notes + other.notes)
            for one, other in zip(first.parts, up, strict=True)
        ),
        end=2 * first.end,
    )
    keys = analysis.analyse(both).harmony.keys
    assert [each.key.name for each in keys] == ["C major", "F# major"]
    assert abs(keys[1].first - 64) <= 4


def test_motifs_are_found_where_they_are_changed() -> None:
    figure: list[tuple[float, int, float]] = [(0, 60, 1), (1, 64, 0.5), (1.5, 62, 0.5), (2, 67, 2)]
    fill: list[tuple[float, int, float]] = [(0, 55, 2), (2, 57, 1), (3, 53, 1)]
    notes: list[Note] = []
    for bar, (shape, by) in enumerate(
        [(figure, 0), (fill, 0), (figure, 5), (fill, 1), (figure, 0), (fill, 3), (figure, -2)]
    ):
        notes += [
            Note(round((4 * bar + at) * GRID), key + by, round(length * GRID))
            for at, key, length in shape
        ]
    found = analysis.analyse(piece(notes)).motifs
    hows = {place.how for place in found[0].places}
    assert {"as first", "up 5", "down 2"} <= hows


def test_inversion_and_slower_are_told() -> None:
    shape = [(0, 0), (1, 4), (1.5, 2), (2, 7), (3.5, 5)]
    notes: list[Note] = []
    at = 0.0
    for sign, slow in ((1, 1), (1, 1), (1, 1), (-1, 1), (1, 2)):
        notes += [
            Note(round((at + slow * beat) * GRID), 60 + sign * step, GRID // 3)
            for beat, step in shape
        ]
        at += 4 * slow
    found = analysis.analyse(piece(notes)).motifs
    hows = {place.how for motif in found for place in motif.places}
    assert "inverted" in hows and "twice as slow" in hows


def test_a_file_that_keeps_to_its_beats_is_believed_and_a_recording_is_not() -> None:
    assert not beats.find(song()).is_heard
    assert beats.find(performed(song())).is_heard


def test_compound_metre_is_counted_in_dotted_beats() -> None:
    found = analysis.analyse(
        text.read("meter 6/8\n" + " ".join(f"C:{n / 2},1/2" for n in range(48)))
    )
    assert (found.beats.meter, found.beats.per_bar, len(found.beats.bars_s)) == ("6/8", 2, 8)


def test_the_melody_is_the_part_that_is_one_or_the_top_line() -> None:
    found = song()
    assert melody.leading_part(found.table) == 0
    top = melody.leading(piece([Note(0, 60, 480), Note(0, 72, 480), Note(240, 65, 240)]).table)
    assert top.key.tolist() == [72]


def test_one_note_and_few_are_analysed() -> None:
    for words in ("C4:0,1", "C4:0,1 D4:1,1", "C4:5,0.01", "[C4 E4 G4]:0,4"):
        found = analysis.analyse(text.read(words))
        assert found.form == "A" and json.dumps(analysis.as_json(found)) and page(found, "one")


def test_drums_alone_are_one_line() -> None:
    with pytest.raises(AntiphonError, match="drums"):
        analysis.analyse(Piece(parts=(Part("", 9, (Note(0, 36, 10),)),)))


def test_thousands_of_notes_of_no_sense_are_analysed() -> None:
    rng = np.random.default_rng(0)
    notes = [Note(60 * step, int(rng.integers(30, 90)), 50) for step in range(600)]
    assert analysis.analyse(piece(notes)).sections


def test_names_in_a_page_are_escaped() -> None:
    found = analysis.analyse(song("AB"))
    text_of_page = page(found, "<script>alert(1)</script>")
    assert "<script>alert" not in text_of_page and "&lt;script&gt;" in text_of_page


def test_the_command_writes_a_page_and_json_and_nothing_twice(tmp_path: Path) -> None:
    midi_files.write(song(), tmp_path / "song.mid")
    status, out, err = antiphon("analyse", tmp_path / "song.mid", "--chords")
    assert (status, err) == (0, "") and "C major" in out and "AABA" in out and "| C " in out
    assert (tmp_path / "song-analysis.html").read_text().startswith("<!doctype html>")
    status, out, _ = antiphon("analyse", tmp_path / "song.mid", "--json")
    told = json.loads(out)
    assert told["form"] == "AABA" and told["page"].endswith("song-analysis-2.html")
    assert antiphon("analyse", tmp_path / "song.mid", "--no-page")[0] == 0
    assert len(list(tmp_path.glob("*.html"))) == 2


def test_the_form_of_alike_bars_is_one_section() -> None:
    assert structure.cut(np.eye(9)) == [0, 9]
