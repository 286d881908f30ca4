"""Bars in turn, with the musician, the stage and a scripted engine on a clock moved by hand."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat
from antiphon.daemon.midi import CLOCK, CONTINUE, START, STOP
from antiphon.daemon.performer.trading import Trading
from antiphon.daemon.performer.turns import Call
from tests.daemon.jam import TICK_S, Jam, check_all_notes_end, what_happened, who_and_kind

BEAT_S = 0.5
PULSE_S = BEAT_S / 24
BAR_S = 4 * BEAT_S


class Sequenced(Jam):
    """A jam in which a sequencer's clock ticks and the player plays quavers when told to."""

    pulse_s = PULSE_S
    jitter_s = 0.0
    pulses = 0
    is_ticking = True

    def begin(self, *first: bytes) -> None:
        """The song starts now."""
        self.rng = np.random.default_rng(4)
        self.began_s = self.next_pulse_s = self.now
        for data in first or (START,):
            self.play(data)

    def run(self, seconds: float, playing: bool = False) -> None:
        until = self.now + seconds
        struck: int | None = None
        next_note_s = self.now if playing else math.inf
        while self.now < until - 1e-9:
            if self.now >= next_note_s:
                if struck is not None:
                    self.play(midi.note_off(0, struck))
                struck = 60 if struck is None else 48 + (struck - 48 + 5) % 24
                self.play(midi.note_on(0, struck, 80))
                next_note_s += self.pulse_s * 12
            while self.is_ticking and self.now >= self.next_pulse_s:
                self.play(CLOCK)
                self.pulses += 1
                even_s = self.began_s + self.pulses * self.pulse_s
                self.next_pulse_s = even_s + float(self.rng.uniform(-1, 1)) * self.jitter_s
            self.work()
            pulse_s = self.next_pulse_s if self.is_ticking else math.inf
            self.now = min(self.now + TICK_S, max(pulse_s, self.now), next_note_s, until)
        if struck is not None:
            self.play(midi.note_off(0, struck))

    def entries_s(self) -> Iterator[float]:
        """When the machine began each of its turns, as planned."""
        for plan in self.plans:
            first_s, first = plan.messages[0]
            if midi.is_note_on(first) and plan.plan not in self.seen:
                yield first_s
            self.seen.add(plan.plan)

    def turns(self) -> list[float]:
        """The planned times of the first notes of the machine's turns."""
        self.seen: set[int] = set()
        return list(self.entries_s())


def sequenced(bars: int = 1) -> Sequenced:
    jam = Sequenced()
    jam.set(mode="trade", sync="midi", trade_bars=bars)
    return jam


def test_the_machine_enters_on_the_downbeat_after_the_players_bars() -> None:
    jam = sequenced()
    jam.begin()
    jam.run(BAR_S, playing=True)
    jam.run(BAR_S)
    assert jam.turns() == [pytest.approx(BAR_S, abs=1e-3)]
    check_all_notes_end(jam)


def test_it_has_let_go_of_everything_at_the_bar_line_and_takes_a_breath_before() -> None:
    jam = sequenced()
    jam.begin()
    jam.run(BAR_S, playing=True)
    jam.run(2 * BAR_S)
    played = jam.machine()
    assert max(time for time, _ in played) <= 2 * BAR_S + TICK_S
    onsets = [time for time, data in played if midi.is_note_on(data)]
    assert len(onsets) > 4
    assert 2 * BAR_S - 2 * BEAT_S < max(onsets) < 2 * BAR_S - 0.4 * BEAT_S
    check_all_notes_end(jam)


def test_turns_go_round_as_long_as_the_player_takes_theirs() -> None:
    jam = sequenced()
    jam.begin()
    for _ in range(3):
        jam.run(BAR_S, playing=True)
        jam.run(BAR_S)
    jam.run(2 * BAR_S)
    assert jam.turns() == [pytest.approx(BAR_S * n, abs=1e-3) for n in (1, 3, 5)]
    assert who_and_kind(jam)[: len(jam.happened)] == what_happened(jam)


