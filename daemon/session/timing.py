"""What the performer is told of the beat: few messages, each of them news. Pure.

A clock sends a hundred pulses in the time of one bar. They are followed here, and the performer
gets one `Beat` a beat, and one at once when the song starts, stops or jumps.
"""

import math
from collections.abc import Iterator

from antiphon.daemon import midi
from antiphon.daemon.messages import Beat, Problem
from antiphon.daemon.session.midiclock import PULSES_A_BEAT, ClockFollower, Taps

DOUBLED_S = 2.0
"""Two clocks are one again after so long: out of time they look so now and then."""

_TWO_CLOCKS = "two MIDI clocks come in at once: switch one of them off; one is followed"


class Timing:
    """A MIDI clock and a tapped tempo, each as it comes in."""

    def __init__(self) -> None:
        self._clock = ClockFollower()
        self._taps = Taps()
        self._told_pulse = 0
        self._is_known = False
        self._doubled_s = -math.inf
        self._complained = False

    def take(self, data: bytes, now: float) -> Iterator[Beat | Problem]:
        """What follows from a message that came in; nothing from one that is not about time."""
        if data != midi.CLOCK and not midi.is_transport(data):
            return
        self._clock.take(data, now)
        if self._clock.doubled:
            self._doubled_s = now
        if (now - self._doubled_s < DOUBLED_S) != self._complained:
            self._complained = not self._complained
            yield Problem(_TWO_CLOCKS if self._complained else "", "clocks")
        # A song that jumps back has another pulse before it.
        gone = abs(self._clock.pulse - self._told_pulse)
        if data == midi.CLOCK and self._is_known and gone < PULSES_A_BEAT:
            return
        beat = self._clock.beat(now)
        self._is_known = beat is not None
        if beat is not None:
            self._told_pulse = self._clock.pulse
            yield beat

    def tap(self, now: float) -> Beat | None:
        """The beat after one more tap, None before there are two."""
        self._taps = self._taps.tap(now)
        return self._taps.beat()
