"""What was played this evening, as figures that may come back. Pure.

Every step of a top line is kept. The longest endings of the line of the
moment that stood there before say which intervals followed them: an interval gets a share for each
place, the larger the longer the ending that it followed (Pachet's Continuator takes the longest
alone; all of them together leave more to the model).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.line import (
    BEGINNING,
    INTERVALS,
    LONGEST_FIGURE,
    RHYTHMS,
    WIDEST,
    Line,
    interval_index,
)
from antiphon.model.events import KEYS

Floats = NDArray[np.float64]

CAPACITY = 2048
"""So many steps are kept: an hour of playing, more or less."""

OTHER_RHYTHM = 0.5
"""A step with the right interval in another rhythm agrees by so much."""

LENGTH_COUNTS = 4.0
"""A place's share grows by this for each step more that agrees."""

SURE = 3
"""An ending of so many steps is as good as any longer one; of shorter ones less is made."""

RETURN = 500.0
"""How much likelier, at most, a remembered interval gets, less one."""


class Memory:
    """Steps in the order in which they were played, the oldest forgotten beyond ``capacity``."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._steps = np.empty(2 * capacity, np.int64)
        self._count = 0

    def __len__(self) -> int:
        """How many steps are kept."""
        return min(self._count, self._capacity)

    def add(self, step: int) -> None:
        """The line went on by a step."""
        if self._count == len(self._steps):
            self._steps[: self._capacity] = self._steps[-self._capacity :]
            self._count = self._capacity
        self._steps[self._count] = step
        self._count += 1

    def correct(self, step: int) -> None:
        """The last step was another one: a higher key came with it."""
        if self._count:
            self._steps[self._count - 1] = step

    def follow(self, line: Line, time_s: float, kind: int) -> None:
        """Take an event into the line and remember where that led."""
        count, key = line.count, line.key
        line.follow(time_s, kind)
        if line.count > count:
            self.add(line.steps()[-1])
        elif line.key != key:
            self.correct(line.steps()[-1])

    def forget(self) -> None:
        """Keep nothing."""
        self._count = 0

    def expect(self, ending: Sequence[int]) -> Floats:
        """The shares (INTERVALS,) of what followed ``ending``; their sum says how sure it is.

        Zeros where not even its last step stood here before.
        """
        first = self._count - len(self)
        steps = self._steps[first : self._count]
        agreeing = np.zeros(len(steps))
        alive = np.ones(len(steps), np.bool_)
        for back, step in enumerate(reversed(ending[-LONGEST_FIGURE:]), start=1):
            alive[:back] = False
            alive[back:] &= interval_index(steps[:-back]) == step // RHYTHMS
            if not alive.any():
                break
            agreeing[back:] += alive[back:] * np.where(steps[:-back] == step, 1.0, OTHER_RHYTHM)
        places = np.flatnonzero((agreeing > 0.0) & (steps != BEGINNING))
        if not len(places):
            return np.zeros(INTERVALS)
        agreed = agreeing[places]
        counted = LENGTH_COUNTS**agreed
        shares = np.bincount(interval_index(steps[places]), counted, INTERVALS)
        sure = min(1.0, float(agreed.max()) / SURE)
        return np.asarray(shares * (sure / shares.sum()))

    def lift(self, line: Line, strength: float) -> NDArray[np.float32]:
        """What is added to the log-probabilities of the keys, (128,), that follow a line.

        The next key's distribution is multiplied by ``(1 + RETURN share) ** strength``: what was
        never played is left to the model alone.
        """
        keys = np.zeros(KEYS, np.float32)
        for place in line.goes_on_from():
            low, high = max(place.above + 1, place.key - WIDEST), place.key + WIDEST + 1
            reach = slice(low - place.key + WIDEST, min(KEYS, high) - place.key + WIDEST)
            gained = strength * np.log1p(RETURN * self.expect(place.steps)[reach])
            keys[low : min(KEYS, high)] = np.maximum(keys[low : min(KEYS, high)], gained)
        return keys
