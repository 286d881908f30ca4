"""A MIDI clock followed, and a tempo tapped. Pure: messages and times in, beats out.

A clock sends 24 pulses a quarter note (MIDI 1.0), each some milliseconds early or late. A line of
time against pulse number is fitted to the newest of them, so that what it foretells is steadier
than any pulse. A pulse after its time means that others were lost, one long before its time is left
out; twice as many as before are two clocks merged if they come unevenly; any other lasting change
is a new tempo.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat

PULSES_A_BEAT = 24
PULSES_A_POSITION = 6
"""Song position counts in sixteenths."""

KEPT = 48
"""The line is fitted to so many pulses: two beats."""

FEWEST = 12
"""With fewer pulses nothing is foretold."""

SLACK = 0.3
"""A pulse farther from its line than this, in pulses, came early or after lost ones."""

BRIDGED_S = 2.0
"""A silence of the clock is bridged for so long; after that the tempo is not known any more."""

SETTLED, STEADY, CHANGED = 12, 0.1, 0.15
"""When so many pulses came steadily, in two halves that differ by no more than this share of a
pulse, and so much faster or slower than the line has it, it begins anew."""

DOUBLED = (0.44, 0.56)
UNEVEN = 0.15
"""Twice as many pulses, every other one this much later, are two clocks merged."""

SLOWEST_S, FASTEST_S = 2.0, 0.15
"""A beat outside these is no tempo: 30 to 400 a minute."""

TAPS_KEPT = 6
TAPS_APART_S = 2.5
"""A longer pause begins a new count of taps."""


@dataclass
class ClockFollower:
    """Told of each real-time message; ``doubled`` says that two clocks seem to be merged.

    ``pulse`` is the number of the next pulse: from the start of the song, once it is ``counted``.
    """

    running: bool = False
    counted: bool = False
    pulse: int = 0
    doubled: bool = False
    pulses: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    ratios: deque[float] = field(default_factory=lambda: deque(maxlen=SETTLED))
    heard_s: float = 0.0

    def take(self, data: bytes, time_s: float) -> None:
        """Take note of a message; those that are not about time change nothing."""
        position = midi.song_position(data)
        if data == midi.CLOCK:
            self._tick(time_s)
        elif data == midi.START:
            # The next pulse says when the song begins, not this message.
            self._shift(0)
            self.running = True
        elif data == midi.CONTINUE:
            self.running = True
        elif data == midi.STOP:
            self.running = False
        elif position is not None:
            self._shift(position * PULSES_A_POSITION)

    def _shift(self, pulse: int) -> None:
        """Count the next pulse as number ``pulse`` of the song; the tempo stays."""
        moved = pulse - self.pulse
        self.pulses = deque(((n + moved, at) for n, at in self.pulses), maxlen=KEPT)
        self.pulse = pulse
        self.counted = True

    def _tick(self, time_s: float) -> None:
        line = self._line()
        last_s, self.heard_s = self.heard_s, time_s
        if line is None or time_s - last_s > BRIDGED_S:
            self._anew(time_s) if line else self._count(time_s)
            return
        at_s, pulse_s = line
        self.ratios.append((time_s - last_s) / pulse_s)
        if self._has_changed():
            self._anew(time_s)
            return
        away = (time_s - at_s) / pulse_s - self.pulse
        if away > SLACK:
            # Pulses were lost: the song has gone on without them.
            self.pulse += round(away)
        if away > -SLACK:
            self._count(time_s)

    def _has_changed(self) -> bool:
        """Whether the latest pulses came in another tempo; notes where they are two clocks."""
        ratios = list(self.ratios)
        half = SETTLED // 2
        if len(ratios) < SETTLED or abs(fmean(ratios[:half]) - fmean(ratios[half:])) > STEADY:
            return False
        pace, uneven = fmean(ratios), abs(fmean(ratios[::2]) - fmean(ratios[1::2]))
        self.doubled = DOUBLED[0] < pace < DOUBLED[1] and uneven > UNEVEN
        return abs(pace - 1.0) > CHANGED and not self.doubled

    def _anew(self, time_s: float) -> None:
        self.pulses.clear()
        self.ratios.clear()
        self._count(time_s)

    def _count(self, time_s: float) -> None:
        self.pulses.append((self.pulse, time_s))
        self.pulse += 1

    def _line(self) -> tuple[float, float] | None:
        """The time of pulse 0 and the length of a pulse by least squares, None with too few."""
        if len(self.pulses) < FEWEST:
            return None
        start_s, pulse_s = _fitted(self.pulses)
        if not FASTEST_S <= pulse_s * PULSES_A_BEAT <= SLOWEST_S:
            return None
        return start_s, pulse_s

    def beat(self, now: float) -> Beat | None:
        """The latest beat, None where the clock is not known or silent for too long."""
        line = self._line()
        if line is None or now - self.pulses[-1][1] > BRIDGED_S:
            return None
        start_s, pulse_s = line
        first = Beat("midi", start_s, 0.0, pulse_s * PULSES_A_BEAT, self.counted, self.running)
        number = float(math.floor(first.at(now)))
        return replace(first, time=first.time_of(number), beat=number)


@dataclass(frozen=True, slots=True)
class Taps:
    """Times of taps, one a beat, the newest last; the first of a count is beat 0."""

    times_s: tuple[float, ...] = ()
    first: int = 0

    def tap(self, time_s: float) -> "Taps":
        """The taps with one more; after a pause a new count."""
        if not self.times_s or time_s - self.times_s[-1] > TAPS_APART_S:
            return Taps((time_s,))
        kept = (*self.times_s, time_s)
        dropped = max(0, len(kept) - TAPS_KEPT)
        return replace(self, times_s=kept[dropped:], first=self.first + dropped)

    def beat(self) -> Beat | None:
        """The beat of the latest tap, None before the second or outside what is a tempo."""
        if len(self.times_s) < 2:
            return None
        start_s, period_s = _fitted(list(enumerate(self.times_s, self.first)))
        if not FASTEST_S <= period_s <= SLOWEST_S:
            return None
        latest = float(self.first + len(self.times_s) - 1)
        return Beat("tap", start_s + latest * period_s, latest, period_s)


def _fitted(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """The line of time against number, by least squares: its value at 0 and its slope."""
    count = len(points)
    middle = sum(number for number, _ in points) / count
    middle_s = sum(time_s for _, time_s in points) / count
    spread = sum((number - middle) ** 2 for number, _ in points)
    slope = sum((number - middle) * (time_s - middle_s) for number, time_s in points) / spread
    return middle_s - slope * middle, slope
