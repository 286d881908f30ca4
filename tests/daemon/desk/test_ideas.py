import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.desk import analysis, ideas, midi_files
from antiphon.daemon.desk.ideas import Brief, key_of
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from tests.daemon.desk.material import GRID, song
from tests.daemon.desk.test_text import antiphon


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return OnnxEngine(shipped_model())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("C", "C major"),
        ("a", "A minor"),
        ("Am", "A minor"),
        ("F# minor", "F# minor"),
        ("Eb", "Eb major"),
    ],
)
def test_keys_are_read_as_they_are_typed(words: str, name: str) -> None:
    assert key_of(words).name == name


def test_what_is_no_key_is_told() -> None:
    with pytest.raises(AntiphonError, match="F# minor"):
        key_of("H dur")


def test_melodies_are_single_lines_in_their_key_length_and_tempo(engine: OnnxEngine) -> None:
    brief = Brief(key=key_of("G"), tempo=90, bars=2)
    found = ideas.propose(engine, brief, 3, seed=0)
    assert len(found) == 3
    for idea in found:
        notes = idea.piece.notes
        assert idea.piece.tempos == ((0, round(60e6 / 90)),)
        assert 0 < max(note.end for note in notes) <= 8 * GRID
        assert np.mean([note.key % 12 in key_of("G").scale for note in notes]) > 0.8
        assert all(note.start % (GRID // 4) == 0 for note in notes)
    scores = [idea.score for idea in found]
    assert scores == sorted(scores, reverse=True)
    starts = [{(note.start, note.key) for note in idea.piece.notes} for idea in found]
    assert all(one != other for one, other in combinations(starts, 2))


def test_chords_change_on_half_bars(engine: OnnxEngine) -> None:
    (idea,) = ideas.propose(engine, Brief(kind="chords", bars=2), 1, seed=1)
    assert all(note.start % (2 * GRID) == 0 for note in idea.piece.notes)
    assert idea.chart.startswith("| ")


def test_a_rhythm_is_of_one_key(engine: OnnxEngine) -> None:
    (idea,) = ideas.propose(engine, Brief(kind="rhythm", bars=1), 1, seed=1)
    assert len({note.key for note in idea.piece.notes}) == 1


def test_ideas_like_a_piece_begin_at_their_own_beginning(engine: OnnxEngine) -> None:
    like = analysis.analyse(song("A"))
    found = ideas.propose(engine, Brief(kind="phrase", bars=2), 2, seed=0, like=like)
    for idea in found:
        assert min(note.start for note in idea.piece.notes) < 4 * GRID
        assert idea.piece.tempos == ((0, 500_000),)


def test_distance_is_0_for_the_same_and_1_for_nothing_in_common() -> None:
    shape = ideas.shape(song("A").table)
    assert ideas.distance(shape, shape) == 0
    assert 0 < ideas.distance(shape, ideas.shape(song("B").table)) <= 1


def test_the_command_writes_a_folder_and_nothing_over_it(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    words = ("ideas", "--count", "2", "--bars", "1", "--key", "Am", "--out", out, "--json")
    status, told, err = antiphon(*words)
    assert (status, err) == (0, "") and len(json.loads(told)["ideas"]) == 2
    assert sorted(path.name for path in out.iterdir()) == ["01.mid", "01.png", "02.mid", "02.png"]
    assert midi_files.read(out / "01.mid").notes
    status, _, err = antiphon(*words)
    assert status == 2 and "is there already" in err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--key", "H"), "no key"),
        (("--mood", "calmm"), "calm"),
        (("--style", "jaz"), "jazz"),
        (("--count", "0"), "--count"),
        (("--bars", "99"), "--bars"),
        (("--tempo", "1"), "--tempo"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(options: tuple[str, str], why: str) -> None:
    status, _, err = antiphon("ideas", *options)
    assert status == 2 and why in err and err.count("\n") == 1
