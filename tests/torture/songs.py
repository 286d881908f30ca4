"""A sequencer that does what it should not, while bars are traded with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench.figures import spread
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.messages import Timed
from tests.torture import stand
from tests.torture.playing import CLOCK, PAUSE, Room, phrase, room
from tests.torture.stand import Tally

BEAT_S = 0.5
PULSE_S = BEAT_S / 24
BAR_S = 4 * BEAT_S
TUNE = (60, 64, 67, 72, 67, 64, 62, 65)
NEAR_S = 0.1
"""The machine's entry counts as on the bar line: the clock of a busy machine is not exact."""
HALF_BAR, TENTH_BAR = 8, 10 * 16
"""Song positions, in sixteenths."""


class Song:
    """Sends a clock and plays to it; times are its own, so that nothing drifts."""

    def __init__(self, it: Room) -> None:
        self.it = it
        self.pulse_s = PULSE_S
        self.next_s = CLOCK.now()
        self.other_s: float | None = None
        """How far behind each pulse another clock's comes."""
        self.is_ticking = True
        self.off_s: list[float] = []
        """How far from the bar line the machine entered."""

    def run(self, seconds: float, *, plays: bool = False) -> float:
        """Go on for so long; when it began."""
        began_s = self.next_s
        messages: list[Timed] = []
        for at in range(round(seconds / self.pulse_s)):
            pulse_s = at * self.pulse_s
            if self.is_ticking:
                messages.append((pulse_s, midi.CLOCK))
                if self.other_s is not None:
                    messages.append((pulse_s + self.other_s, midi.CLOCK))
        self.next_s = began_s + round(seconds / self.pulse_s) * self.pulse_s
        if plays:
            note_s = 12 * self.pulse_s
            keys = [TUNE[at % len(TUNE)] for at in range(round(seconds / note_s))]
            messages += phrase(keys, note_s)
        behind_s = CLOCK.now() - began_s
        self.it.play([(time_s - behind_s, data) for time_s, data in sorted(messages)])
        PAUSE.wait(max(0.0, self.next_s - CLOCK.now()))
        return began_s

    def trade(self, rest_s: float = BAR_S) -> None:
        """Play what is left of a bar, and see that the machine has the next, from its bar line."""
        self.run(rest_s, plays=True)
        line_s = self.run(4 * 24 * self.pulse_s)
        entries_s = self.it.strikes(line_s - BEAT_S, self.next_s)
        if not entries_s:
            self.it.failures.append("the machine let its bar go by")
            return
        self.off_s.append(abs(entries_s[0] - line_s))
        if self.off_s[-1] > NEAR_S:
            self.it.failures.append(f"it entered {self.off_s[-1] * 1e3:.0f} ms off the bar line")

    def begin(self, *first: bytes) -> None:
        """The song starts here, or as told."""
        for data in first or (midi.START,):
            self.it.feed(data)


@contextmanager
def traded(folder: Path) -> Iterator[Song]:
    """Bars are traded by a MIDI clock that runs already."""
    with room(folder, mode="trade", sync="midi", trade_bars="1") as it:
        song = Song(it)
        song.run(BAR_S)
        yield song


def _told(song: Song, tally: Tally) -> Tally:
    if song.off_s:
        found = spread([off_s * 1e3 for off_s in song.off_s])
        tally.notes.append(f"off the bar line {found.p50:.0f} / {found.p99:.0f} ms")
    return tally


def _round(song: Song, tally: Tally) -> None:
    """All is well again: a bar is traded from the song's beginning, and a call is answered."""
    song.begin()
    song.trade()
    song.begin(midi.STOP)
    song.it.daemon.set(mode="reply")
    song.it.count(tally)
    song.it.daemon.set(mode="trade")
    song.next_s = CLOCK.now()
    song.run(BAR_S)


def _each_round(once: Callable[[Song, Tally], None]) -> Callable[[Server, Path, int], Tally]:
    """A fault that is done once a round, in one jam in which bars are traded."""

    @wraps(once)
    def fault(_: Server, folder: Path, rounds: int) -> Tally:
        tally = Tally()
        with traded(folder) as song:
            for _each in range(rounds):
                once(song, tally)
        return _told(song, tally)

    return fault


@_each_round
def in_mid_bar(song: Song, tally: Tally) -> None:
    """The song goes on from the middle of a bar."""
    song.begin(position(HALF_BAR), midi.CONTINUE)
    song.trade(BAR_S / 2)
    _round(song, tally)


@_each_round
def jumps(song: Song, tally: Tally) -> None:
    """The song jumps, while it runs, to the middle of another bar."""
    song.begin()
    song.run(0.7 * BAR_S, plays=True)
    song.begin(position(TENTH_BAR + HALF_BAR))
    song.trade(BAR_S / 2)
    _round(song, tally)


@_each_round
def stops(song: Song, tally: Tally) -> None:
    """The song stops in the machine's bar, and the player goes on without it."""
    song.begin()
    song.run(BAR_S, plays=True)
    song.run(BAR_S / 2)
    song.begin(midi.STOP)
    tally.hung += not stand.silent(song.it.ears)
    stopped_s = CLOCK.now()
    song.next_s = stopped_s
    song.run(3 * BAR_S, plays=True)
    song.it.says("waits for the sequencer")
    if song.it.strikes(stopped_s + NEAR_S):
        song.it.failures.append("it played on without the song")
    song.next_s = CLOCK.now()
    _round(song, tally)
    song.it.says("waits for the sequencer", tells=False)


@_each_round
def drops_out(song: Song, tally: Tally) -> None:
    """The clock is gone for three bars, and comes back."""
    song.begin()
    song.run(BAR_S, plays=True)
    song.is_ticking = False
    song.run(4 * BAR_S, plays=True)
    song.it.says("hears no MIDI clock")
    song.is_ticking = True
    song.next_s = CLOCK.now()
    song.run(BAR_S)
    _round(song, tally)
    song.it.says("hears no MIDI clock", tells=False)


@_each_round
def doubles(song: Song, tally: Tally) -> None:
    """The tempo doubles from one pulse to the next, and is halved again."""
    song.begin()
    song.run(BAR_S, plays=True)
    song.pulse_s = PULSE_S / 2
    # The machine's bar, and one to get used to it.
    song.run(3 * BAR_S / 2)
    song.trade(BAR_S / 2)
    song.pulse_s = PULSE_S
    song.run(2 * BAR_S)
    _round(song, tally)


@_each_round
def two_clocks(song: Song, tally: Tally) -> None:
    """A second clock comes in between the pulses of the first, and goes again."""
    song.other_s = 0.3 * PULSE_S
    song.run(4 * BAR_S)
    song.it.says("two MIDI clocks")
    song.next_s = CLOCK.now()
    song.other_s = None
    song.run(2 * BAR_S)
    song.it.says("two MIDI clocks", tells=False)
    song.next_s = CLOCK.now()
    song.run(BAR_S)
    _round(song, tally)


def position(sixteenths: int) -> bytes:
    """The message that moves the song there."""
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))
