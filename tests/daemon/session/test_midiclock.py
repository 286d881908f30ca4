import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon.messages import Beat
from antiphon.daemon.midi import CLOCK, CONTINUE, START, STOP
from antiphon.daemon.session.midiclock import BRIDGED_S, PULSES_A_BEAT, ClockFollower, Taps


def ticks(
    clock: ClockFollower, count: int, pulse_s: float, start_s: float = 0.0, seed: int | None = None
) -> float:
    """Send pulses, early or late by up to 2 ms where there is a seed; the time of the next."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        late_s = 0.0 if seed is None else float(rng.uniform(-0.002, 0.002))
        clock.take(CLOCK, start_s + index * pulse_s + late_s)
    return start_s + count * pulse_s


def bar_after(found: Beat, time_s: float) -> float:
    return found.time_of(4 * float(np.ceil(found.at(time_s) / 4 - 1e-9)))


def pulse_of(beats_a_minute: float) -> float:
    return 60.0 / beats_a_minute / PULSES_A_BEAT


@settings(max_examples=25, deadline=None)
@given(st.floats(50, 220), st.integers(0, 10_000), st.integers(96, 200))
def test_a_bar_line_is_foretold_within_five_milliseconds(
    tempo: float, seed: int, count: int
) -> None:
    clock, pulse_s = ClockFollower(), pulse_of(tempo)
    clock.take(START, -0.001)
    now = ticks(clock, count, pulse_s, seed=seed)
    found = clock.beat(now)
    assert found is not None
    assert found.running
    bar_s = 4 * PULSES_A_BEAT * pulse_s
    # Half a pulse away from any pulse: asked on a bar line itself, either bar would be right.
    asked_s = now - 2.5 * pulse_s
    right_s = np.ceil(asked_s / bar_s) * bar_s
    assert bar_after(found, asked_s) == pytest.approx(right_s, abs=0.005)


def test_too_few_pulses_foretell_nothing() -> None:
    clock = ClockFollower()
    now = ticks(clock, 8, pulse_of(120))
    assert clock.beat(now) is None


def test_a_clock_heard_before_the_start_counts_from_the_start() -> None:
    clock, pulse_s = ClockFollower(), pulse_of(120)
    now = ticks(clock, 31, pulse_s)
    clock.take(START, now - 0.005)
    first_s = now
    now = ticks(clock, 30, pulse_s, now)
    found = clock.beat(now)
    assert found is not None
    assert found.time_of(0.0) == pytest.approx(first_s, abs=1e-6)


def test_song_position_and_continue_take_up_in_mid_bar() -> None:
    clock, pulse_s = ClockFollower(), pulse_of(120)
    clock.take(bytes([0xF2, 6, 0]), 0.0)
    clock.take(CONTINUE, 0.0)
    now = ticks(clock, 48, pulse_s)
    found = clock.beat(now)
    assert found is not None
    assert found.time_of(1.5) == pytest.approx(0.0, abs=1e-6)


def test_stop_stops_the_song_and_not_the_tempo() -> None:
    clock, pulse_s = ClockFollower(), pulse_of(100)
    clock.take(START, 0.0)
    now = ticks(clock, 48, pulse_s)
    clock.take(STOP, now)
    found = clock.beat(now)
    assert found is not None
    assert not found.running


def test_lost_pulses_are_bridged() -> None:
    clock, pulse_s = ClockFollower(), pulse_of(120)
    clock.take(START, 0.0)
    now = ticks(clock, 48, pulse_s)
    gap_s = 20 * pulse_s
    assert clock.beat(now + gap_s) is not None
    now = ticks(clock, 28, pulse_s, now + gap_s)
    found = clock.beat(now)
    assert found is not None
    assert bar_after(found, now - 1e-6) == pytest.approx(now, abs=1e-4)


def test_a_clock_that_is_silent_for_long_is_not_known() -> None:
    clock = ClockFollower()
    now = ticks(clock, 48, pulse_of(120))
    assert clock.beat(now + BRIDGED_S + 0.1) is None


@pytest.mark.parametrize("later", [0.01, 0.2, 0.4, 0.7])
def test_two_clocks_at_once_are_recognised_and_one_is_followed(later: float) -> None:
    clock, pulse_s = ClockFollower(), pulse_of(120)
    now = ticks(clock, 48, pulse_s)
    for index in range(100):
        clock.take(CLOCK, now + index * pulse_s)
        clock.take(CLOCK, now + (index + later) * pulse_s)
    assert clock.doubled
    found = clock.beat(now + 100 * pulse_s)
    assert found is not None
    assert found.period == pytest.approx(0.5, abs=0.005)


def test_one_clock_is_not_two_any_more_when_the_other_ends() -> None:
    clock, pulse_s = ClockFollower(), pulse_of(120)
    now = ticks(clock, 48, pulse_s)
    for index in range(48):
        clock.take(CLOCK, now + index * pulse_s)
        clock.take(CLOCK, now + (index + 0.3) * pulse_s)
    ticks(clock, 48, pulse_s, now + 48 * pulse_s)
    assert not clock.doubled


@pytest.mark.parametrize("tempo", [60, 75, 110, 180, 240])
def test_a_new_tempo_is_followed(tempo: float) -> None:
    clock = ClockFollower()
    now = ticks(clock, 60, pulse_of(90))
    now = ticks(clock, 120, pulse_of(tempo), now)
    found = clock.beat(now)
    assert found is not None
    assert found.period == pytest.approx(60 / tempo, abs=0.001)
    assert not clock.doubled


def test_twice_the_tempo_is_a_new_tempo_where_the_pulses_are_even() -> None:
    clock = ClockFollower()
    now = ticks(clock, 60, pulse_of(70))
    now = ticks(clock, 120, pulse_of(140), now, seed=1)
    found = clock.beat(now)
    assert found is not None
    assert found.period == pytest.approx(60 / 140, abs=0.002)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([CLOCK, CLOCK, CLOCK, START, CONTINUE, STOP, b"\xf2\x10\x00", b"\xfe"]),
            st.floats(0.0, 3.0),
        ),
        max_size=80,
    )
)
def test_any_messages_are_borne(messages: list[tuple[bytes, float]]) -> None:
    clock, now = ClockFollower(), 0.0
    for data, later_s in messages:
        now += later_s
        clock.take(data, now)
        found = clock.beat(now)
        assert found is None or 0.1 < found.period < 2.1


def test_taps_give_tempo_and_phase() -> None:
    taps = Taps()
    assert taps.beat() is None
    for index in range(9):
        taps = taps.tap(10.0 + 0.5 * index)
    found = taps.beat()
    assert found is not None
    assert found.period == pytest.approx(0.5)
    assert found.time_of(0.0) == pytest.approx(10.0)
    assert bar_after(found, 14.1) == pytest.approx(16.0)
    assert taps.tap(30.0).beat() is None
