import threading

import pytest

from antiphon.daemon import midi
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.controls import Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import (
    Beat,
    Cancel,
    Heard,
    Latency,
    Problem,
    Schedule,
    Sent,
    ToPerformer,
    Withdrawn,
)
from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.ports.protocols import MemoryOutput
from antiphon.daemon.session.lateness import Lateness
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.stage import FARTHEST_S, Deed, Stage
from antiphon.daemon.thru.local import LocalThru
from tests.fakes import ManualClock, RecordingOutput, Told

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
PEDAL_UP, ALL_OFF = midi.sustain(0, 0), midi.control_change(0, 123, 0)
FIFTH_ON, FIFTH_OFF = note_on(0, 67, 70), note_off(0, 67)


def ignored(_: object) -> None:
    """What is told is not looked at."""


class Bench:
    """A player on a manual clock; its thread is not started."""

    def __init__(self, output: RecordingOutput | None = None) -> None:
        self.clock = ManualClock()
        self.output = output or RecordingOutput()
        self.told: list[ToPerformer] = []
        self.troubles: list[str] = []
        self.thru = LocalThru(self.output, self.clock)
        self.player = self.of(Stage(thru=True))

    def of(self, stage: Stage) -> Player:
        """A player of another stage, which thru tells from then on."""
        player = Player(stage, self.thru, self.clock, self.told.append, self.complain)
        self.thru.listen(Told(player, self.complain))
        return player

    def hear(self, data: bytes) -> None:
        """A message comes in at the port."""
        self.thru.receive(data)

    def complain(self, problem: Problem) -> None:
        self.troubles.append(problem.text)


def test_thru_is_sent_and_told() -> None:
    bench = Bench()
    bench.hear(ON)
    assert bench.output.sent == [ON]
    assert bench.told == [Heard(1, 100.0, ON)]


def test_other_channel_messages_are_recorded_and_others_only_passed() -> None:
    bench = Bench()
    bench.hear(b"\xe0\x00\x40")
    bench.hear(b"\xf8")
    assert bench.output.sent == [b"\xe0\x00\x40", b"\xf8"]
    assert bench.told == [Heard(0, 100.0, b"\xe0\x00\x40")]


def test_a_clock_is_told_once_a_beat_and_a_song_that_stops_at_once() -> None:
    bench = Bench()
    bench.hear(midi.START)
    for _ in range(97):
        bench.hear(midi.CLOCK)
        bench.clock.advance(0.02)
    beats = [message for message in bench.told if isinstance(message, Beat)]
    assert [round(beat.beat) for beat in beats] == [0, 1, 2, 3]
    assert {round(beat.period, 6) for beat in beats} == {0.48}
    bench.hear(midi.STOP)
    *_, transport, beat = bench.told
    assert transport == Heard(0, bench.clock.now(), midi.STOP)
    assert isinstance(beat, Beat)
    assert (beat.counted, beat.running) == (True, False)


def test_two_clocks_are_a_trouble_once() -> None:
    bench = Bench()
    for tick in range(200):
        bench.hear(midi.CLOCK)
        bench.clock.advance(0.02 if tick < 48 else 0.005 if tick % 2 else 0.015)
    assert len(bench.troubles) == 1
    assert "two MIDI clocks" in bench.troubles[0]


def test_taps_are_told_as_a_beat() -> None:
    bench = Bench()
    assert bench.player.tap() is None
    bench.clock.advance(0.5)
    assert bench.player.tap() == Beat("tap", 100.5, 1.0, 0.5)
    assert bench.told == [Beat("tap", 100.5, 1.0, 0.5)]


def ticking() -> Bench:
    """A bench that sends a clock, 24 ticks in half a second, and has told nothing else."""
    bench = Bench()
    bench.player.steer(Controls(sync="tap", clock_out="on", beats_a_bar=1))
    bench.player.tap()
    bench.clock.advance(0.5)
    bench.player.tap()
    for _ in range(40):
        bench.clock.advance(0.5 / 24)
        bench.player.play_due()
    bench.told.clear()
    return bench


