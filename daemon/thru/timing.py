"""How long messages take in the callback of the input port, by RtMidi's own clock. Pure.

RtMidi stamps each message before it asks for the interpreter, and tells how long after the last
one that was. The earliest of our own readings tells where its clock stands in ours: what is later
was spent waiting. Times are in seconds.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

EDGES_MS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)


@dataclass(frozen=True, slots=True)
class CallbackTimes:
    """How many messages, how long 99 of 100 and the longest took at most, how many too long."""

    count: int
    p99_ms: float
    max_ms: float
    missed: int
    """Those that took longer than a period of the server."""


NO_TIMES: Final = CallbackTimes(0, 0.0, 0.0, 0)


class CallbackTimer:
    """Told of each message when it begins and when it is done."""

    def __init__(self, period_s: float = 0.0) -> None:
        self.period_s = period_s
        """Of the server; 0 where there is none."""
        self._rtmidi_s = 0.0
        self._offset_s: float | None = None
        self._count = self._missed = 0
        self._longest_s = 0.0
        self._counts = [0] * (len(EDGES_MS) + 1)

    def add(self, since_last_s: float, began: float, ended: float) -> None:
        """One message, so long after the last one by RtMidi's clock."""
        self._rtmidi_s += since_last_s
        offset_s = began - self._rtmidi_s
        if self._offset_s is None or offset_s < self._offset_s:
            self._offset_s = offset_s
        took_s = ended - self._rtmidi_s - self._offset_s
        self._count += 1
        self._counts[bisect_left(EDGES_MS, took_s * 1e3)] += 1
        self._longest_s = max(self._longest_s, took_s)
        self._missed += bool(self.period_s) and took_s > self.period_s

    def skip(self, since_last_s: float) -> None:
        """One message that came another way than by the callback."""
        self._rtmidi_s += since_last_s

    def times(self) -> CallbackTimes:
        """Of all so far; the 99th of 100 to the next edge."""
        return CallbackTimes(self._count, self._p99_ms(), self._longest_s * 1e3, self._missed)

    def _p99_ms(self) -> float:
        most_ms = self._longest_s * 1e3
        passed = 0
        for edge_ms, count in zip(EDGES_MS, self._counts, strict=False):
            passed += count
            if passed >= 0.99 * self._count:
                return min(edge_ms, most_ms)
        return most_ms
