from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat
from antiphon.daemon.midi import CLOCK, CONTINUE, START, STOP, note_on
from antiphon.daemon.session.clockout import Conductor
from antiphon.daemon.session.midiclock import PULSES_A_BEAT

TAP = Controls(sync="tap", clock_out="on")
HEARD = Controls(sync="heard", clock_out="on")
PERIOD_S = 0.48
TICK_S = 0.02


class Stand:
    """A conductor whose messages are kept, each with the time at which it went out."""

    def __init__(self, controls: Controls = HEARD, latency_s: float = 0.0) -> None:
        self.conductor = Conductor(latency_s)
        self.now = 100.0
        self.sent: list[tuple[float, bytes]] = []
        self.steer(controls)

    def keep(self, sent: list[bytes]) -> None:
        self.sent += [(self.now, data) for data in sent]

    def steer(self, controls: Controls) -> None:
        self.keep(self.conductor.steer(controls, self.now))

    def follow(self, beat: Beat) -> None:
        self.keep(self.conductor.follow(beat, self.now))

    def hear(self, time_s: float, period_s: float = PERIOD_S) -> None:
        self.follow(Beat("heard", time_s, 0.0, period_s))

    def run(self, until_s: float) -> None:
        while (time_s := self.conductor.next_time()) is not None and time_s <= until_s:
            self.now = max(self.now, time_s)
            self.keep(self.conductor.due(self.now))
        self.now = until_s

    @property
    def ticks(self) -> list[float]:
        return [time_s for time_s, data in self.sent if data == CLOCK]

    @property
    def kinds(self) -> list[bytes]:
        return [data for _, data in self.sent]


def test_a_heard_beat_starts_the_song_and_its_ticks_follow() -> None:
    stand = Stand()
    stand.hear(99.9)
    stand.run(100.45)
    assert stand.kinds == [START, CLOCK, CLOCK, CLOCK, CLOCK]
    assert [time for time, _ in stand.sent] == pytest.approx(
        [100.37, 100.38, 100.40, 100.42, 100.44]
    )


def test_ticks_are_sent_ahead_by_the_latency_of_the_output() -> None:
    stand = Stand(latency_s=0.1)
    stand.hear(99.9)
    stand.run(101.0)
    assert stand.ticks[0] == pytest.approx(100.28)


def test_an_output_chosen_while_ticks_go_out_gets_them_by_its_own_latency() -> None:
    stand = Stand()
    stand.hear(99.9)
    stand.run(101.0)
    stand.conductor.compensate(0.105)
    stand.hear(stand.ticks[0] + 1.0)
    stand.run(104.0)
    # The ticks that follow make up for the change over one beat.
    late_s = (stand.ticks[-1] - stand.ticks[0]) % (PERIOD_S / PULSES_A_BEAT)
    apart_s = -0.105 % (PERIOD_S / PULSES_A_BEAT)
    assert late_s == pytest.approx(apart_s, abs=1e-6)


def test_a_tapped_song_starts_with_a_bar_and_has_ticks_before() -> None:
    stand = Stand(Controls(sync="tap", clock_out="on", beats_a_bar=3))
    stand.follow(Beat("tap", 100.0, 1.0, PERIOD_S))
    stand.run(100.1 + 3 * PERIOD_S)
    # Beat 2 is the first one that can be ticked, beat 3 the next bar's first.
    assert stand.kinds[: PULSES_A_BEAT + 2] == [CLOCK] * PULSES_A_BEAT + [START, CLOCK]
    assert stand.sent[PULSES_A_BEAT + 1][0] == pytest.approx(100.0 + 2 * PERIOD_S)


def test_links_song_starts_with_a_bar_too() -> None:
    stand = Stand(Controls(sync="link", clock_out="on"))
    stand.follow(Beat("link", 100.0, 3.0, PERIOD_S))
    stand.run(100.0 + 1.1 * PERIOD_S)
    assert START in stand.kinds
    stand = Stand(Controls(sync="link", clock_out="on"))
    stand.follow(Beat("link", 100.0, 0.0, PERIOD_S))
    stand.run(100.0 + 3.1 * PERIOD_S)
    assert START not in stand.kinds


