"""The beat that the daemon follows, given to others as a MIDI clock. Pure: beats in, messages out.

Ticks go out 24 a beat, in the tempo heard, tapped or Link's. Where a beat turns out to lie
elsewhere, what was sent stays, and the ticks that follow make up for it over one beat: they are
never closer than half of what they should be, nor farther apart than one and a half.

A clock that comes in is passed on by thru, where ``sync`` goes by it: none is added to that. While
ours goes out, no other is followed or passed on; it may be our own, come back in.
"""

import math
from dataclasses import dataclass, replace

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat
from antiphon.daemon.session.midiclock import FASTEST_S, PULSES_A_BEAT, SLOWEST_S

SOURCES = ("heard", "tap", "link")
"""Whose beat is given to others: a MIDI clock's is theirs already."""

UNDER_WAY_S = 1.0
"""What was sent may come back in for so long."""

FARTHEST_S = 3600.0
"""A beat farther from now than this is none: ticks counted from it would not be exact."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where ticks fall: number ``tick`` at ``time``, ``late_s`` behind its place on the beat.

    A beat later that is made up for.
    """

    tick: int
    time: float
    period: float
    late_s: float = 0.0

    @property
    def tick_s(self) -> float:
        """From one tick to the next."""
        return self.period / PULSES_A_BEAT

    def time_of(self, tick: int) -> float:
        """When a tick falls that comes after the first."""
        gone = tick - self.tick
        made_up_s = self.late_s * min(gone, PULSES_A_BEAT) / PULSES_A_BEAT
        return self.time + gone * self.tick_s - made_up_s


def aligned(tick: int, time_s: float, beat: Beat) -> Line:
    """The line from a tick that falls at ``time_s`` to the nearest beats, wherever they are."""
    beats = (time_s - beat.time) / beat.period - tick % PULSES_A_BEAT / PULSES_A_BEAT
    late = (beats + 0.5) % 1.0 - 0.5
    return Line(tick, time_s, beat.period, late * beat.period)


class Conductor:
    """Told of controls and beats, each at its time; says when the next message is due, and which.

    What the methods return is to be sent at once, in order. Ticks are sent ``latency_s`` before
    their time, as notes are.
    """

    def __init__(self, latency_s: float = 0.0) -> None:
        self._latency_s = latency_s
        self._controls = Controls()
        self._beats: dict[str, Beat] = {}
        self._plugged = True
        self._line: Line | None = None
        self._next = 0
        self._last_s = 0.0
        self._started = False
        self._ended_s = self._stopped_s = -math.inf

    def steer(self, controls: Controls, now: float) -> list[bytes]:
        """Controls were set."""
        self._controls = controls
        return self._go_by_beat(now)

    def follow(self, beat: Beat, now: float) -> list[bytes]:
        """A beat moved, or is known no more."""
        is_near = abs(beat.time - now) <= FARTHEST_S
        if is_near and FASTEST_S <= beat.period <= SLOWEST_S:
            self._beats[beat.source] = replace(beat, time=beat.time - self._latency_s)
        else:
            self._beats.pop(beat.source, None)
        return self._go_by_beat(now)

    def compensate(self, latency_s: float) -> None:
        """From now on ticks are sent so long before their time."""
        by_s = self._latency_s - latency_s
        self._latency_s = latency_s
        self._beats = {
            source: replace(beat, time=beat.time + by_s) for source, beat in self._beats.items()
        }

    def unplugged(self, now: float) -> None:
        """The output is lost; what listened there cannot be told."""
        self._plugged = False
        self._end(now)

    def plugged(self, now: float) -> list[bytes]:
        """The output is back: what listens there knows nothing of the beat."""
        self._plugged = True
        return self._go_by_beat(now)

    def finish(self, now: float) -> list[bytes]:
        """Stop for good."""
        self._beats.clear()
        return self._end(now)

    def next_time(self) -> float | None:
        """When `due` has something to send, None while no clock goes out."""
        if self._line is None:
            return None
        time_s = self._line.time_of(self._next)
        # A start has to be understood before the tick that it is about.
        return time_s - self._line.tick_s / 2 if self._starts_next else time_s

    def due(self, now: float) -> list[bytes]:
        """All that is due at ``now``."""
        sent: list[bytes] = []
        while (time_s := self.next_time()) is not None and time_s <= now:
            if self._starts_next:
                self._started = True
                sent.append(midi.START)
            else:
                self._tick(time_s, now)
                sent.append(midi.CLOCK)
        return sent

    def ignores(self, data: bytes, now: float) -> bool:
        """Whether a message that came in may be our own, or is of a clock beside ours."""
        if data == midi.STOP:
            # Somebody else's is meant for the machine too.
            return now - self._stopped_s <= UNDER_WAY_S
        if data != midi.CLOCK and not midi.is_transport(data):
            return False
        return self._line is not None or now - self._ended_s <= UNDER_WAY_S

    @property
    def _beat(self) -> Beat | None:
        wanted = self._controls
        if wanted.clock_out == "off" or wanted.sync not in SOURCES or not self._plugged:
            return None
        return self._beats.get(wanted.sync)

    @property
    def _starts_next(self) -> bool:
        """Whether the next tick is the song's first: with a bar, but where bars are not known."""
        line, beat = self._line, self._beat
        if self._started or line is None or beat is None or self._next % PULSES_A_BEAT:
            return False
        number = round(beat.at(line.time_of(self._next)))
        return beat.source == "heard" or number % self._controls.beats_a_bar == 0

    def _go_by_beat(self, now: float) -> list[bytes]:
        beat = self._beat
        if beat is None:
            return self._end(now)
        if self._line is None:
            beats = math.ceil((now - beat.time) / beat.period + 1 / PULSES_A_BEAT)
            self._next = 0
            self._line = Line(0, beat.time + beats * beat.period, beat.period)
        elif self._next == 0:
            self._line = aligned(0, self._line.time, beat)
        else:
            self._line = aligned(self._next - 1, self._last_s, beat)
            if self._line.time_of(self._next) < now:
                self._line = aligned(self._next, now, beat)
        return []

    def _tick(self, time_s: float, now: float) -> None:
        line, beat = self._line, self._beat
        if line is not None and beat is not None and now - time_s > line.tick_s / 2:
            # Others would follow too soon upon this one; a computer that slept sends them all.
            time_s = now
            self._line = aligned(self._next, now, beat)
        self._last_s = time_s
        self._next += 1

    def _end(self, now: float) -> list[bytes]:
        if self._line is None:
            return []
        self._line, self._ended_s = None, now
        if not self._started:
            return []
        self._started, self._stopped_s = False, now
        return [midi.STOP]
