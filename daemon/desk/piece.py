"""A piece of music as the desk works on it: parts of notes, tempos and time signatures, in ticks.

Pure values. Files are read and written elsewhere; what is heard in a piece is worked out elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID: Final = 480
"""Ticks a quarter note where nothing else is asked for: divisible by sixteenths and triplets."""

DRUM_CHANNEL: Final = 9
DEFAULT_TEMPO_US: Final = 500_000
LONGEST_BEATS: Final = 1_000_000
"""Music that goes on for longer is damage."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A note from `start` on for `length` ticks, at least 1; `velocity` is 1..127."""

    start: int
    key: int
    length: int
    velocity: int = 80

    @property
    def end(self) -> int:
        """The tick at which it is let go."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument: its notes by start, its pedal as (start, length), its programs by tick."""

    name: str = ""
    channel: int = 0
    notes: tuple[Note, ...] = ()
    pedals: tuple[tuple[int, int], ...] = ()
    programs: tuple[tuple[int, int], ...] = ()

    @property
    def is_drums(self) -> bool:
        """Whether its keys are drums: channel 10 of General MIDI."""
        return self.channel == DRUM_CHANNEL


@dataclass(frozen=True)
class Piece:
    """Parts over one time, counted in ticks, `grid` to a quarter note.

    `tempos` are (tick, microseconds a quarter note), `meters` (tick, beats, beat's denominator),
    both by tick; what is missing at the start is 120 a minute and 4/4. `left_out` counts what the
    source held beside music of this form. `is_measured` tells that the ticks are no notation, only
    a clock: the piece was recorded.
    """

    grid: int = GRID
    parts: tuple[Part, ...] = ()
    tempos: tuple[tuple[int, int], ...] = ()
    meters: tuple[tuple[int, int, int], ...] = ()
    end: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    is_measured: bool = False

    @property
    def notes(self) -> list[Note]:
        """The notes of all parts, by start."""
        return sorted(note for part in self.parts for note in part.notes)

    @property
    def length_s(self) -> float:
        """How long it lasts, in seconds."""
        return float(self.seconds(self.last_tick))

    @property
    def last_tick(self) -> int:
        """Its end, or that of its last note if that is later."""
        return max((note.end for part in self.parts for note in part.notes), default=self.end)

    @cached_property
    def _clock(self) -> tuple[Floats, Floats, Floats]:
        """Ticks at which a tempo begins, the seconds until there, seconds a tick from there."""
        rates = {0: DEFAULT_TEMPO_US} | dict(self.tempos)
        ticks = np.array(sorted(rates), dtype=np.float64)
        pace = np.array([rates[int(tick)] for tick in ticks]) / 1e6 / self.grid
        seconds = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * pace[:-1])])
        return ticks, seconds, pace

    def seconds(self, ticks: ArrayLike) -> Floats:
        """Seconds from the start to ticks, of the same shape."""
        at = np.asarray(ticks, dtype=np.float64)
        begins, seconds, pace = self._clock
        index = np.maximum(np.searchsorted(begins, at, side="right") - 1, 0)
        return np.asarray(seconds[index] + (at - begins[index]) * pace[index])

    def ticks(self, seconds: ArrayLike) -> Floats:
        """The ticks, not rounded, at which so many seconds have passed."""
        at = np.asarray(seconds, dtype=np.float64)
        begins, passed, pace = self._clock
        index = np.maximum(np.searchsorted(passed, at, side="right") - 1, 0)
        return np.asarray(begins[index] + (at - passed[index]) / pace[index])

    @cached_property
    def table(self) -> "NoteTable":
        """All pitched notes as arrays, by onset and then by key."""
        rows = [
            (note.start, note.key, note.end, note.velocity, index)
            for index, part in enumerate(self.parts)
            if not part.is_drums
            for note in part.notes
        ]
        ticks = np.array(sorted(rows), dtype=np.int64).reshape(-1, 5)
        return NoteTable(
            onset_s=self.seconds(ticks[:, 0]),
            offset_s=self.seconds(ticks[:, 2]),
            start=ticks[:, 0],
            end=ticks[:, 2],
            key=ticks[:, 1],
            velocity=ticks[:, 3],
            part=ticks[:, 4],
        )


@dataclass(frozen=True)
class NoteTable:
    """Notes as arrays of equal length (N,): times in seconds and ticks, `part` by its place."""

    onset_s: Floats
    offset_s: Floats
    start: Ints
    end: Ints
    key: Ints
    velocity: Ints
    part: Ints

    def __len__(self) -> int:
        return len(self.key)

    def chosen(self, rows: NDArray[np.bool_] | Ints | slice) -> "NoteTable":
        """Some of the notes."""
        return NoteTable(
            self.onset_s[rows],
            self.offset_s[rows],
            self.start[rows],
            self.end[rows],
            self.key[rows],
            self.velocity[rows],
            self.part[rows],
        )


def tidy(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Notes by start; one that is struck again while it sounds ends there."""
    found: list[Note] = []
    latest: dict[int, int] = {}
    for note in sorted(notes):
        before = latest.get(note.key)
        if before is not None and found[before].end > note.start:
            old = found[before]
            if old.start == note.start:
                found[before] = note if note.length > old.length else old
                continue
            found[before] = Note(old.start, old.key, note.start - old.start, old.velocity)
        latest[note.key] = len(found)
        found.append(note)
    return tuple(found)
