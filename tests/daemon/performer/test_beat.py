import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon.performer.beat import FORGOTTEN_S, PERIODS_S, BeatTracker, Pulse


def heard(period_s: float, beats: int = 24, jitter_s: float = 0.0) -> tuple[Pulse, float]:
    """A bass note and a chord on the beat, a quieter note between; the last beat's time."""
    tracker, rng = BeatTracker(), np.random.default_rng(3)
    for beat in range(beats):
        for place, key, velocity in ((0.0, 40, 90), (0.0, 64, 80), (0.0, 67, 80), (0.5, 60, 55)):
            late_s = float(rng.uniform(-jitter_s, jitter_s)) if place else 0.0
            tracker.strike((beat + place) * period_s + late_s, key, velocity)
    pulse = tracker.pulse()
    assert pulse is not None
    return pulse, (beats - 1) * period_s


@pytest.mark.parametrize("period_s", [0.5, 0.6, 0.7, 0.8])
def test_an_even_beat_is_found(period_s: float) -> None:
    pulse, last_s = heard(period_s)
    assert pulse.period_s == pytest.approx(period_s, rel=0.04)
    assert pulse.next_after(last_s + 0.6 * period_s) == pytest.approx(last_s + period_s, abs=0.07)


def test_of_a_fast_beat_it_hears_each_or_every_other() -> None:
    pulse, last_s = heard(0.35)
    beats = pulse.period_s / 0.35
    assert beats == pytest.approx(round(beats), rel=0.04)
    assert round(beats) in (1, 2)
    off = (pulse.beat_s - last_s) / 0.35
    assert off == pytest.approx(round(off), abs=0.1)


def test_a_little_unevenness_does_no_harm() -> None:
    pulse, last_s = heard(0.5, jitter_s=0.02)
    assert pulse.period_s == pytest.approx(0.5, rel=0.05)
    assert pulse.next_after(last_s + 0.3) == pytest.approx(last_s + 0.5, abs=0.07)


def test_confidence_grows_with_an_even_beat() -> None:
    assert heard(0.5, beats=2)[0].confidence < heard(0.5, beats=20)[0].confidence


def test_nothing_heard_is_no_beat() -> None:
    assert BeatTracker().pulse() is None


def test_keys_of_a_chord_are_weighed_with_what_was_known_before_it() -> None:
    """However often somebody asks meanwhile."""
    asked, waited = BeatTracker(), BeatTracker()
    for beat in range(8):
        for later_s, key in ((0.0, 40), (0.01, 60), (0.02, 64)):
            asked.strike(0.5 * beat + later_s, key, 80)
            asked.pulse()
            waited.strike(0.5 * beat + later_s, key, 80)
    assert asked.pulse() == waited.pulse()


def test_the_beat_begins_anew_after_a_silence() -> None:
    tracker, fresh = BeatTracker(), BeatTracker()
    for beat in range(8):
        tracker.strike(0.4 * beat, 60, 80)
    later_s = 0.4 * 7 + FORGOTTEN_S + 0.1
    for beat in range(4):
        tracker.strike(later_s + 0.7 * beat, 60, 80)
        fresh.strike(later_s + 0.7 * beat, 60, 80)
    assert tracker.pulse() == fresh.pulse()


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.0, 8.0), st.integers(0, 127), st.integers(1, 127)),
        min_size=1,
        max_size=20,
    )
)
def test_any_playing_is_borne(played: list[tuple[float, int, int]]) -> None:
    tracker, now = BeatTracker(), 0.0
    for later_s, key, velocity in played:
        now += later_s
        tracker.strike(now, key, velocity)
        pulse = tracker.pulse()
        assert pulse is not None
        assert np.isfinite([pulse.beat_s, pulse.confidence]).all()
        assert pulse.next_after(now) > now - 1e-6
        assert 0.0 <= pulse.confidence <= 1.0
        assert PERIODS_S[0] <= pulse.period_s <= PERIODS_S[-1] + 1e-3
