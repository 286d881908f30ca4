"""Which events attend to which: the window, and continuations that share a past. Pure.

Attention adds these numbers to its products: 0, or one so low that nothing is left.
"""

from typing import Final

import numpy as np

from antiphon.daemon.performer.query import Floats

NEVER: Final = np.float32(-1e9)
"""Finite, so that nothing turns into not-a-number."""


class Sight:
    """What each of several branches attends to: ``shared`` rows, then a row an event and branch."""

    def __init__(self, count: int, shared: int, window: int, most: int) -> None:
        self._count, self._shared, self._window = count, shared, window
        # One row at least: where none is before them, the kernel counts places in its own way.
        self._start = max(1, shared)
        self._rows = np.full((count, self._start + count * most), NEVER)
        self._rows[:, max(0, shared - window) : shared] = 0
        for branch in range(count):
            self._rows[branch, self._start + branch :: count] = 0

    def after(self, taken: int) -> Floats:
        """Of each branch's event behind so many of its own: (count, rows), 0 where it attends."""
        end = self._start + self._count * (taken + 1)
        # The window has moved on by one, and leaves an event behind.
        left = self._shared + taken - self._window
        if 0 <= left < self._shared:
            self._rows[:, left] = NEVER
        elif left >= 0:
            column = self._start + self._count * (left - self._shared)
            self._rows[:, column : column + self._count] = NEVER
        return np.ascontiguousarray(self._rows[:, :end])


def window_of(count: int, total: int, window: int) -> Floats:
    """Of the last ``count`` of ``total`` events, each with the window that it ends: (count, total).

    That none attends to later ones is the kernel's business.
    """
    first = np.arange(total - count, total)[:, None] + 1 - window
    return np.where(np.arange(total) < first, NEVER, np.float32(0))
