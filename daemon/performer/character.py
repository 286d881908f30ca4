"""How the player has played lately, as positions of the musical controls. Pure.

A control that is left to the model is asked for as the player plays: of forty held-out calls,
replies came nearer to what really followed in every respect that ``antiphon evaluate --replies``
measures.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from antiphon.model import conditions
from antiphon.model.conditions import LEVEL_EDGES, LEVELS

LATELY_S = 8.0
"""As long as the stretches on which the model learned the controls."""

FOLLOWED = ("density", "loudness", "register", "voices")

FEWEST_NOTES = 8
MOST_NOTES = 256


@dataclass
class _Note:
    onset_s: float
    offset_s: float | None
    key: int
    velocity: int


@dataclass
class Character:
    """Told of the player's keys; times are absolute seconds."""

    _notes: deque[_Note] = field(default_factory=lambda: deque(maxlen=MOST_NOTES))
    _held: dict[int, _Note] = field(default_factory=dict)
    _positions: dict[str, float] = field(default_factory=dict)
    _changed: bool = False

    def begin(self) -> None:
        """A turn of the player's begins; until it is long enough the last one counts."""
        self._notes.clear()
        self._held.clear()

    def strike(self, time_s: float, key: int, velocity: int) -> None:
        """A key goes down."""
        self.release(time_s, key)
        note = _Note(time_s, None, key, velocity)
        while self._notes and self._notes[0].onset_s < time_s - LATELY_S:
            self._notes.popleft()
        self._notes.append(note)
        self._held[key] = note
        self._changed = True

    def release(self, time_s: float, key: int) -> None:
        """A key goes up."""
        note = self._held.pop(key, None)
        if note is not None:
            note.offset_s = time_s

    def positions(self) -> Mapping[str, float]:
        """Where each of ``FOLLOWED`` stands, in [0, 1]; empty before there are enough notes."""
        if self._changed and len(self._notes) >= FEWEST_NOTES:
            self._positions = self._measured()
        self._changed = False
        return self._positions

    def _measured(self) -> dict[str, float]:
        end_s = self._notes[-1].onset_s
        offsets_s = [end_s if note.offset_s is None else note.offset_s for note in self._notes]
        measured = conditions.measure(
            np.array([note.onset_s for note in self._notes]),
            np.array(offsets_s),
            np.array([note.key for note in self._notes], np.int64),
            np.array([note.velocity for note in self._notes], np.int64),
        )
        return {name: position(name, measured[name]) for name in FOLLOWED}


def position(control: str, value: float) -> float:
    """The position, in [0, 1], that asks for a measured value, from the middles of the levels."""
    edges = LEVEL_EDGES[control]
    return float(np.interp(value, edges, np.arange(len(edges)) + 0.5)) / (LEVELS - 1)
