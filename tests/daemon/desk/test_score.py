import os
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from antiphon.daemon.desk import analysis, midi_files, notation, quantise, text
from antiphon.daemon.desk.engraving import Head, Meter, symbols, voices
from tests.daemon.desk.material import performed, song
from tests.daemon.desk.test_text import antiphon

COMMON = Meter(24, 4, frozenset())


def kinds(start: int, length: int, meter: Meter = COMMON) -> list[tuple[str, int, bool]]:
    chord = [[Head(start, length, 60, 0)]]
    found = symbols(chord, meter, 96, with_rests=False)
    return [(each.kind, each.dots, each.ties) for each in found]


def parsed(content: str) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 (our own)


def test_a_length_is_one_head_or_tied_ones_that_show_the_beat() -> None:
    assert kinds(0, 96) == [("whole", 0, False)]
    assert kinds(0, 36) == [("quarter", 1, False)]
    assert kinds(12, 24) == [("quarter", 0, False)]
    assert kinds(12, 36) == [("eighth", 0, True), ("quarter", 0, False)]
    assert kinds(72, 48) == [("quarter", 0, True), ("quarter", 0, False)]
    assert kinds(0, 60) == [("half", 0, True), ("eighth", 0, False)]


def test_a_triplet_is_written_as_thirds() -> None:
    meter = Meter(24, 4, frozenset([0]))
    chords = [[Head(place, 8, 60, place)] for place in (0, 8, 16)]
    found = symbols(chords, meter, 96, with_rests=False)
    assert [(each.kind, each.is_third) for each in found] == [("eighth", True)] * 3


def test_every_voice_fills_its_bars() -> None:
    rng = np.random.default_rng(0)
    for compound in (False, True):
        meter = Meter(36 if compound else 24, 2 if compound else 4, frozenset())
        at = 0
        chords: list[list[Head]] = []
        while at < 7 * meter.bar:
            length = int(rng.choice([6, 12, 18, 24, 36, 48]))
            chords.append([Head(at, length, 60, len(chords))])
            at += length + int(rng.choice([0, 0, 12, 24]))
        end = 8 * meter.bar
        found = symbols(chords, meter, end, with_rests=True)
        reach = 0
        for each in found:
            assert each.start == reach
            reach += each.length
            assert each.start // meter.bar == (reach - 1) // meter.bar
        assert reach == end


def test_a_held_note_gets_a_voice_of_its_own() -> None:
    heads = [Head(0, 96, 36, 0), Head(0, 24, 60, 1), Head(24, 24, 62, 2), Head(48, 48, 64, 3)]
    first, second = voices(heads, is_upper=False)
    assert [chord[0].row for chord in second] == [0] and second[0][0].length == 96
    assert [chord[0].row for chord in first] == [1, 2, 3]


def test_a_performance_is_written_as_its_score() -> None:
    source = song("AA")
    played = performed(source, pace=0.93)
    found = analysis.analyse(played)
    written = quantise.quantise(played.table, found.beats).start
    true = np.repeat(0, len(written)) + np.array([note.start for note in source.notes]) // 20
    level = 1.0 if abs(found.beats.tempo - 112) < 12 else 0.5
    assert len(np.unique(written - np.rint(true * level))) == 1


def test_musicxml_has_the_notes_bars_and_staves() -> None:
    found = analysis.analyse(song("A"))
    root = parsed(notation.musicxml(found, "A <song> & more"))
    notes = [note for note in root.iter("note") if note.find("pitch") is not None]
    heads = [note for note in notes if not any(t.get("type") == "stop" for t in note.iter("tie"))]
    assert len(heads) == len(found.piece.table)
    assert len(root.findall(".//measure")) == 8
    assert {note.findtext("staff") for note in notes} == {"1", "2"}
    assert root.findtext(".//fifths") == "0" and root.findtext(".//beats") == "4"


def test_musicxml_has_beams_tuplets_and_pedals() -> None:
    words = "C5:0,1/3 D5:1/3,1/3 E5:2/3,1/3 C5:1,1/2 D5:1.5,1/2 E5:2,2 pedal:0,2"
    content = notation.musicxml(analysis.analyse(text.read(words)), "tune")
    root = parsed(content)
    assert [tuplet.get("type") for tuplet in root.iter("tuplet")] == ["start", "stop"]
    assert [beam.text for beam in root.iter("beam")].count("begin") == 2
    assert [pedal.get("type") for pedal in root.iter("pedal")] == ["start", "stop"]


def test_pages_are_engraved() -> None:
    content = notation.musicxml(analysis.analyse(song("A")), "song")
    assert notation.engraved(content)[0].lstrip().startswith("<svg")


def test_odd_pieces_are_written() -> None:
    rng = np.random.default_rng(1)
    keys = [f"{rng.choice(list('CDEFGAB'))}{rng.integers(1, 8)}" for _ in range(120)]
    words = " ".join(f"{key}:{40 * rng.random():.3f},{3 * rng.random() + 0.01:.3f}" for key in keys)
    for odd in ("C4:0,1", "C4:7,0.01", "meter 6/8\nC4:0,1.5 E4:1.5,3", "meter 5/4\nC4:0,5", words):
        assert "<note" in notation.musicxml(analysis.analyse(text.read(odd)), "odd")


def test_the_command_writes_musicxml_and_a_page(tmp_path: Path) -> None:
    midi_files.write(song("A"), tmp_path / "song.mid")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status, out, err = antiphon("score", tmp_path / "song.mid", "--page")
    assert (status, err) == (0, "") and "C major" in out
    assert (tmp_path / "song.musicxml").exists() and (tmp_path / "song-score.html").exists()


def test_a_pdf_without_a_program_for_it_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    midi_files.write(song("A"), tmp_path / "song.mid")
    status, _, err = antiphon("score", tmp_path / "song.mid", "--pdf")
    assert status == 2 and "MuseScore or LilyPond" in err and err.count("\n") == 1


OFFLINE = """
import socket, sys

def refused(*_):
    raise AssertionError("it asked the network")

socket.getaddrinfo = refused
from antiphon.daemon.desk import notation

notation._partitura()
import fluidsynth

assert fluidsynth.Synth
"""


def test_nothing_is_fetched_where_fluidsynth_is_installed(tmp_path: Path) -> None:
    (tmp_path / "fluidsynth.py").write_text("class Synth: ...\n")
    there = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        [sys.executable, "-c", OFFLINE],
        env=os.environ | {"PYTHONPATH": there},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
