"""How late what was scheduled is sent."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LatenessFigures:
    """How late scheduled messages were sent, in milliseconds; `count` says of how many."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    count: int


class Lateness:
    """Sent time less planned time of the latest messages."""

    def __init__(self, remember: int = 1024) -> None:
        self._latest: deque[float] = deque(maxlen=remember)
        self._max_s = 0.0
        self._count = 0

    def add(self, late_s: float) -> None:
        """Count one message, `late_s` seconds late."""
        self._latest.append(late_s)
        self._max_s = max(self._max_s, late_s)
        self._count += 1

    def copy(self) -> "Lateness":
        """The same so far."""
        other = Lateness()
        other._latest, other._max_s, other._count = self._latest.copy(), self._max_s, self._count
        return other

    def figures(self) -> LatenessFigures:
        """Quantiles of the latest, maximum and count of all; zeros before the first."""
        ordered = sorted(self._latest) or [0.0]
        p50, p99 = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        return LatenessFigures(p50 * 1e3, p99 * 1e3, self._max_s * 1e3, self._count)