@pytest.mark.parametrize("bars", [2, 4])
def test_turns_have_as_many_bars_as_asked(bars: int) -> None:
    jam = sequenced(bars)
    jam.begin()
    jam.run(bars * BAR_S, playing=True)
    jam.run(bars * BAR_S)
    assert jam.turns() == [pytest.approx(bars * BAR_S, abs=1e-3)]
    assert max(time for time, _ in jam.machine()) > (2 * bars - 1) * BAR_S


def test_a_player_who_plays_on_is_not_waited_for_and_not_cut_off() -> None:
    jam = sequenced()
    jam.begin()
    jam.run(2.9 * BAR_S, playing=True)
    assert jam.turns() == [pytest.approx(BAR_S, abs=1e-3)]
    assert sum(midi.is_note_on(data) for _, data in jam.machine()) > 4
    jam.work()
    assert who_and_kind(jam)[: len(jam.happened)] == what_happened(jam)


@settings(max_examples=12, deadline=None)
@given(st.floats(60, 200), st.integers(0, 1000))
def test_it_enters_within_five_milliseconds_though_the_clock_jitters_by_two(
    tempo: float, seed: int
) -> None:
    jam = sequenced()
    jam.pulse_s, jam.jitter_s = 60 / tempo / 24, 0.002
    jam.begin()
    jam.rng = np.random.default_rng(seed)
    bar_s = 96 * jam.pulse_s
    jam.run(bar_s, playing=True)
    jam.run(bar_s)
    jam.run(bar_s, playing=True)
    jam.run(bar_s)
    assert jam.turns() == [pytest.approx(bar_s * n, abs=0.005) for n in (1, 3)]


def test_a_song_that_goes_on_in_mid_bar_keeps_its_bars() -> None:
    jam = sequenced()
    # Two beats into the second bar, which is the machine's: its next is the fourth.
    jam.begin(bytes([0xF2, 24, 0]), CONTINUE)
    jam.run(1.5 * BAR_S, playing=True)
    jam.run(2 * BAR_S)
    assert jam.turns() == [pytest.approx(1.5 * BAR_S, abs=1e-3)]


def test_a_song_that_stops_silences_the_machine_until_it_starts_again() -> None:
    jam = sequenced(bars=2)
    jam.begin()
    jam.run(2 * BAR_S, playing=True)
    jam.run(0.6 * BAR_S)
    jam.play(STOP)
    stopped_s = jam.now
    jam.run(3 * BAR_S, playing=True)
    jam.run(2 * BAR_S)
    assert max(time for time, _ in jam.machine()) <= stopped_s
    assert jam.problems == ["trade waits for the sequencer to start"]
    jam.pulses = 0
    jam.begin()
    jam.run(2 * BAR_S, playing=True)
    jam.run(2 * BAR_S)
    assert jam.turns()[1:] == [pytest.approx(jam.began_s + 2 * BAR_S, abs=1e-3)]
    check_all_notes_end(jam)


def test_a_song_that_jumps_takes_its_bars_with_it() -> None:
    jam = sequenced(bars=2)
    jam.begin()
    jam.run(2 * BAR_S, playing=True)
    jam.run(0.6 * BAR_S)
    # Back to the beginning: the bars are the player's.
    jam.play(bytes([0xF2, 0, 0]))
    jumped_s = jam.now
    jam.run(0.1)
    assert max(time for time, _ in jam.machine()) <= jumped_s + TICK_S
    jam.run(2 * BAR_S - 0.1, playing=True)
    jam.run(BAR_S)
    assert jam.turns()[1:] == [pytest.approx(jumped_s + 2 * BAR_S, abs=0.03)]


def test_lost_pulses_do_not_move_the_bar() -> None:
    jam = sequenced(bars=2)
    jam.begin()
    jam.run(BAR_S, playing=True)
    jam.is_ticking = False
    jam.run(0.75 * BAR_S, playing=True)
    jam.pulses += round(0.75 * 96)
    jam.next_pulse_s = jam.now
    jam.is_ticking = True
    jam.run(0.25 * BAR_S, playing=True)
    jam.run(2 * BAR_S)
    assert jam.turns() == [pytest.approx(2 * BAR_S, abs=0.005)]