def test_a_clock_goes_out_in_the_tempo_that_was_tapped() -> None:
    bench = ticking()
    assert bench.output.sent[:2] == [midi.START, midi.CLOCK]
    ticks = bench.output.sent[1:]
    assert 15 <= len(ticks) <= 18
    assert set(ticks) == {midi.CLOCK}
    wait_s = bench.player.play_due()
    assert wait_s is not None
    assert 0.0 < wait_s <= 0.5 / 24
    bench.player.close()
    assert bench.output.sent[-1] == midi.STOP


def test_a_clock_that_goes_out_is_nothing_to_the_performer() -> None:
    bench = ticking()
    assert not bench.told
    figures = bench.player.figures()
    assert (figures.played, figures.passed_on, figures.lateness.count) == (0, 0, 0)


def test_the_beat_that_the_performer_hears_is_sent_and_its_end_too() -> None:
    bench = Bench()
    bench.player.steer(Controls(clock_out="on"))
    bench.player.follow(Beat("heard", 100.0, 7.0, 0.5))
    bench.clock.advance(0.5)
    bench.player.play_due()
    bench.player.follow(Beat("heard", 0.0, 0.0, 0.0))
    assert bench.output.sent == [midi.START, midi.CLOCK, midi.STOP]


def test_a_clock_that_comes_in_beside_ours_is_left_out() -> None:
    bench = ticking()
    before = len(bench.output.sent)
    for _ in range(200):
        bench.hear(midi.CLOCK)
    bench.hear(midi.START)
    assert len(bench.output.sent) == before
    assert not bench.told
    # A stop is for the machine too, but for our own.
    bench.hear(midi.STOP)
    assert bench.output.sent[before:] == [midi.STOP]
    bench.player.steer(Controls())
    bench.told.clear()
    bench.hear(midi.STOP)
    assert not bench.told


def test_with_a_sequencers_beat_its_clock_passes_through_and_none_is_added() -> None:
    bench = Bench()
    bench.player.steer(Controls(sync="midi", clock_out="on"))
    for _ in range(100):
        bench.hear(midi.CLOCK)
        bench.clock.advance(0.02)
        bench.player.play_due()
    assert bench.output.sent == [midi.CLOCK] * 100


def test_an_output_that_is_back_hears_the_song_start_again() -> None:
    bench = ticking()
    bench.player.output_lost()
    assert bench.player.play_due() is None
    before = len(bench.output.sent)
    bench.player.output_back()
    bench.clock.advance(0.5)
    bench.player.play_due()
    assert midi.START in bench.output.sent[before:]


def test_a_beat_that_others_share_is_told_and_a_song_that_stops_silences_the_machine() -> None:
    bench = Bench()
    bench.hear(ON)
    bench.player.schedule(Schedule(1, 1, True, ((100.0, FIFTH_ON), (103.0, FIFTH_OFF))))
    bench.player.play_due()
    bench.told.clear()
    beat = Beat("link", 100.0, 4.0, 0.5)
    bench.player.follow_others([beat])
    assert bench.told == [beat]
    bench.player.follow_others([Deed.STOPPED])
    assert bench.output.sent == [ON, FIFTH_ON, FIFTH_OFF]
    bench.player.schedule(Schedule(2, 1, True, ((100.0, FIFTH_ON),)))
    assert bench.player.play_due() is None
    assert bench.output.sent == [ON, FIFTH_ON, FIFTH_OFF]


def test_an_output_that_sounds_later_gets_what_is_planned_earlier_and_the_performer_knows() -> None:
    bench = Bench()
    bench.player.schedule(Schedule(1, 0, True, ((100.5, ON), (100.6, OFF))))
    bench.player.compensate(0.0)
    assert bench.told == []
    bench.player.compensate(0.5)
    assert bench.told == [Latency(0.5)]
    assert bench.player.play_due() == pytest.approx(0.1)
    assert bench.output.sent == [ON]


