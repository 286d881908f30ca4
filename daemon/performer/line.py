"""The top line of one part, and its figures: the same in any key and at any speed. Pure.

Of notes struck together the highest counts, and a note under a key still held is accompaniment. A
figure is a row of steps; a step is an interval and whether its note came sooner than the one
before, after about as long, or later.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.loops import REMEMBERED
from antiphon.daemon.performer.turns import CHORD_S
from antiphon.model.events import NOTE_OFF, PEDAL_DOWN

LONGEST_FIGURE = 8
"""So many steps are looked at."""

WIDEST = 24
"""Wider intervals count as this many semitones."""

INTERVALS = 2 * WIDEST + 1

SOONER, LATER = 0.5**0.5, 2.0**0.5
"""Multiples of the gap before; irrational, so that no notated rhythm lies on the edge."""

RHYTHMS = 3

BEGINNING = -1
"""The step to the first note of a phrase."""

COVERS_S = 4.0
"""A key held for longer is no melody any more, or stuck."""

_NOTES = LONGEST_FIGURE + 2

Steps = TypeVar("Steps", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Place:
    """The steps that led to a note of the line, its key, and the key that the next lies above."""

    steps: list[int]
    key: int
    above: int


@dataclass
class Line:
    """The latest notes of a top line, as (seconds, key); ``count`` is how many there were."""

    notes: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_NOTES))
    held: dict[int, float] = field(default_factory=dict)
    count: int = 0
    time_s: float = -math.inf
    """When the part's last event was."""
    struck: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """The latest keys, those of the accompaniment too."""

    def copy(self) -> "Line":
        """An independent copy."""
        copied = replace(self, notes=self.notes.copy(), held=dict(self.held))
        return replace(copied, struck=self.struck.copy())

    def begin(self) -> None:
        """A phrase begins with the next note."""
        self.notes.clear()
        self.struck.clear()
        self.count = 0

    def follow(self, time_s: float, kind: int) -> None:
        """Take note of an event of the part."""
        self.time_s = time_s
        if kind >= NOTE_OFF:
            if kind < PEDAL_DOWN:
                self.held.pop(kind - NOTE_OFF, None)
            return
        self.struck.append(kind)
        covering = (key for key, since_s in self.held.items() if time_s - since_s < COVERS_S)
        highest = kind > max(covering, default=-1)
        self.held[kind] = time_s
        if not highest:
            return
        if self.notes and time_s - self.notes[-1][0] <= CHORD_S:
            began_s, _ = self.notes.pop()
            self.notes.append((began_s, kind))
        else:
            self.notes.append((time_s, kind))
            self.count += 1

    @property
    def key(self) -> int | None:
        """The last note, None before the first."""
        return self.notes[-1][1] if self.notes else None

    def steps(self) -> list[int]:
        """The steps that led to the last note, at most ``LONGEST_FIGURE``."""
        whole = self.count <= _NOTES
        return steps(self.notes, whole)[-LONGEST_FIGURE:]

    def goes_on_from(self) -> "list[Place]":
        """Where the next key may go on from: the last note, or the one before its chord.

        The latter while the chord may still get a higher note than its highest so far.
        """
        if not self.notes:
            return []
        found = [Place(self.steps(), self.notes[-1][1], -1)]
        if len(self.notes) > 1 and self.time_s - self.notes[-1][0] <= CHORD_S:
            whole = self.count <= _NOTES
            before = list(self.notes)[:-1]
            found.append(Place(steps(before, whole), before[-1][1], self.notes[-1][1]))
        return found


def steps(notes: Iterable[tuple[float, int]], whole: bool = True) -> list[int]:
    """The steps through notes, (seconds, key) each; ``whole``: a phrase from its beginning.

    Otherwise the first two notes only say where the first step starts from, and how fast.
    """
    found = [BEGINNING] if whole else []
    gap_s: float | None = None
    for (before_s, before), (time_s, key) in pairwise(notes):
        last_gap_s, gap_s = gap_s, time_s - before_s
        if whole or last_gap_s is not None:
            found.append(_step(key - before, gap_s, gap_s if last_gap_s is None else last_gap_s))
    return found


def _step(interval: int, gap_s: float, last_gap_s: float) -> int:
    clipped = min(max(interval, -WIDEST), WIDEST) + WIDEST
    rhythm = int(gap_s >= SOONER * last_gap_s) + int(gap_s > LATER * last_gap_s)
    return RHYTHMS * clipped + rhythm


def interval_index(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the intervals of steps stand among the ``INTERVALS``, from the widest down to up."""
    return found // RHYTHMS
