import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.desk import analysis, correcting, midi_files
from antiphon.daemon.desk.correcting import Report
from antiphon.daemon.desk.piece import Note, Piece, tidy
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from tests.daemon.desk.material import GRID, song
from tests.daemon.desk.test_text import antiphon


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return OnnxEngine(shipped_model(), tells_all=True)


def spoilt(old: Note, *new: Note) -> Piece:
    """Three sections that are alike, a note of the second replaced."""
    source = song("AAA")
    tune = source.parts[0]
    assert old in tune.notes
    notes = tidy([*(note for note in tune.notes if note != old), *new])
    return replace(source, parts=(replace(tune, notes=notes), source.parts[1]))


def report(engine: OnnxEngine, piece: Piece) -> Report:
    return correcting.correct(engine, analysis.analyse(piece))


def note_at(beat: int) -> Note:
    return next(note for note in song("AAA").parts[0].notes if note.start == beat * GRID)


def would_leave_the_key() -> Note:
    """A note of the second section that is outside the key a semitone higher."""
    second = [note for note in song("AAA").parts[0].notes if 36 * GRID <= note.start < 60 * GRID]
    return next(note for note in second if (note.key + 1) % 12 in (1, 3, 6, 8, 10))


def test_nothing_is_wrong_with_a_clean_piece(engine: OnnxEngine) -> None:
    source = song("AAA")
    found = report(engine, source)
    assert found.findings == () and found.piece == source


def test_a_wrong_semitone_is_found_and_put_right(engine: OnnxEngine) -> None:
    old = would_leave_the_key()
    found = report(engine, spoilt(old, replace(old, key=old.key + 1)))
    assert [(each.what, each.key) for each in found.findings] == [("wrong note", old.key + 1)]
    assert old in found.piece.parts[0].notes
    assert found.findings[0].reason


def test_a_note_twice_is_left_out_once(engine: OnnxEngine) -> None:
    old = note_at(41)
    again = replace(old, start=old.start + 40, length=old.length - 40)
    found = report(engine, spoilt(old, replace(old, length=39), again))
    assert [each.what for each in found.findings] == ["doubled"]
    assert again not in found.piece.parts[0].notes


def test_a_late_note_is_moved_to_its_place(engine: OnnxEngine) -> None:
    old = note_at(42)
    found = report(engine, spoilt(old, replace(old, start=old.start + 120)))
    assert [each.what for each in found.findings] == ["late"]
    assert any(note.start == old.start and note.key == old.key for note in found.piece.notes)


def test_a_note_that_lacks_is_found_where_alike_bars_have_it(engine: OnnxEngine) -> None:
    old = note_at(43)
    found = report(engine, spoilt(old))
    assert ("missing", old.key) in [(each.what, each.key) for each in found.findings]
    assert any(note.start == old.start and note.key == old.key for note in found.piece.notes)


def test_the_stricter_the_more_is_found(engine: OnnxEngine) -> None:
    rng = np.random.default_rng(0)
    source = song("AB")
    notes = [replace(n, key=n.key + int(rng.choice([0, 0, 0, 1]))) for n in source.parts[0].notes]
    piece = replace(source, parts=(replace(source.parts[0], notes=tidy(notes)), source.parts[1]))
    heard = analysis.analyse(piece)
    counts = [len(correcting.correct(engine, heard, each).findings) for each in (0.0, 0.5, 1.0)]
    assert counts[0] <= counts[1] <= counts[2] and counts[0] < counts[2]


def test_a_piece_of_one_note_is_clean(engine: OnnxEngine) -> None:
    one = Piece(parts=(replace(song("A").parts[0], notes=(Note(0, 60, 480),)),), end=480)
    assert report(engine, one).findings == ()


def test_the_command_reports_and_writes_apart(tmp_path: Path) -> None:
    old = would_leave_the_key()
    midi_files.write(spoilt(old, replace(old, key=old.key + 1)), tmp_path / "song.mid")
    before = (tmp_path / "song.mid").read_bytes()
    status, out, err = antiphon("correct", tmp_path / "song.mid")
    assert (status, err) == (0, "") and "wrong note" in out
    assert (tmp_path / "song.mid").read_bytes() == before
    assert old in midi_files.read(tmp_path / "song-corrected.mid").parts[0].notes
    status, out, _ = antiphon("correct", tmp_path / "song.mid", "--report", "--json")
    (finding,) = json.loads(out)["findings"]
    bar, beat = divmod(old.start // GRID, 4)
    assert (finding["bar"], finding["beat"]) == (bar + 1, beat + 1.0)
    status, _, err = antiphon("correct", tmp_path / "song.mid", "--strictness", "2")
    assert status == 2 and err.count("\n") == 1
