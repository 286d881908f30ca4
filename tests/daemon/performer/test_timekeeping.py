import pytest

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.beat import BeatTracker, Pulse
from antiphon.daemon.performer.timekeeping import FEWEST_ONSETS, LOST_S, Timekeeper


def played(period_s: float, beats: int = 16) -> Timekeeper:
    """A bass note on the beat and a quieter one between."""
    keeper = Timekeeper()
    for beat in range(beats):
        keeper.strike(beat * period_s, 40, 90)
        keeper.strike((beat + 0.5) * period_s, 60, 50)
    return keeper


def test_nothing_is_known_before_anything_was_heard() -> None:
    keeper = Timekeeper()
    assert {keeper.beat(sync, 0.0) for sync in ("off", "heard", "tap", "midi")} == {None}


def test_a_steady_player_is_heard() -> None:
    beat = played(0.6).beat("heard", 10.0)
    assert beat is not None
    assert beat.period == pytest.approx(0.6, rel=0.03)


@pytest.mark.parametrize("period_s", [-1.0, 0.0, 1e-300])
def test_a_beat_of_no_length_is_none(period_s: float) -> None:
    keeper = Timekeeper()
    keeper.take(Beat("tap", 1.0, 0.0, period_s))
    assert keeper.beat("tap", 1.0) is None


def test_few_notes_are_no_beat() -> None:
    assert played(0.6, beats=2).beat("heard", 2.0) is None


def test_a_beat_in_force_gives_way_only_to_a_surer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pulses = [
        Pulse(0.0, 0.6, 0.5),
        Pulse(0.6, 1.2, 0.5),
        Pulse(1.2, 0.62, 0.4),
        Pulse(1.8, 1.2, 0.9),
    ]
    coming = iter(pulses)
    monkeypatch.setattr(BeatTracker, "pulse", lambda _: next(coming))
    keeper, periods_s = Timekeeper(), []
    for _ in range(FEWEST_ONSETS - 1):
        keeper.strike(0.0, 60, 80)
    for pulse in pulses:
        keeper.strike(pulse.beat_s, 60, 80)
        beat = keeper.beat("heard", pulse.beat_s)
        periods_s.append(beat and beat.period)
    assert periods_s == [0.6, 0.6, 0.62, 1.2]


def test_each_sync_has_its_own_beat() -> None:
    keeper = played(0.6)
    tapped = Beat("tap", 5.0, 3.0, 0.4)
    clock = Beat("midi", 9.0, 8.0, 0.5, counted=True, running=True)
    keeper.take(tapped)
    keeper.take(clock)
    assert keeper.beat("tap", 1000.0) == tapped
    assert keeper.beat("midi", 9.5) == clock
    assert keeper.beat("off", 9.5) is None


def test_a_clock_of_which_nothing_is_told_any_more_is_gone() -> None:
    keeper = Timekeeper()
    clock = Beat("midi", 9.0, 8.0, 0.5)
    keeper.take(clock)
    assert keeper.beat("midi", 9.5 + LOST_S) == clock
    assert keeper.beat("midi", 9.6 + LOST_S) is None
    keeper.take(Beat("midi", 20.0, 30.0, 0.5))
    assert keeper.beat("midi", 20.1) is not None


def following(slower: float, period_s: float = 0.5, first_key: int = 60) -> Timekeeper:
    """Four taps, and then quavers of a player who plays so many times as slowly as was tapped."""
    keeper = Timekeeper()
    for beat in range(4):
        keeper.take(Beat("tap", beat * period_s, float(beat), period_s))
    for quaver in range(48):
        time_s = 4 * period_s + quaver * slower * period_s / 2
        keeper.strike(time_s, first_key + quaver % 12, 90 - 30 * (quaver % 2))
        keeper.beat("tap", time_s, follows=True)
    return keeper


@pytest.mark.parametrize("slower", [0.93, 1.0, 1.07])
def test_a_tapped_beat_goes_on_as_the_player_does(slower: float) -> None:
    beat = following(slower).beat("tap", 14.0, follows=True)
    assert beat is not None
    assert beat.period == pytest.approx(0.5 * slower, rel=0.02)
    off = (beat.time - 2.0) / (0.5 * slower)
    assert off == pytest.approx(round(off), abs=0.15)
    assert beat.beat == 4 + round(off)


def test_it_stays_at_the_level_that_was_tapped() -> None:
    for period_s in (0.35, 1.0):
        beat = following(1.0, period_s).beat("tap", 30.0, follows=True)
        assert beat is not None
        assert beat.period == pytest.approx(period_s, rel=0.05)


def test_one_that_others_are_given_stays_as_it_was_tapped() -> None:
    assert following(1.07).beat("tap", 14.0) == Beat("tap", 1.5, 3.0, 0.5)


@pytest.mark.parametrize("period_s", [1e-300, 0.05, 5.0])
def test_a_tempo_that_nobody_plays_in_is_taken_as_it_was_tapped(period_s: float) -> None:
    keeper = Timekeeper()
    tapped = Beat("tap", 0.0, 0.0, period_s)
    keeper.take(tapped)
    for index in range(12):
        keeper.strike(index * 0.4, 60 + index, 80)
    assert keeper.beat("tap", 5.0, follows=True) == (tapped if period_s > 0.01 else None)
