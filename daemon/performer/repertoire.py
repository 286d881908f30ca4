"""What was played lately as figures, and how much of a take is that once more. Pure.

A figure is the row of intervals between five notes of a top line, the same in any key. Of notes
struck together the highest counts.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from antiphon.daemon.performer.turns import CHORD_S

KEYS_A_FIGURE = 5
REMEMBERED = 1024
"""So many notes of the line: some minutes of playing."""

USUAL = 0.05
"""So much of eight seconds of their own playing people come back to: that is no lack of ideas."""

Figure = tuple[int, ...]


@dataclass
class Repertoire:
    """Told of each key of one part, in order; times are absolute seconds."""

    _line: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _last_s: float = -math.inf

    def strike(self, time_s: float, key: int) -> None:
        """A key sounds."""
        if time_s - self._last_s > CHORD_S:
            self._line.append(key)
            self._last_s = time_s
        elif self._line and key > self._line[-1]:
            self._line[-1] = key

    def forget(self) -> None:
        """Know nothing of what was played."""
        self._line.clear()
        self._last_s = -math.inf

    def figures(self) -> list[Figure]:
        """The figures played so far, the latest last."""
        line = list(self._line)
        intervals = [later - key for key, later in pairwise(line)]
        length = KEYS_A_FIGURE - 1
        ends = range(length, len(intervals) + 1)
        return [tuple(intervals[end - length : end]) for end in ends]


def figures_of(strikes: Iterable[tuple[float, int]]) -> list[Figure]:
    """The figures of what is struck, (seconds, key) each."""
    played = Repertoire()
    for time_s, key in strikes:
        played.strike(time_s, key)
    return played.figures()


def staleness(found: Sequence[Figure], own: Set[Figure], others: Set[Figure]) -> float:
    """The share of figures, 0 to 1, that were played by oneself before, beyond the usual.

    What the other part has played is theirs, and welcome.
    """
    known, again = set(own), 0
    for figure in found:
        again += figure in known and figure not in others
        known.add(figure)
    return max(0.0, again / max(1, len(found)) - USUAL)


def taken_up(found: Sequence[Figure], others: Set[Figure]) -> float:
    """The share of figures that the other part has played."""
    return sum(figure in others for figure in found) / max(1, len(found))
