from pathlib import Path

import pytest

from antiphon.daemon.desk import analysis, midi_files, varying
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from tests.daemon.desk.material import GRID, song
from tests.daemon.desk.test_text import antiphon


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return OnnxEngine(shipped_model())


def test_the_skeleton_stays_and_the_amount_says_how_much_goes(engine: OnnxEngine) -> None:
    source = song("A")
    found = analysis.analyse(source)
    changed = []
    for amount in (0.25, 0.75):
        made = varying.vary(engine, found, amount, seed=0, count=2)
        assert made.kept == len(source.table) - round(amount * len(source.table))
        old = {(note.start, note.key) for note in source.notes}
        new = {(note.start, note.key) for note in made.piece.notes}
        assert len(old & new) >= made.kept
        changed.append(made.changed)
    assert 0 < changed[0] < changed[1]


def test_other_bars_stay_as_they_are(engine: OnnxEngine) -> None:
    source = song("A")
    made = varying.vary(engine, analysis.analyse(source), 1.0, seed=1, bars=(3, 4), count=2)
    first, last = 8 * GRID, 16 * GRID
    for one, other in zip(source.parts, made.piece.parts, strict=True):
        assert [n for n in one.notes if not first <= n.start < last] == [
            n for n in other.notes if not first <= n.start < last
        ]
    assert made.new.notes and all(first <= note.start < last for note in made.new.notes)


def test_nothing_goes_at_amount_0(engine: OnnxEngine) -> None:
    source = song("A")
    assert varying.vary(engine, analysis.analyse(source), 0.0, seed=0).piece == source


def test_bars_outside_the_piece_are_one_line(engine: OnnxEngine, tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match="bars 1-8"):
        varying.vary(engine, analysis.analyse(song("A")), 0.5, seed=0, bars=(7, 12))
    midi_files.write(song("A"), tmp_path / "song.mid")
    for options in (("--bars", "x"), ("--bars", "9-12"), ("--amount", "2")):
        status, _, err = antiphon("vary", tmp_path / "song.mid", *options)
        assert status == 2 and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["song.mid"]


def test_the_command_says_what_stayed(tmp_path: Path) -> None:
    midi_files.write(song("A"), tmp_path / "song.mid")
    status, out, err = antiphon("vary", tmp_path / "song.mid", "--amount", "0.5", "--takes", "1")
    assert (status, err) == (0, "") and "kept     32 of 64 notes" in out
    assert (tmp_path / "song-varied.mid").exists()