def test_the_machines_program_goes_out_after_thru_and_before_its_notes() -> None:
    bench = Bench()
    bench.player.steer(Controls(channel=2, program=20))
    assert bench.output.sent == []
    bench.hear(ON)
    bench.player.schedule(Schedule(1, 1, True, ((100.0, note_on(1, 64, 80)),)))
    bench.player.play_due()
    program = midi.program_change(1, 19)
    assert bench.output.sent == [ON, program, note_on(1, 64, 80)]
    bench.player.output_lost()
    bench.player.output_back()
    assert bench.output.sent[-1] == program
    bench.player.steer(Controls(channel=1, program=20))
    assert bench.output.sent[-1] == program
    assert len(bench.troubles) == 1


def test_the_players_part_goes_out_on_its_channel_with_its_program_and_changes_cleanly() -> None:
    bench = Bench()
    bench.player.steer(Controls(your_channel=3, your_program=5))
    bench.hear(ON)
    on = midi.on_channel(ON, 2)
    assert bench.output.sent == [midi.program_change(2, 4), on]
    assert bench.told[-1] == Heard(1, 100.0, on)
    del bench.output.sent[:]
    bench.player.steer(Controls(your_program=5))
    assert note_off(2, midi.key(ON)) in bench.output.sent
    bench.hear(ON)
    assert bench.output.sent[-2:] == [midi.program_change(0, 4), ON]
    assert bench.player.figures().notes_held == 1


def test_due_messages_go_out_and_lateness_is_kept() -> None:
    bench = Bench()
    bench.player.schedule(Schedule(1, 0, True, ((101.0, ON), (103.0, OFF))))
    assert bench.player.play_due() == 1.0
    bench.clock.advance(1.25)
    assert bench.player.play_due() == 1.75
    assert bench.output.sent == [ON]
    assert bench.told == [Sent(1, 101.0, 101.25, ON)]
    bench.clock.advance(1.75)
    assert bench.player.play_due() is None
    lateness = bench.player.figures().lateness
    assert (lateness.count, lateness.max_ms, lateness.p50_ms) == (2, 250.0, 0.0)


def test_cancel_and_panic_reach_the_output() -> None:
    bench = Bench()
    bench.player.schedule(Schedule(1, 0, False, ((100.0, ON), (103.0, OFF))))
    bench.player.play_due()
    bench.player.cancel(Cancel(1, 0.0))
    assert bench.output.sent == [ON, OFF]
    assert Withdrawn(1, 100.0) in bench.told
    bench.player.panic()
    assert bench.output.sent[2:] == [*midi.panic_messages()]
    assert [m.data for m in bench.told if isinstance(m, Heard)] == [PEDAL_UP, ALL_OFF]


def test_a_broken_port_is_told_once_until_it_works_again() -> None:
    bench = Bench()
    bench.output.broken = True
    bench.hear(ON)
    bench.hear(OFF)
    assert bench.troubles == ["the cable is out"]
    bench.output.broken = False
    bench.hear(ON)
    bench.output.broken = True
    bench.hear(OFF)
    assert len(bench.troubles) == 2
    assert bench.player.figures().failed == 3


def test_two_hands_in_unison_get_back_what_they_played() -> None:
    bench = Bench()
    for data in (ON, ON, OFF, OFF):
        bench.hear(data)
    assert bench.output.sent == [ON, ON, OFF, OFF]
    assert bench.player.figures().ignored == 0


def test_an_ending_that_was_refused_is_sent_as_soon_as_the_port_takes_it() -> None:
    bench = Bench()
    bench.hear(ON)
    bench.hear(midi.sustain(0, 127))
    bench.output.broken = True
    bench.hear(OFF)
    bench.hear(midi.sustain(0, 0))
    bench.hear(FIFTH_ON)
    retry_s = bench.player.play_due()
    assert retry_s is not None
    assert retry_s < 0.1
    bench.output.broken = False
    assert bench.player.play_due() is None
    assert bench.output.sent == [ON, midi.sustain(0, 127), OFF, midi.sustain(0, 0)]


def test_what_is_owed_goes_before_what_comes_later() -> None:
    bench = Bench()
    bench.hear(ON)
    bench.output.broken = True
    bench.hear(b"\x90\x3c\x00")
    bench.output.broken = False
    bench.hear(ON)
    assert bench.output.sent == [ON, OFF, ON]