@pytest.mark.parametrize("sync", ["off", "midi"])
def test_with_no_beat_of_the_players_there_is_no_clock(sync: str) -> None:
    stand = Stand(Controls(sync=sync, clock_out="on"))
    for source in ("heard", "tap", "midi"):
        stand.follow(Beat(source, 100.0, 0.0, PERIOD_S, counted=True, running=True))
    stand.run(105.0)
    assert not stand.sent


@pytest.mark.parametrize("period_s", [0.0, -1.0, 0.01, 30.0])
def test_what_is_no_tempo_ends_the_clock(period_s: float) -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.run(101.0)
    stand.hear(0.0, period_s)
    assert stand.kinds[-1] == STOP
    assert stand.conductor.next_time() is None


@pytest.mark.parametrize(
    "controls",
    [Controls(), Controls(sync="midi", clock_out="on"), Controls(sync="tap", clock_out="on")],
)
def test_the_song_ends_where_the_beat_is_switched_off(controls: Controls) -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.run(101.0)
    stand.steer(controls)
    stand.run(110.0)
    assert stand.sent[-1] == (101.0, STOP)
    assert stand.kinds.count(STOP) == 1
    stand.steer(HEARD)
    stand.run(111.0)
    assert stand.kinds.count(START) == 2


def test_a_clock_that_never_started_needs_no_stop() -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.steer(Controls())
    assert not stand.sent


def test_from_one_beat_to_another_the_song_goes_on() -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.follow(Beat("tap", 100.1, 0.0, 0.4))
    stand.run(102.0)
    stand.steer(TAP)
    stand.run(105.0)
    assert STOP not in stand.kinds
    assert stand.kinds.count(START) == 1
    assert stand.ticks[-2:] == pytest.approx([stand.ticks[-1] - 0.4 / 24, stand.ticks[-1]])


@pytest.mark.parametrize("shift_s", [-0.2, -0.05, 0.05, 0.2])
def test_a_beat_that_moves_is_glided_to_within_a_beat(shift_s: float) -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.run(104.0)
    before = len(stand.ticks)
    stand.hear(100.0 + shift_s)
    stand.run(108.0)
    glide = [b - a for a, b in pairwise(stand.ticks[before - 1 : before + PULSES_A_BEAT])]
    assert glide == pytest.approx([TICK_S + shift_s / PULSES_A_BEAT] * PULSES_A_BEAT)
    number = len(stand.ticks) // PULSES_A_BEAT * PULSES_A_BEAT
    beats = (stand.ticks[number] - 100.0 - shift_s) / PERIOD_S
    assert beats == pytest.approx(round(beats))


def test_a_faster_tempo_is_ticked_at_once() -> None:
    stand = Stand()
    stand.hear(100.0, 1.2)
    stand.run(104.8)
    last_s = stand.ticks[-1]
    stand.now = last_s + 0.04
    stand.hear(last_s, 0.24)
    stand.run(stand.now + 5.0)
    after = [time_s for time_s in stand.ticks if time_s > last_s]
    assert after[0] == pytest.approx(last_s + 0.04)
    assert min(b - a for a, b in pairwise(after)) >= 0.005 - 1e-9


def test_a_computer_that_slept_sends_no_flood() -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.run(102.0)
    before = len(stand.sent)
    stand.now = 3702.0
    stand.keep(stand.conductor.due(stand.now))
    assert len(stand.sent) == before + 1
    stand.run(3703.0)
    assert min(b - a for a, b in pairwise(stand.ticks)) >= TICK_S / 2 - 1e-9


def test_an_output_that_was_away_is_told_of_the_song_anew() -> None:
    stand = Stand()
    stand.hear(100.0)
    stand.run(101.0)
    stand.conductor.unplugged(stand.now)
    before = len(stand.sent)
    stand.run(105.0)
    stand.keep(stand.conductor.plugged(stand.now))
    stand.run(106.0)
    assert stand.kinds[before : before + 2] == [START, CLOCK]


