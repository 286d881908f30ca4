"""Keys that are struck oftener than anybody plays. Pure: no I/O, no clock; times in seconds."""

import math
from collections import defaultdict, deque

from antiphon.daemon.session.chorus import Place

TOO_FAST_S, TOO_MANY = 0.045, 64
"""So many strokes of a key, each so soon after the last, are more than hands and ratchets play."""


class Races:
    """Told of every stroke of the keys that come in."""

    def __init__(self) -> None:
        self._strokes: defaultdict[Place, deque[float]] = defaultdict(
            lambda: deque(maxlen=TOO_MANY)
        )

    def strikes(self, place: Place, now: float) -> None:
        """A key is struck."""
        self._strokes[place].append(now)

    def gap_s(self, place: Place) -> float:
        """How far apart its latest strokes are, if they are a race; infinite if they are none."""
        strokes = self._strokes[place]
        gap_s = (
            (strokes[-1] - strokes[0]) / (TOO_MANY - 1) if len(strokes) == TOO_MANY else math.inf
        )
        return gap_s if gap_s <= TOO_FAST_S else math.inf

    def begins_anew(self, place: Place) -> None:
        """Count from here on."""
        self._strokes[place].clear()
