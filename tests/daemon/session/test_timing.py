import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat, Problem
from antiphon.daemon.midi import CLOCK, CONTINUE, START, STOP
from antiphon.daemon.session.problems import Problems
from antiphon.daemon.session.timing import Timing

PULSE_S = 0.02


class Sequencer:
    """Sends pulses to a timing and keeps what that tells."""

    def __init__(self) -> None:
        self.timing = Timing()
        self.now = 10.0
        self.told: list[Beat | Problem] = []

    def send(self, data: bytes) -> None:
        self.told += self.timing.take(data, self.now)

    def run(self, pulses: int, pulse_s: float = PULSE_S) -> None:
        for _ in range(pulses):
            self.send(CLOCK)
            self.now += pulse_s

    @property
    def beats(self) -> list[Beat]:
        return [told for told in self.told if isinstance(told, Beat)]


def test_a_song_that_starts_is_counted_from_its_first_pulse() -> None:
    song = Sequencer()
    song.run(60)
    assert not song.beats[-1].counted
    song.send(START)
    first_s = song.now
    song.run(48)
    last = song.beats[-1]
    assert (last.counted, last.running) == (True, True)
    assert last.time_of(0.0) == pytest.approx(first_s)


def test_a_jump_is_told_at_once() -> None:
    song = Sequencer()
    song.send(START)
    song.run(100)
    before = len(song.beats)
    song.send(bytes([0xF2, 64, 0]))
    assert len(song.beats) == before + 1
    assert song.beats[-1].time_of(16.0) == pytest.approx(song.now)
    assert song.beats[-1].running


def test_of_two_clocks_is_told_as_long_as_there_are_two() -> None:
    song, listed = Sequencer(), Problems()
    song.run(100)
    for _ in range(100):
        song.run(1, PULSE_S / 4)
        song.run(1, 3 * PULSE_S / 4)
    for told in song.told:
        if isinstance(told, Problem):
            listed.take(told)
    assert ["two MIDI clocks" in line for line in listed.lines] == [True]
    song.told.clear()
    song.run(200)
    for told in song.told:
        if isinstance(told, Problem):
            listed.take(told)
    assert listed.lines == []


def test_a_song_that_goes_on_in_mid_bar_is_counted_from_there() -> None:
    song = Sequencer()
    song.send(bytes([0xF2, 6, 0]))
    song.send(CONTINUE)
    began_s = song.now
    song.run(30)
    assert song.beats[-1].time_of(1.5) == pytest.approx(began_s)


def test_a_clock_that_is_joined_while_it_runs_has_a_tempo_and_no_bars() -> None:
    song = Sequencer()
    song.run(30)
    assert (song.beats[-1].counted, song.beats[-1].running) == (False, False)
    assert song.beats[-1].period == pytest.approx(0.48)


def test_a_song_that_stops_keeps_its_tempo() -> None:
    song = Sequencer()
    song.send(START)
    song.run(50)
    song.send(STOP)
    assert not song.beats[-1].running
    assert song.beats[-1].period == pytest.approx(0.48)


def test_a_clock_that_was_away_is_known_again_within_a_beat() -> None:
    song = Sequencer()
    song.run(50)
    song.now += 30.0
    before = len(song.beats)
    song.run(48)
    assert len(song.beats) > before
    assert song.beats[-1].time > 41.0


@pytest.mark.parametrize("pulse_s", [0.0, 0.0005, 1.0])
def test_what_is_no_tempo_is_no_beat(pulse_s: float) -> None:
    song = Sequencer()
    song.run(200, pulse_s)
    assert not song.beats
    song.run(150)
    assert song.beats[-1].period == pytest.approx(0.48)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([CLOCK] * 8 + [START, CONTINUE, STOP, b"\xf2\x10\x00", b"\xfe", b""]),
            st.sampled_from([0.0, 0.001, 0.02, 0.02, 0.02, 0.3, 5.0]),
        ),
        max_size=150,
    )
)
def test_few_messages_come_of_many_and_all_make_sense(sent: list[tuple[bytes, float]]) -> None:
    song = Sequencer()
    for data, later_s in sent:
        song.now += later_s
        before = len(song.beats)
        song.send(data)
        for beat in song.beats[before:]:
            assert 0.1 < beat.period < 2.1
            assert beat.time <= song.now < beat.time + 2 * beat.period + 2.0
    pulses = sum(data == CLOCK for data, _ in sent)
    transports = sum(midi.is_transport(data) for data, _ in sent)
    assert len(song.beats) <= transports + pulses / 12
