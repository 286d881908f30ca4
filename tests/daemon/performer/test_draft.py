import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.ending import LIMIT, NEARLY, OVERTIME, REST_PACES, REST_S
from antiphon.daemon.performer.manner import Manner
from antiphon.daemon.performer.modes import ALONGSIDE, IN_TURN
from antiphon.model.events import MACHINE, NOTE_OFF, STEP_S, Event, first_step_at_or_after, step_of

LENGTH_S = 2.0


def draft_of(length_s: float = LENGTH_S) -> Draft:
    return Draft(IN_TURN, 0, 10.0, 10.0, length_s, 0, Hands())


def scale(draft: Draft, until_s: float, gap_s: float = 0.2) -> Draft:
    """Notes one after the other, the last of them still held."""
    key = 60
    while draft.played_s < until_s - gap_s / 2:
        for held in sorted(draft.hands.keys):
            draft.add(Event(MACHINE, 0, NOTE_OFF + held))
        draft.add(Event(MACHINE, step_of(gap_s), key, 16))
        key = 60 + (key - 59) % 24
    return draft


def after(seconds: float, kind: int) -> Event:
    step = first_step_at_or_after(seconds)
    return Event(MACHINE, step, kind, 16) if kind < NOTE_OFF else Event(MACHINE, step, kind)


def let_all_go(draft: Draft) -> None:
    for held in sorted(draft.hands.keys):
        draft.add(Event(MACHINE, step_of(0.05), NOTE_OFF + held))


@pytest.mark.parametrize(("manner", "at_once", "soon"), [(IN_TURN, 1, 2), (ALONGSIDE, 0, 0)])
def test_a_reply_hands_over_its_first_note_at_once_and_else_what_is_due(
    manner: Manner, at_once: int, soon: int
) -> None:
    draft = replace(draft_of(), manner=manner)
    for gap_s, kind in ((1.0, 60), (0.3, 64), (0.5, 67)):
        draft.add(Event(MACHINE, step_of(gap_s), kind, 16))
    assert len(draft.ready(10.0)) == at_once
    assert len(draft.ready(10.0)) == 0
    assert len(draft.ready(draft.times_s[1] - 0.5)) == soon - at_once
    assert len(draft.ready(draft.times_s[2])) == 3 - soon


def test_a_rest_ends_a_draft_that_is_nearly_long_enough() -> None:
    draft = scale(draft_of(), NEARLY * LENGTH_S + 0.1)
    let_all_go(draft)
    count = len(draft.events)
    draft.add(after(REST_S, 72))
    assert draft.done
    assert len(draft.events) == count


def test_last_notes_that_are_held_on_end_a_draft_when_they_have_sounded() -> None:
    draft = scale(draft_of(), NEARLY * LENGTH_S + 0.1)
    end_s, held = draft.end_s, set(draft.hands.keys)
    assert held
    draft.add(after(0.8, NOTE_OFF + min(held)))
    assert draft.done
    assert not draft.hands.keys
    assert draft.end_s == pytest.approx(end_s + 0.8, abs=0.02)


def test_a_rest_in_the_middle_is_only_a_rest() -> None:
    draft = scale(draft_of(), LENGTH_S / 2)
    let_all_go(draft)
    draft.add(after(REST_S, 72))
    assert not draft.done


def test_the_usual_gap_of_slow_playing_is_no_rest() -> None:
    draft = scale(draft_of(), NEARLY * LENGTH_S + 0.1, gap_s=0.5)
    draft.add(after(0.5, NOTE_OFF + min(draft.hands.keys)))
    draft.add(after(0.0, 72))
    assert not draft.done
    draft.add(after(0.5 * REST_PACES, NOTE_OFF + 72))
    assert draft.done


def test_late_any_rest_will_do() -> None:
    draft = scale(draft_of(), OVERTIME * LENGTH_S + 0.1, gap_s=0.5)
    assert not draft.done
    draft.add(after(REST_S, NOTE_OFF + min(draft.hands.keys)))
    assert draft.done


def test_a_draft_without_an_end_looks_for_none() -> None:
    draft = scale(draft_of(math.inf), 30.0)
    assert draft.closing == 0.0
    draft.add(after(2.0, 40))
    assert not draft.done


def test_its_end_gets_the_more_urgent() -> None:
    shares = [scale(draft_of(), share * LENGTH_S).closing for share in (0.5, 0.95, 1.1, 1.6)]
    assert shares[0] == 0.0 < shares[1] < shares[2] < shares[3] == 1.0


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(40, 60)), min_size=60, max_size=200))
def test_every_draft_ends_soon_with_nothing_held(drawn: list[tuple[int, int]]) -> None:
    draft = draft_of()
    for step, key in drawn:
        if draft.done:
            break
        held = key in draft.hands.keys
        if draft.late and not held:
            continue
        draft.add(Event(MACHINE, step, NOTE_OFF + key) if held else Event(MACHINE, step, key, 16))
    if draft.done:
        assert not draft.hands.keys
        assert draft.played_s <= LIMIT * LENGTH_S + 2 * float(STEP_S[120])
    else:
        assert draft.played_s <= LIMIT * LENGTH_S
