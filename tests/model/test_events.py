import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model import events
from antiphon.model.events import (
    KINDS,
    LONGEST_S,
    NO_TOUCH,
    STEP_S,
    STEPS,
    TOUCHES,
    Event,
    Grid,
    first_step_at_or_after,
    key_name,
    key_of,
    kind_name,
    quantise_times,
    step_of,
    touch_of,
    velocity_of,
)

seconds = st.floats(0.0, 12.0)


def test_steps_ascend_from_nothing_to_ten_seconds() -> None:
    assert STEP_S[0] == 0.0
    assert (np.diff(STEP_S) > 0.0049).all()
    assert 9.5 < LONGEST_S < 10.5


@given(seconds)
def test_a_step_is_the_nearest_one(duration: float) -> None:
    distances = np.abs(STEP_S - duration)
    assert distances[step_of(duration)] <= distances.min() + 1e-12


@given(seconds, seconds)
def test_longer_is_never_a_smaller_step(one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert step_of(short) <= step_of(long)
    assert first_step_at_or_after(short) <= first_step_at_or_after(long)


@given(seconds)
def test_first_step_at_or_after_is_the_first_that_does_not_lie_before(duration: float) -> None:
    step = first_step_at_or_after(duration)
    assert STEP_S[step] >= duration - 1e-9 or step == STEPS - 1
    assert step == 0 or STEP_S[step - 1] < duration


def test_every_step_finds_itself() -> None:
    assert [step_of(float(s)) for s in STEP_S] == list(range(STEPS))
    assert [first_step_at_or_after(float(s)) for s in STEP_S] == list(range(STEPS))


@given(st.floats(-100.0, 100.0), st.lists(st.floats(0.0, 30.0), max_size=60))
def test_rounding_never_adds_up(start_s: float, gaps_s: list[float]) -> None:
    grid = Grid(start_s)
    time_s, longest_s = start_s, 0.0
    for gap_s in gaps_s:
        time_s += gap_s
        longest_s = max(longest_s, min(gap_s, LONGEST_S))
        grid.step_to(time_s)
        # Half a step of the longest gap so far, however many there were.
        assert abs(grid.time_s - time_s) <= 0.0026 + 0.013 * longest_s


@given(st.lists(st.integers(0, STEPS - 1), max_size=60))
def test_times_on_the_grid_come_back_as_their_steps(steps: list[int]) -> None:
    times_s = np.cumsum([0.0, *STEP_S[steps]])
    assert quantise_times(times_s).tolist() == [0, *steps]


def test_no_times_have_no_steps() -> None:
    assert quantise_times(np.empty(0)).tolist() == []


@pytest.mark.parametrize("touch", range(TOUCHES))
def test_touches_come_back_from_their_velocity(touch: int) -> None:
    assert touch_of(velocity_of(touch)) == touch


@pytest.mark.parametrize("velocity", range(1, 128))
def test_velocities_come_back_within_two(velocity: int) -> None:
    assert abs(velocity_of(touch_of(velocity)) - velocity) <= 2


@pytest.mark.parametrize("key", range(128))
def test_key_names_come_back(key: int) -> None:
    assert key_of(key_name(key)) == key


def test_middle_c_and_the_names_of_kinds() -> None:
    assert key_name(60) == "C4"
    assert kind_name(60) == "on C4"
    assert kind_name(events.NOTE_OFF + 61) == "off C#4"
    assert len({kind_name(kind) for kind in range(KINDS)}) == KINDS


@pytest.mark.parametrize("name", ["", "H4", "C", "C#", "Cx4", "C99", "C-2", "G#9", "c4"])
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not a key|is outside"):
        key_of(name)


@pytest.mark.parametrize(
    "row",
    [(3, 0, 0, 0), (0, STEPS, 0, 0), (0, 0, KINDS, NO_TOUCH), (0, 0, 0, 33), (-1, 0, 0, 0)],
)
def test_an_event_out_of_range_is_refused(row: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="is outside"):
        Event(*row)


@pytest.mark.parametrize(("kind", "touch"), [(60, NO_TOUCH), (200, 3), (events.PEDAL_UP, 0)])
def test_only_note_ons_have_a_touch(kind: int, touch: int) -> None:
    with pytest.raises(ValueError, match="only note-ons"):
        Event(0, 0, kind, touch)


@pytest.mark.parametrize("velocity", [0, 128, -1])
def test_a_velocity_out_of_range_is_refused(velocity: int) -> None:
    with pytest.raises(ValueError, match="is outside"):
        touch_of(velocity)
    with pytest.raises(ValueError, match="is outside"):
        velocity_of(TOUCHES)