def test_without_a_clock_it_is_silent_says_so_once_and_recovers() -> None:
    jam = sequenced()
    jam.begin()
    jam.is_ticking = False
    jam.run(12.0, playing=True)
    jam.run(4.0)
    assert not jam.machine()
    assert jam.problems == ["trade hears no MIDI clock: start it, or set sync to heard or tap"]
    jam.is_ticking = True
    jam.pulses = 0
    jam.begin()
    jam.run(BAR_S, playing=True)
    jam.run(BAR_S)
    assert jam.turns() == [pytest.approx(jam.began_s + BAR_S, abs=1e-3)]


def test_two_clocks_at_once_do_not_move_the_bar() -> None:
    jam = sequenced(bars=2)
    jam.begin()
    jam.run(BAR_S, playing=True)
    for _ in range(96):
        jam.run(PULSE_S * 0.4)
        jam.play(CLOCK)
        jam.run(PULSE_S * 0.6)
    jam.run(2 * BAR_S)
    assert jam.turns() == [pytest.approx(2 * BAR_S, abs=0.02)]


def tapped(beats: int = 4) -> Jam:
    jam = Jam()
    jam.set(mode="trade", sync="tap", trade_bars=1)
    for _ in range(beats):
        jam.tap()
        jam.wait(BEAT_S)
    return jam


def quavers(jam: Jam, count: int) -> None:
    for index in range(count):
        jam.note(60 + index % 12, BEAT_S / 2)


def entries_s(jam: Jam) -> list[float]:
    first_s = {plan.plan: plan.messages[0][0] for plan in reversed(jam.plans)}
    return sorted(first_s.values())


def test_tapped_bars_begin_with_the_players_first_note() -> None:
    jam = tapped()
    jam.wait(1.3)
    began_s = jam.now
    quavers(jam, 8)
    jam.wait(3.0)
    beats = (began_s - 0.0) / BEAT_S
    assert entries_s(jam) == [pytest.approx(round(beats) * BEAT_S + BAR_S, abs=0.02)]
    check_all_notes_end(jam)


def test_tapped_turns_go_round_and_begin_anew_after_a_rest() -> None:
    jam = tapped()
    quavers(jam, 8)
    jam.wait(BAR_S)
    quavers(jam, 8)
    jam.wait(BAR_S)
    first_s, second_s = entries_s(jam)
    # By ear from the last tap on.
    assert second_s - first_s == pytest.approx(2 * BAR_S, abs=0.07)
    jam.wait(BAR_S + 3.0 * BEAT_S)
    began_s = jam.now
    quavers(jam, 8)
    jam.wait(BAR_S)
    assert entries_s(jam)[-1] == pytest.approx(began_s + BAR_S, abs=0.3)


def test_heard_bars_follow_the_player() -> None:
    jam = Jam()
    jam.set(mode="trade", sync="heard", trade_bars=2)
    ended_s = []
    for _ in range(3):
        accompanied(jam, beats=8, beat_s=0.6)
        ended_s.append(jam.now)
        jam.wait(4.8)
    assert entries_s(jam) == [pytest.approx(time, abs=0.05) for time in ended_s]
    check_all_notes_end(jam)


def accompanied(jam: Jam, beats: int, beat_s: float) -> None:
    for _ in range(beats):
        jam.play(midi.note_on(0, 40, 90))
        jam.note(64, beat_s / 2)
        jam.play(midi.note_off(0, 40))
        jam.note(67, beat_s / 2)


def linked(jam: Jam, beat: float, counted: bool = False, running: bool = False) -> None:
    """Link's beat as it is at present, told as the daemon does."""
    jam._tell(Beat("link", jam.now, beat, BEAT_S, counted, running))


@pytest.mark.parametrize(("began", "bar"), [(4.1, 4), (6.0, 4), (7.0, 8), (8.1, 8)])
def test_on_link_the_players_bar_is_the_one_that_all_know(began: float, bar: int) -> None:
    jam = Jam()
    jam.set(mode="trade", sync="link", trade_bars=1)
    jam.wait(began * BEAT_S)
    linked(jam, began)
    quavers(jam, 2 * (bar + 4) - math.floor(2 * began))
    jam.wait(1.0)
    assert entries_s(jam) == [pytest.approx((bar + 4) * BEAT_S, abs=0.02)]
    check_all_notes_end(jam)