def test_nothing_is_owed_to_a_port_that_is_gone() -> None:
    bench = Bench()
    bench.hear(ON)
    bench.output.broken = True
    bench.player.output_lost()
    assert bench.player.play_due() is None
    bench.output.broken = False
    bench.player.output_back()
    bench.player.play_due()
    assert bench.output.sent == [ON]


def test_closing_ends_what_the_port_refused_at_first() -> None:
    class Choking(RecordingOutput):
        refusals = 3

        def send(self, data: bytes) -> None:
            self.broken = midi.is_note_off(data) and self.refusals > 0
            self.refusals -= self.broken
            super().send(data)

    output = Choking()
    bench = Bench(output)
    bench.hear(ON)
    bench.player.close()
    assert output.sent == [ON, OFF]


def test_closing_silences_and_nothing_is_sent_afterwards() -> None:
    bench = Bench()
    bench.hear(ON)
    bench.player.schedule(Schedule(1, 1, True, ((100.0, FIFTH_ON), (103.0, FIFTH_OFF))))
    bench.player.play_due()
    bench.player.close()
    assert bench.output.sent == [ON, FIFTH_ON, FIFTH_OFF, OFF]
    bench.player.close()
    bench.hear(ON)
    bench.player.panic()
    bench.player.performer_lost()
    bench.player.cancel(Cancel(1, 0.0))
    bench.player.schedule(Schedule(2, 9, True, ((100.0, ON),)))
    bench.player.play_due()
    assert bench.output.sent == [ON, FIFTH_ON, FIFTH_OFF, OFF]


def test_nonsense_from_the_performer_changes_nothing() -> None:
    bench = Bench()
    with pytest.raises(AntiphonError):
        bench.player.schedule(Schedule(1, 0, True, ((100.0, b"\xf8"),)))
    assert bench.player.play_due() is None


def test_the_thread_sends_what_becomes_due() -> None:
    clock = MonotonicClock()
    output = MemoryOutput(clock)
    with Player(Stage(thru=True), LocalThru(output, clock), clock, ignored, ignored) as player:
        far = clock.now() + FARTHEST_S / 2
        player.schedule(Schedule(1, 0, True, ((far, ON),)))
        soon = clock.now() + 0.01
        player.schedule(Schedule(2, 0, True, ((soon, FIFTH_ON), (soon + 0.01, FIFTH_OFF))))
        assert output.wait_for(lambda sent: len(sent) == 2, 10)
    assert [data for _, data in output.sent] == [FIFTH_ON, FIFTH_OFF]
    assert output.sent[0][0] >= soon


def test_leaving_ends_the_thread_and_what_sounds() -> None:
    clock = MonotonicClock()
    output = MemoryOutput(clock)
    with Player(Stage(thru=True), LocalThru(output, clock), clock, ignored, ignored) as player:
        player.schedule(Schedule(1, 0, True, ((clock.now(), ON), (clock.now() + 99, OFF))))
        assert output.wait_for(lambda sent: len(sent) == 1, 10)
    assert [data for _, data in output.sent] == [ON, OFF]
    assert "player" not in {thread.name for thread in threading.enumerate()}


def test_lateness_quantiles() -> None:
    lateness = Lateness(remember=100)
    assert lateness.figures().count == 0
    for late_ms in range(1, 201):
        lateness.add(late_ms / 1000)
    figures = lateness.figures()
    assert (round(figures.p50_ms), round(figures.p99_ms)) == (150, 199)
    assert (round(figures.max_ms), figures.count) == (200, 200)


def test_lateness_is_counted_for_good() -> None:
    lateness = Lateness(remember=1)
    for late_ms in (-0.1, 0.05, 0.3, 2.0, 2.5, 30.0):
        lateness.add(late_ms / 1000)
    figures = lateness.copy().figures()
    assert figures.late == 2
    assert sum(figures.histogram.values()) == 6
    assert {name for name, count in figures.histogram.items() if count} == {
        *("0.1", "0.5", "2", "5", "more")
    }
