"""How much room the player leaves to who plays beside them. Pure.

A chord counts once. From ``FULL`` attacks a second on there is none; what is left comes back slowly
after that, and the machine with it: softly at first. So does one that was cut off in its reply.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from antiphon.daemon.performer.turns import CHORD_S

LATELY_S = 2.0
BUSY, FULL = 4.0, 8.0
"""Attacks a second: eighths and sixteenths at 120 beats a minute."""

BACK_S = 3.0
"""So long after the last crowded moment there is all the room again."""


@dataclass
class Room:
    """Told of the player's keys; times are absolute seconds."""

    was_cut_off: bool = False
    """Whether the player came in on the machine the last time that it spoke."""
    _attacks: deque[float] = field(default_factory=deque)
    _crowded_s: float = -BACK_S

    def strike(self, time_s: float) -> None:
        """A key goes down."""
        if self._attacks and time_s - self._attacks[-1] <= CHORD_S:
            return
        self._attacks.append(time_s)
        if self._rate(time_s) >= FULL:
            self._crowded_s = time_s

    def voices(self, wanted: int, now: float) -> int:
        """How many of the voices that are wanted beside each note there is room for."""
        return math.ceil(wanted * self.left(now))

    def opens_s(self, now: float) -> float:
        """When all the room is left if nothing more is struck."""
        busy = [time_s for time_s in self._attacks if time_s >= now - LATELY_S]
        quiet_s = (
            busy[-round(BUSY * LATELY_S) - 1] + LATELY_S if len(busy) > BUSY * LATELY_S else now
        )
        return max(quiet_s, self._crowded_s + BACK_S)

    def left(self, now: float) -> float:
        """The share that is left, 0 to 1."""
        rate = self._rate(now)
        if rate >= FULL:
            return 0.0
        return min(1.0, (FULL - rate) / (FULL - BUSY), max(0.0, now - self._crowded_s) / BACK_S)

    def _rate(self, now: float) -> float:
        while self._attacks and self._attacks[0] < now - LATELY_S:
            self._attacks.popleft()
        return len(self._attacks) / LATELY_S
