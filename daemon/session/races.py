"""Keys that are struck oftener than anybody plays. Pure: no I/O, no clock; times in seconds."""

import itertools
from collections import defaultdict, deque

from antiphon.daemon import midi

TOO_FAST_S, TOO_MANY = 0.045, 64
"""So many strokes of a key, each so soon after the last, are more than hands and ratchets play."""


class Races:
    """Told of every stroke of the keys that come in."""

    def __init__(self) -> None:
        self._strokes: defaultdict[midi.Place, deque[float]] = defaultdict(
            lambda: deque(maxlen=TOO_MANY)
        )

    def strikes(self, place: midi.Place, now: float) -> None:
        """A key is struck."""
        self._strokes[place].append(now)

    def gap_s(self, place: midi.Place) -> float | None:
        """The longest time between its latest strokes if they are a race, None if not."""
        strokes = self._strokes[place]
        if len(strokes) < TOO_MANY or strokes[-1] - strokes[0] > (TOO_MANY - 1) * TOO_FAST_S:
            return None
        return max(after - before for before, after in itertools.pairwise(strokes))

    def begins_anew(self, place: midi.Place) -> None:
        """Count from here on."""
        self._strokes[place].clear()
