"""How late what was scheduled is sent."""

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LATE_MS: Final = 2.0
"""From here on it may be felt."""
EDGES_MS: Final = (0.1, 0.2, 0.5, 1.0, LATE_MS, 5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True)
class LatenessFigures:
    """How late scheduled messages were sent, in milliseconds; `count` says of how many.

    `histogram` counts all of them: how many were as late as its keys say, the last "more".
    """

    p50_ms: float
    p99_ms: float
    max_ms: float
    count: int
    late: int
    """How many were later than `LATE_MS`."""
    histogram: Mapping[str, int]


class Lateness:
    """Sent time less planned time of the latest messages."""

    def __init__(self, remember: int = 1024) -> None:
        self._latest: deque[float] = deque(maxlen=remember)
        self._max_s = 0.0
        self._count = 0
        self._counts = [0] * (len(EDGES_MS) + 1)

    def add(self, late_s: float) -> None:
        """Count one message, `late_s` seconds late."""
        self._latest.append(late_s)
        self._max_s = max(self._max_s, late_s)
        self._count += 1
        self._counts[bisect_left(EDGES_MS, late_s * 1e3)] += 1

    def copy(self) -> "Lateness":
        """The same so far."""
        other = Lateness()
        other._latest, other._max_s, other._count = self._latest.copy(), self._max_s, self._count
        other._counts = self._counts.copy()
        return other

    def figures(self) -> LatenessFigures:
        """Quantiles of the latest, maximum and count of all; zeros before the first."""
        ordered = sorted(self._latest) or [0.0]
        p50, p99 = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        most_ms = self._max_s * 1e3
        late = sum(self._counts[EDGES_MS.index(LATE_MS) + 1 :])
        names = (*(f"{edge:g}" for edge in EDGES_MS), "more")
        histogram = dict(zip(names, self._counts, strict=True))
        return LatenessFigures(p50 * 1e3, p99 * 1e3, most_ms, self._count, late, histogram)