def test_a_song_on_link_that_was_started_is_shared_out_from_its_beginning() -> None:
    jam = Jam()
    jam.set(mode="trade", sync="link", trade_bars=1)
    linked(jam, 2.0, counted=True, running=True)
    quavers(jam, 4)
    jam.wait(1.0)
    assert entries_s(jam) == [pytest.approx(2 * BEAT_S, abs=0.02)]


def test_where_nobody_is_on_link_trade_says_so() -> None:
    jam = Jam()
    jam.set(mode="trade", sync="link", trade_bars=1)
    quavers(jam, 24)
    jam.wait(5.0)
    assert not jam.machine()
    assert jam.problems == [
        "trade finds nobody on Link: switch it on elsewhere, or set sync to heard or tap"
    ]


def test_free_playing_is_not_traded_with() -> None:
    jam = Jam()
    jam.set(mode="trade", sync="off")
    quavers(jam, 24)
    jam.wait(5.0)
    assert not jam.machine()
    assert jam.problems == ["trade needs a beat: set sync to heard, tap, midi or link"]
    assert jam.listed.lines == jam.problems


@pytest.mark.parametrize("way", [{"mode": "reply"}, {"sync": "tap"}])
def test_what_trade_lacked_is_over_when_it_is_not_needed_any_more(way: dict[str, str]) -> None:
    jam = Jam()
    jam.set(mode="trade", sync="off")
    quavers(jam, 24)
    assert jam.listed.lines
    jam.set(**way)
    jam.wait(0.1)
    if "sync" in way:
        assert jam.listed.lines == ["trade needs a beat: tap it"]
        for _ in range(4):
            jam.tap()
            jam.wait(0.5)
    assert jam.listed.lines == []


def test_a_thousand_notes_a_second_are_not_answered_and_do_not_move_the_bars() -> None:
    jam = sequenced()
    jam.begin()
    while jam.now < BAR_S:
        for key in range(40, 45):
            jam.play(midi.note_on(0, key, 80))
            jam.play(midi.note_off(0, key))
        jam.run(TICK_S)
    jam.run(BAR_S)
    assert jam.turns() == []
    assert len(jam.problems) == 1
    jam.run(BAR_S, playing=True)
    jam.run(1.5 * BAR_S)
    assert jam.turns() == [pytest.approx(3 * BAR_S, abs=1e-3)]


def call(began_s: float, last_s: float) -> Call:
    made = Call()
    made.onset(began_s, 60)
    made.onset(last_s, 60)
    return made


@given(
    at=st.floats(0, 400),
    length=st.integers(1, 64),
    period_s=st.floats(0.2, 1.5),
    counted=st.booleans(),
    played=st.lists(st.floats(0.0, 30.0), min_size=1, max_size=8),
)
@example(at=0.0, length=1, period_s=1.3183260581418241, counted=True, played=[0.0, 0.0])
def test_the_machines_bars_are_always_to_come_and_follow_the_players(
    at: float, length: int, period_s: float, counted: bool, played: list[float]
) -> None:
    trading = Trading()
    now = 100.0
    beat = Beat("midi" if counted else "tap", now, at, period_s, counted, counted)
    made = call(now, now)
    ends = []
    for later_s in played:
        now += later_s
        made.onset(now, 60)
        bars = trading.coming(beat, made, length, 4, now)
        if bars is None:
            continue
        assert bars.end_s - bars.begin_s == pytest.approx(length * period_s)
        assert bars.begin_s > now - 1e-6
        assert bars.begin_s <= now + 2 * length * period_s + period_s
        assert bars.begin_s <= bars.last_onset_s < bars.end_s
        if counted:
            assert round(bars.first / length) % 2 == 1
        now = bars.begin_s
        trading.taken(bars)
        made.over()
        ends.append(bars)
    for before, after in pairwise(ends):
        assert after.begin_s >= before.end_s - 1e-6
