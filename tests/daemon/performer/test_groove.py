import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import SHORTEST_S, Draft
from antiphon.daemon.performer.groove import Groove
from antiphon.daemon.performer.modes import IN_TURN
from antiphon.model.events import MACHINE, NO_TOUCH, NOTE_OFF, STEP_S, Event, step_of

BEAT = Beat("tap", 0.0, 0.0, 0.5)


def draft() -> Draft:
    return Draft(IN_TURN, 0, 0.0, 0.2, math.inf, 0, Hands())


def struck(gap_s: float, key: int = 60) -> Event:
    return Event(MACHINE, step_of(gap_s), key, 16)


def released(gap_s: float, key: int = 60) -> Event:
    return Event(MACHINE, step_of(gap_s), NOTE_OFF + key, NO_TOUCH)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_note_is_pulled_to_the_beat_as_far_as_asked(strength: float) -> None:
    made = draft()
    made.add(struck(0.48), Groove(BEAT, strength))
    drawn_s = float(STEP_S[step_of(0.48)])
    comes_s = drawn_s + strength * (0.5 - drawn_s)
    assert made.times_s == [pytest.approx(comes_s)]
    assert STEP_S[made.events[0].step] == pytest.approx(comes_s, rel=0.02)


def test_without_a_groove_everything_stays_where_it_was_drawn() -> None:
    made = draft()
    made.add(struck(0.48))
    made.add(released(0.1))
    assert made.times_s == [
        pytest.approx(float(STEP_S[step_of(0.48)])),
        pytest.approx(float(STEP_S[step_of(0.48)] + STEP_S[step_of(0.1)])),
    ]


def test_a_short_note_is_not_pulled_to_nothing() -> None:
    made = draft()
    made.add(struck(0.48), Groove(BEAT, 1.0))
    made.add(released(0.06), Groove(BEAT, 1.0))
    assert made.times_s[1] == pytest.approx(0.5 + SHORTEST_S, abs=0.011)


def test_no_reply_is_pulled_to_before_the_turns_end() -> None:
    made = draft()
    made.earliest_s = 0.51
    made.add(struck(0.52), Groove(BEAT, 1.0))
    assert made.times_s == [0.51]


@given(
    strength=st.floats(0, 1),
    moves=st.lists(st.tuples(st.floats(0, 0.6), st.integers(60, 63)), max_size=40),
)
def test_events_keep_their_order_and_notes_their_ends(
    strength: float, moves: list[tuple[float, int]]
) -> None:
    made = draft()
    groove = Groove(BEAT, strength)
    for gap_s, key in moves:
        event = released(gap_s, key) if key in made.hands.keys else struck(gap_s, key)
        made.add(event, groove)
    assert made.times_s == sorted(made.times_s)
    assert len(made.events) == len(moves)


def test_at_full_strength_an_even_line_is_on_the_grid() -> None:
    made = draft()
    for _ in range(20):
        made.add(struck(0.14), Groove(BEAT, 1.0))
        made.add(released(0.12), Groove(BEAT, 1.0))
    sixteenths = [time_s / 0.125 for time_s in made.times_s[2::2]]
    assert sixteenths == [pytest.approx(round(place)) for place in sixteenths]
