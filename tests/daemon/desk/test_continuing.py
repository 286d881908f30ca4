import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.desk import analysis, composing, continuing, midi_files, text
from antiphon.daemon.desk.piece import Note
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from tests.daemon.desk.material import GRID, performed, piece, song
from tests.daemon.desk.test_text import antiphon


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return OnnxEngine(shipped_model())


def test_what_is_added_lies_behind_the_piece_on_its_grid_and_ends_at_a_bar(
    engine: OnnxEngine,
) -> None:
    source = song("A")
    made = continuing.go_on(engine, analysis.analyse(source), 4, seed=1)
    assert made.piece.parts[: len(source.parts)] == source.parts
    added = made.part.notes
    assert added and all(32 * GRID <= note.start < 48 * GRID for note in added)
    assert made.end_s == pytest.approx(24.0)
    assert all(note.start % (GRID // 2) == 0 for note in added)
    inside = np.mean([note.key % 12 in (0, 2, 4, 5, 7, 9, 11) for note in added])
    assert inside > 0.9


def test_the_same_seed_writes_the_same_and_another_something_else(engine: OnnxEngine) -> None:
    found = analysis.analyse(song("A"))
    one, same, other = (continuing.go_on(engine, found, 2, seed).part for seed in (1, 1, 2))
    assert one == same != other


def test_each_take_begins_with_the_same_past(engine: OnnxEngine) -> None:
    found = analysis.analyse(song("A"))
    made = composing.setting(found, None, 1.0)
    two = composing.takes(engine, made.wish, (), (), (0.0, 4.0), 2, seed=3)
    (again,) = composing.takes(engine, made.wish, (), (), (0.0, 4.0), 1, seed=3)
    assert two[0].notes == again.notes


def test_a_recording_goes_on_where_its_last_note_ends(engine: OnnxEngine) -> None:
    played = performed(song("A"))
    made = continuing.go_on(engine, analysis.analyse(played), 2, seed=0)
    assert min(note.start for note in made.part.notes) >= played.last_tick - 1


def test_no_key_is_struck_while_it_sounds(engine: OnnxEngine) -> None:
    notes = continuing.go_on(engine, analysis.analyse(song("AB")), 8, seed=5).part.notes
    for key in {note.key for note in notes}:
        mine = [note for note in notes if note.key == key]
        assert all(one.end <= two.start for one, two in pairwise(mine))


def test_long_pieces_are_gone_on_from(engine: OnnxEngine) -> None:
    notes = [Note(step * GRID, 60 + step % 12, GRID // 2) for step in range(1200)]
    assert continuing.go_on(engine, analysis.analyse(piece(notes)), 1, seed=0, count=1).part.notes


def test_the_command_goes_on_from_notes_that_are_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = "C:0,1 E:1,1 G:2,1 C:3,1"
    status, out, err = antiphon("continue", words, "--bars", "2", "--picture")
    assert (status, err) == (0, "") and 'part "continuation"' in out
    assert (tmp_path / "music-continued.mid").exists()
    assert (tmp_path / "music-continued.png").exists()
    status, out, _ = antiphon("continue", words, "--bars", "2", "--json")
    told = json.loads(out)
    assert text.read(told["text"]).notes and told["written"] == ["music-continued-2.mid"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--bars", "0"), "--bars"),
        (("--style", "jaz"), "jazz"),
        (("--temperature", "9"), "--temperature"),
        (("--takes", "0"), "--takes"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_what_cannot_be_is_one_line_and_writes_nothing(
    tmp_path: Path, options: tuple[str, str], why: str
) -> None:
    midi_files.write(song("A"), tmp_path / "song.mid")
    status, _, err = antiphon("continue", tmp_path / "song.mid", *options)
    assert status == 2 and why in err and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["song.mid"]