def test_our_own_messages_are_known_for_as_long_as_they_may_come_back() -> None:
    stand = Stand()
    assert not stand.conductor.ignores(CLOCK, stand.now)
    stand.hear(100.0)
    stand.run(101.0)
    for data in (CLOCK, START, CONTINUE, b"\xf2\x00\x00"):
        assert stand.conductor.ignores(data, stand.now)
    assert not stand.conductor.ignores(STOP, stand.now)
    assert not stand.conductor.ignores(note_on(0, 60, 80), stand.now)
    stand.steer(Controls())
    assert stand.conductor.ignores(STOP, stand.now + 0.5)
    assert stand.conductor.ignores(CLOCK, stand.now + 0.5)
    assert not stand.conductor.ignores(STOP, stand.now + 1.5)
    assert not stand.conductor.ignores(CLOCK, stand.now + 1.5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.25, 1.5),
    st.lists(st.floats(-0.002, 0.002), min_size=30, max_size=60),
)
def test_the_tempo_is_exact_where_the_beats_are_not(period_s: float, noise_s: list[float]) -> None:
    stand = Stand()
    for number, away_s in enumerate(noise_s):
        stand.run(100.0 + number * period_s)
        stand.hear(stand.now + away_s, period_s)
    # The first beat was there before its first tick could be sent.
    for number, time_s in enumerate(stand.ticks[::PULSES_A_BEAT], start=1):
        assert time_s == pytest.approx(100.0 + number * period_s, abs=0.0041)
    ticks = pairwise(stand.ticks)
    assert all(abs(b - a - period_s / PULSES_A_BEAT) < 0.004 / 24 + 1e-6 for a, b in ticks)


BEATS = st.tuples(
    st.just("beat"),
    st.sampled_from(["heard", "tap"]),
    st.floats(-3.0, 3.0),
    st.sampled_from([0.0, 0.15, 0.3, 0.5, 0.52, 1.1, 2.0]),
)
CHANGES = st.tuples(
    st.just("set"), st.sampled_from(["off", "heard", "tap", "midi"]), st.sampled_from(["on", "off"])
)
PLUGS = st.tuples(st.sampled_from(["unplugged", "plugged"]))
WAITS = st.tuples(st.sampled_from(["run", "sleep"]), st.floats(0.0, 3.0))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(BEATS, CHANGES, PLUGS, WAITS, WAITS), max_size=30))
def test_whatever_happens_ticks_ascend_and_songs_end(deeds: list[tuple[object, ...]]) -> None:
    stand = Stand()
    fastest_s = 2.0
    for deed in deeds:
        match deed:
            case ("beat", str(source), float(away_s), float(period_s)):
                stand.follow(Beat(source, stand.now + away_s, 0.0, period_s))
                fastest_s = min(fastest_s, period_s or fastest_s)
            case ("set", str(sync), str(clock_out)):
                stand.steer(Controls(sync=sync, clock_out=clock_out))
            case ("unplugged",):
                stand.conductor.unplugged(stand.now)
                # What listens has lost the song with the cable.
                stand.sent.append((stand.now, b"gone"))
            case ("plugged",):
                stand.keep(stand.conductor.plugged(stand.now))
            case ("run", float(length_s)):
                stand.run(stand.now + length_s)
            case ("sleep", float(length_s)):
                stand.now += length_s
    stand.keep(stand.conductor.finish(stand.now))
    assert stand.conductor.next_time() is None
    times = [time_s for time_s, _ in stand.sent]
    assert times == sorted(times)
    assert all(b - a > fastest_s / 49 for a, b in pairwise(stand.ticks))
    plays = False
    for data in stand.kinds:
        assert data != START or not plays
        assert data != STOP or plays
        plays = data == START or (plays and data not in (STOP, b"gone"))
    assert not plays


@pytest.mark.parametrize("time_s", [-1e308, -1e300, 1e17, 1e308])
def test_a_beat_that_is_nowhere_is_none(time_s: float) -> None:
    stand = Stand()
    stand.hear(time_s)
    assert stand.conductor.next_time() is None
    assert stand.sent == []
