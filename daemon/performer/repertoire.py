"""What the machine has played lately, and how much of a take is that once more. Pure.

A figure is the row of intervals between five keys as they are struck, the same in any key.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

KEYS_A_FIGURE = 5
REMEMBERED = 1024
"""So many figures: a few minutes of playing."""

USUAL = 0.05
"""So much of eight seconds of their own playing people come back to: that is no lack of ideas."""

Figure = tuple[int, ...]


@dataclass
class Repertoire:
    """Told of each key of the machine's that sounds."""

    _latest: deque[int] = field(default_factory=lambda: deque(maxlen=KEYS_A_FIGURE))
    _figures: deque[Figure] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def strike(self, key: int) -> None:
        """A key sounds."""
        self._latest.append(key)
        self._figures.extend(figures(list(self._latest)))

    def forget(self) -> None:
        """Know nothing of what was played."""
        self._latest.clear()
        self._figures.clear()

    def staleness(self, keys: Sequence[int]) -> float:
        """The share of the figures of a take, 0 to 1, that were played before, beyond the usual."""
        known, again = set(self._figures), 0
        found = figures(keys)
        for figure in found:
            again += figure in known
            known.add(figure)
        return max(0.0, again / max(1, len(found)) - USUAL)


def figures(keys: Sequence[int]) -> list[Figure]:
    """The figures of a row of keys, none of fewer than five."""
    intervals = [later - key for key, later in pairwise(keys)]
    length = KEYS_A_FIGURE - 1
    ends = range(length, len(intervals) + 1)
    return [tuple(intervals[end - length : end]) for end in ends]
