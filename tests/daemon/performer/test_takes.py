from collections.abc import Sequence

import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.engine import Answer, Query
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.modes import IN_TURN
from antiphon.daemon.performer.takes import Take, merit
from antiphon.model.events import MACHINE, NOTE_OFF, Event, step_of
from tests.daemon.jam import Jam, ScriptedEngine, check_all_notes_end, what_happened, who_and_kind

COSTS = {72: 9.0, 76: 3.0, 79: 6.0, 84: 9.0}


class Fickle(ScriptedEngine):
    """Plays one key again and again, another each time that the same beginning is drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[int] = []

    def advance(self, new: Sequence[Event], query: Query) -> Answer:
        answer = super().advance(new, query)
        if self.history[-1].who != MACHINE and query.kind.min() < -1:
            self.begun.append(list(COSTS)[len(self.begun) % len(COSTS)])
        if answer.event.who != MACHINE or answer.event.kind >= NOTE_OFF or not self.begun:
            return answer
        event = Event(MACHINE, answer.event.step, self.begun[-1], 16)
        return Answer(event, (COSTS[self.begun[-1]], 0.0, 0.0), answer.who_step)


def called(takes: int) -> Jam:
    jam = Jam(engine=Fickle())
    jam.set(takes=takes, echo=0.0)
    for key in (60, 62, 64, 65, 67):
        jam.note(key)
    assert isinstance(jam.engine, Fickle)
    jam.engine.begun.clear()
    return jam


def first_key(jam: Jam) -> int:
    return midi.key(next(data for _, data in jam.machine() if midi.is_note_on(data)))


def test_one_take_is_played_as_it_comes() -> None:
    jam = called(1)
    jam.wait(6.0)
    assert isinstance(jam.engine, Fickle)
    assert first_key(jam) == jam.engine.begun[-1]


def test_the_likeliest_of_four_is_played() -> None:
    jam = called(4)
    jam.wait(6.0)
    assert isinstance(jam.engine, Fickle)
    assert len(jam.engine.begun) >= 4
    assert first_key(jam) == 76
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_no_more_are_begun_than_there_is_time_for() -> None:
    jam = called(8)
    jam.engine.note_s = 0.02
    jam.wait(6.0)
    assert isinstance(jam.engine, Fickle)
    assert 1 < len(jam.engine.begun) < 6
    assert who_and_kind(jam) == what_happened(jam)


def test_a_player_who_goes_on_throws_all_takes_away() -> None:
    jam = called(8)
    jam.wait(0.1)
    jam.note(69)
    assert not jam.machine()
    jam.wait(8.0)
    assert who_and_kind(jam) == what_happened(jam)
    assert len({plan.plan for plan in jam.plans}) == 1


def take(keys: list[int], cost: float = 4.0, gap_s: float = 0.25) -> Take:
    draft = Draft(IN_TURN, 0, 0.0, 0.0, 10.0, 0, Hands())
    for key in keys:
        draft.add(Event(MACHINE, step_of(gap_s), key, 16))
    return Take(draft, np.random.default_rng(0), [cost] * len(keys))


C_MAJOR = Key(0, False, 0.9)
BEAT = Beat("tap", 0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (take([60, 62, 64], 3.0), take([60, 62, 64], 4.0)),
        (take([60, 62, 64]), take([60, 61, 64])),
        (take([60, 62, 64]), take([60, 60, 60])),
        (take([60, 62, 64], gap_s=0.25), take([60, 62, 64], gap_s=0.19)),
    ],
)
def test_what_makes_a_take_better(better: Take, worse: Take) -> None:
    assert merit(better, C_MAJOR, BEAT) > merit(worse, C_MAJOR, BEAT)


def test_what_is_not_known_does_not_count() -> None:
    assert merit(take([60, 61]), None, None) == merit(take([60, 62]), None, None)
    assert merit(take([]), C_MAJOR, BEAT) == 0.0
