"""What is counted of those who play beside a player, and of the machine there."""

import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.messages import Timed
from antiphon.export import company
from antiphon.export.company import as_played, judged
from antiphon.model.arrays import Notes
from antiphon.model.errors import ModelError
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of, steady, task_of


def held(keys: tuple[int, ...], begin_s: float, end_s: float) -> list[Timed]:
    ons = [(begin_s, midi.note_on(0, key, 70)) for key in keys]
    return [*ons, *((end_s, midi.note_off(0, key)) for key in keys)]


def strike(*struck: tuple[float, int]) -> list[Timed]:
    return [(time, midi.note_on(0, key, 60)) for time, key in struck]


@pytest.mark.parametrize(
    ("beside", "consonant", "of"),
    [
        (((6.0, 76),), 1, 1),
        (((6.0, 61), (7.0, 72)), 1, 2),
        (((11.9, 67),), 1, 1),
        (((12.1, 67),), 0, 0),
        (((4.0, 64),), 0, 0),
    ],
)
def test_notes_are_judged_by_the_chord_of_the_moment(
    beside: tuple[tuple[float, int], ...], consonant: int, of: int
) -> None:
    # C major from the fourth second to the tenth, and in the ear for two more.
    player = [*held((60, 64, 67), 3.0, 10.0), *held((62,), 20.0, 21.0)]
    found = judged(player, strike(*beside))
    assert (found.consonant, found.judged) == (consonant, of)


def test_what_is_played_in_no_room_is_counted() -> None:
    busy = [message for n in range(80) for message in held((60,), 6 + n / 10, 6.05 + n / 10)]
    found = judged(busy, strike((5.5, 72), (10.0, 72), (11.0, 72)))
    assert (found.onsets, found.crowded) == (3, 2)
    assert 5.0 < found.crowded_s < 8.0


def duet() -> Notes:
    upper, lower = steady(0.5, 60, (72, 76, 79)), steady(0.5, 60, (48, 52, 55))
    lower["part"], lower["offset"] = 1, lower["onset"] + 1.4
    return np.sort(np.concatenate([upper, lower]), order=["onset", "key"])


def test_the_machine_the_other_part_and_a_strangers_are_told_apart() -> None:
    packed = corpus_of([("folk", duet()), ("folk", duet())])
    found = company.measure(task_of(ScriptedEngine(), packed))["company"]
    assert found["pieces"] == 2
    assert found["true"]["judged"] > 0
    assert found["true"]["consonant"] == 1.0
    assert found["machine"]["notes_a_second"] > 0.0
    text = "\n".join(company.table({"company": found}))
    assert "the machine" in text
    assert "another piece's part" in text


def test_pieces_of_one_part_are_not_enough() -> None:
    packed = corpus_of([("folk", steady(0.5, 60, (60, 64)))])
    with pytest.raises(ModelError, match="no piece has two parts"):
        company.measure(task_of(ScriptedEngine(), packed))


def test_of_a_key_struck_again_at_its_end_the_ending_comes_first() -> None:
    notes = steady(0.25, 2, (60,))
    notes["offset"] = notes["onset"] + 0.25
    kinds = [midi.is_note_on(data) for _, data in as_played(notes)]
    assert kinds == [True, False, True, False]
