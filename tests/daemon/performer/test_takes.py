from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import MOST_AHEAD, Draft
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.modes import IN_TURN
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.performer.repertoire import figures_of
from antiphon.daemon.performer.takes import Aim, Take, merit
from antiphon.model.events import MACHINE, NOTE_OFF, Event, step_of
from tests.daemon.jam import (
    Jam,
    ScriptedBranches,
    ScriptedEngine,
    check_all_notes_end,
    what_happened,
    who_and_kind,
)

COSTS = {72: 9.0, 76: 3.0, 79: 6.0, 84: 9.0}


class Fickle(ScriptedEngine):
    """Plays one key again and again, another in each branch."""

    def __init__(self, costs: Mapping[int, float] = COSTS) -> None:
        super().__init__()
        self.costs = costs
        self.steps = 0
        self.asked_for = 0

    def branch(self, count: int, mark: int) -> "FickleBranches":
        self.asked_for = count
        return FickleBranches(self, super().branch(count, mark).histories)

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        return turned(super().advance(new, query, moments), self.costs, 0)


class FickleBranches(ScriptedBranches):
    def advance(
        self, new: Sequence[Event], queries: Sequence[Query], moments: Floats | None = None
    ) -> list[Answer]:
        assert isinstance(self.engine, Fickle)
        self.engine.steps += 1
        answers = super().advance(new, queries, moments)
        return [turned(answer, self.engine.costs, at) for at, answer in enumerate(answers, 1)]


def turned(answer: Answer, costs: Mapping[int, float], place: int) -> Answer:
    """The same by the key that is this take's."""
    if answer.event.who != MACHINE or answer.event.kind >= NOTE_OFF:
        return answer
    key = list(costs)[place % len(costs)]
    return Answer(
        Event(MACHINE, answer.event.step, key, 16), (0.0, costs[key], 0.0), answer.who_step
    )


def called(takes: int) -> Jam:
    jam = Jam(engine=Fickle())
    jam.set(takes=takes, echo=0.0)
    for key in (60, 62, 64, 65, 67):
        jam.note(key)
    return jam


def first_key(jam: Jam) -> int:
    return midi.key(next(data for _, data in jam.machine() if midi.is_note_on(data)))


def test_one_take_is_played_as_it_comes() -> None:
    jam = called(1)
    jam.wait(6.0)
    assert isinstance(jam.engine, Fickle)
    assert jam.engine.asked_for == 0
    assert first_key(jam) == 72


@pytest.mark.parametrize(("takes", "key"), [(2, 76), (4, 76), (8, 76)])
def test_the_likeliest_is_played(takes: int, key: int) -> None:
    jam = called(takes)
    jam.wait(6.0)
    assert isinstance(jam.engine, Fickle)
    assert jam.engine.asked_for == takes - 1
    assert first_key(jam) == key
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_the_others_take_no_longer_than_there_is_time_for() -> None:
    jam = called(8)
    assert isinstance(jam.engine, Fickle)
    jam.engine.note_s = 0.005
    jam.play(midi.note_on(0, 69, 64))
    jam.wait(0.2)
    jam.engine.steps = 0
    jam.play(midi.note_off(0, 69))
    jam.wait(2.0)
    assert 0 < jam.engine.steps <= MOST_AHEAD
    assert first_key(jam) == 76
    assert who_and_kind(jam)[: len(what_happened(jam))] == what_happened(jam)


def test_takes_are_heard_to_their_ends_before_one_is_chosen() -> None:
    """Two that are alike but for this: one would end abroad, the other comes home."""
    jam = Jam(engine=Fickle({74: 3.0, 72: 3.0}))
    jam.set(takes=2, echo=0.0, scale_lock="hard")
    for key in (60, 64, 67, 72, 67, 64, 60):
        jam.note(key)
    jam.wait(6.0)
    assert first_key(jam) == 72


