"""What somebody played lately: which keys, when, how long. Pure."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Note:
    """A key that went down, and up again unless it is held."""

    onset_s: float
    offset_s: float | None
    key: int
    velocity: int


@dataclass
class Played:
    """The notes of the latest ``lately_s`` seconds, at most ``most`` of them, by onset."""

    lately_s: float
    most: int
    notes: deque[Note] = field(default_factory=deque)
    _held: dict[int, Note] = field(default_factory=dict)

    def clear(self) -> None:
        """Begin with nothing."""
        self.notes.clear()
        self._held.clear()

    def strike(self, time_s: float, key: int, velocity: int) -> None:
        """A key goes down."""
        self.release(time_s, key)
        while self.notes and (
            self.notes[0].onset_s < time_s - self.lately_s or len(self.notes) >= self.most
        ):
            self.notes.popleft()
        note = Note(time_s, None, key, velocity)
        self.notes.append(note)
        self._held[key] = note

    def release(self, time_s: float, key: int) -> None:
        """A key goes up."""
        note = self._held.pop(key, None)
        if note is not None:
            note.offset_s = time_s

    @property
    def onsets_s(self) -> NDArray[np.float64]:
        """When each key went down, (N,)."""
        return np.array([note.onset_s for note in self.notes])

    @property
    def offsets_s(self) -> NDArray[np.float64]:
        """When each went up, (N,); those that are held go up with the latest onset."""
        end_s = self.notes[-1].onset_s if self.notes else 0.0
        return np.array([end_s if n.offset_s is None else n.offset_s for n in self.notes])

    @property
    def keys(self) -> NDArray[np.int64]:
        """Which keys, (N,)."""
        return np.array([note.key for note in self.notes], np.int64)

    @property
    def velocities(self) -> NDArray[np.int64]:
        """How hard, (N,)."""
        return np.array([note.velocity for note in self.notes], np.int64)
