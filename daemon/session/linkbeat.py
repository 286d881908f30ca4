"""Ableton Link's session followed. Pure: moments of it in, beats out.

Those who share a Link session share its tempo and its bar lines, and if they wish when the song
starts and stops; no beat has a number that all of them know but those of a song that was started.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from antiphon.daemon.messages import Beat
from antiphon.daemon.session.midiclock import FASTEST_S, SLOWEST_S
from antiphon.daemon.session.stage import Deed

NO_BEAT = Beat("link", 0.0, 0.0, 0.0)

MOVED = 0.02
"""A beat that turns out to lie so far from where it was told, in beats, is told at once."""

BENT = 1e-4
"""So is a tempo that differs by more than this share."""

ON_LINE = 0.01
"""A song that starts so little after a bar line, in beats, starts with it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What Link's session says at a time.

    Bars begin with the beats that ``quantum`` divides. ``began`` is the beat at which the song was
    started, where it is ``playing``.
    """

    time: float
    beat: float
    period: float
    quantum: int
    peers: int
    playing: bool = False
    began: float = 0.0


class LinkFollower:
    """Told of moments in order of time; says what is news to those who go by the beat.

    There is no beat before somebody else was met: a session of one has a tempo that nobody chose.
    It goes on when they leave, as Link has it.
    """

    def __init__(self) -> None:
        self._met = False
        self._first: float | None = None
        self._told: Beat | None = None

    def take(self, moment: Moment) -> Iterator[Beat | Deed]:
        """What follows from a moment: a beat once a beat, or at once where it is another."""
        self._met = self._met or moment.peers > 0
        if moment.playing and self._met:
            bars = math.ceil((moment.began - ON_LINE) / moment.quantum)
            self._first = float(bars * moment.quantum)
        beat, told = self._beat(moment), self._told
        if told is not None and not _is_news(told, beat, moment.time):
            return
        self._told = beat
        if told is not None and told.running and not beat.running:
            yield Deed.STOPPED
        yield beat

    def _beat(self, moment: Moment) -> Beat:
        if not self._met or not FASTEST_S <= moment.period <= SLOWEST_S:
            return NO_BEAT
        at = moment.beat - (self._first or 0.0)
        counted = self._first is not None
        here = Beat("link", moment.time, at, moment.period, counted, counted and moment.playing)
        number = float(math.floor(at))
        return replace(here, time=here.time_of(number), beat=number)


def _is_news(told: Beat, beat: Beat, now: float) -> bool:
    if NO_BEAT in (told, beat):
        return told != beat
    if (told.beat, told.counted, told.running) != (beat.beat, beat.counted, beat.running):
        return True
    bent = abs(beat.period / told.period - 1.0) > BENT
    return bent or abs(told.at(now) - beat.at(now)) > MOVED