def test_what_is_drawn_far_ahead_is_drawn_again_when_a_control_changes() -> None:
    jam = called(4)
    jam.wait(1.2)
    assert first_key(jam) == 76
    jam.set(loudness=1.0)
    changed_s = jam.now
    jam.wait(8.0)
    later = [midi.key(d) for t, d in jam.machine() if midi.is_note_on(d) and t > changed_s + 0.7]
    # The take that was chosen would have gone on with 76.
    assert set(later) == {72}
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_a_player_who_goes_on_throws_all_takes_away() -> None:
    jam = called(8)
    jam.wait(0.1)
    jam.note(69)
    assert not jam.machine()
    jam.wait(8.0)
    assert who_and_kind(jam) == what_happened(jam)
    assert len({plan.plan for plan in jam.plans}) == 1


def take(keys: list[int], cost: float = 4.0, gap_s: float = 0.25, touch: int = 16) -> Take:
    draft = Draft(IN_TURN, 0, 0.0, 0.0, 10.0, 0, Hands())
    for key in keys:
        draft.add(Event(MACHINE, step_of(gap_s), key, touch))
    return Take(draft, np.random.default_rng(0), [cost] * len(keys))


C_MAJOR = Key(0, False, 0.9)
BEAT = Beat("tap", 0.0, 0.0, 0.5)
ASKED = {"density": position("density", 4.0), "loudness": position("loudness", 66.0)}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (take([60, 62, 64], 3.0), take([60, 62, 64], 4.0)),
        (take([60, 62, 64]), take([60, 61, 64])),
        (take([60, 62, 64]), take([60, 60, 60])),
        (take([60, 62, 64], gap_s=0.25), take([60, 62, 64], gap_s=0.19)),
        (take([60, 62, 64, 65], gap_s=0.25), take([60, 62, 64, 65], gap_s=0.125)),
        (take([60, 62, 64], touch=16), take([60, 62, 64], touch=28)),
    ],
)
def test_what_makes_a_take_better(better: Take, worse: Take) -> None:
    aim = Aim(ASKED, C_MAJOR, BEAT)
    assert merit(better, aim) > merit(worse, aim)


def test_the_mood_that_was_asked_for_counts() -> None:
    major, minor = take([60, 64, 67, 72, 64, 60]), take([60, 63, 67, 72, 63, 60])
    bright, dark = Aim({"valence": 1.0}, None, None), Aim({"valence": 0.0}, None, None)
    assert merit(major, bright) > merit(minor, bright)
    assert merit(minor, dark) > merit(major, dark)


def test_one_that_ends_on_a_cadence_is_better() -> None:
    at_home, abroad = take([60, 62, 64, 60]), take([60, 62, 64, 62])
    aim = Aim({}, C_MAJOR, None)
    assert merit(at_home, aim) == merit(abroad, aim)
    for each in (at_home, abroad):
        each.draft.let_go(each.draft.end_s)
    assert merit(at_home, aim) > merit(abroad, aim)


def test_what_was_played_in_other_replies_makes_a_take_worse() -> None:
    figure, other = take([60, 62, 65, 64, 67, 60]), take([60, 67, 65, 62, 69, 60])
    played = frozenset(figures_of((at, key + 5) for at, key in enumerate([60, 62, 65, 64, 67, 60])))
    assert merit(figure, Aim({}, None, None)) == merit(other, Aim({}, None, None))
    assert merit(figure, Aim({}, None, None, own=played)) < merit(other, Aim({}, None, None))
    theirs = Aim({}, None, None, own=played, theirs=played)
    assert merit(figure, theirs) == merit(other, theirs)
    assert merit(figure, replace(theirs, echo=0.2)) > merit(other, replace(theirs, echo=0.2))


def test_what_is_not_known_does_not_count() -> None:
    aim = Aim({}, None, None)
    assert merit(take([60, 61]), aim) == merit(take([60, 62]), aim)
    assert merit(take([]), Aim(ASKED, C_MAJOR, BEAT)) == 0.0


def test_only_keys_count_in_how_likely_a_take_is() -> None:
    counted = take([])
    for event in (Event(MACHINE, 0, 60, 16), Event(MACHINE, 0, NOTE_OFF + 60)):
        counted.count(Answer(event, (5.0, 2.0, 5.0), np.zeros((2, 199), np.float32)))
    assert counted.costs == [2.0]
