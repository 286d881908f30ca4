"""Which part the machine plays, and how a piece is divided between two players."""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model.arrays import Notes

ROLES: Final = ("melody", "accompaniment", "bass", "inner", "all")
SIZE: Final = len(ROLES)

DUET_ROLES: Final = ("melody", "accompaniment", "bass", "inner", "upper", "lower")
DUET_SHARES: Final = (0.24, 0.36, 0.12, 0.08, 0.10, 0.10)
"""What the machine plays beside somebody, and how often. A hand's part has no role of its own."""

TOGETHER_S: Final = 0.03
SMALLEST_SHARE: Final = 0.06
"""A part of fewer of a piece's notes than this is no part to play."""


def encode(role: str) -> NDArray[np.float32]:
    """The row (SIZE,) of a role."""
    return np.eye(SIZE, dtype=np.float32)[ROLES.index(role)]


def divide(notes: Notes, rng: Generator) -> tuple[NDArray[np.bool_], str | None]:
    """Which notes (N,) are the machine's beside a player, and in what role.

    By the tracks of the file where it has them, by register and outermost voices where not. The
    role is None for the two sides of a split of the keyboard.
    """
    role = str(rng.choice(DUET_ROLES, p=DUET_SHARES))
    mine = _part(notes, role, rng)
    if not SMALLEST_SHARE <= mine.mean() <= 1 - SMALLEST_SHARE:
        role = "upper" if rng.random() < 0.5 else "lower"
        mine = _hand(notes, role, int(rng.integers(55, 66)))
    return mine, role if role in ROLES else None


def _part(notes: Notes, role: str, rng: Generator) -> NDArray[np.bool_]:
    tracks = np.unique(notes["part"])
    if role in ("melody", "accompaniment"):
        melody = notes["part"] == 0 if len(tracks) > 1 else top_line(notes)
        return melody if role == "melody" else ~melody
    if role == "bass":
        return _bass(notes, tracks)
    if role == "inner":
        if len(tracks) > 2:
            return (notes["part"] > 0) & (notes["part"] < tracks[-1])
        return ~top_line(notes) & ~_bottom_line(notes)
    return _hand(notes, role, int(rng.integers(55, 66)))


def _bass(notes: Notes, tracks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    if len(tracks) > 2:
        lowest = notes["part"] == tracks[-1]
        # Left hands play chords, too; a bass is one line.
        return lowest & _bottom_line(notes) if _is_chordal(notes[lowest]) else lowest
    return _bottom_line(notes) & (notes["key"] < 60)


def _is_chordal(notes: Notes) -> bool:
    onsets = np.sort(notes["onset"])
    return len(onsets) > 1 and float((np.diff(onsets) < TOGETHER_S).mean()) > 0.1


def _hand(notes: Notes, role: str, split: int) -> NDArray[np.bool_]:
    upper = notes["key"] >= split
    return upper if role == "upper" else ~upper


def top_line(notes: Notes) -> NDArray[np.bool_]:
    """Which notes (N,) are the highest that sound as they begin: the skyline."""
    return _outermost(notes, notes["key"].astype(np.int64))


def _bottom_line(notes: Notes) -> NDArray[np.bool_]:
    return _outermost(notes, 127 - notes["key"].astype(np.int64))


def _outermost(notes: Notes, heights: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Nothing higher begins together with it, or still sounds for most of its length."""
    onsets = notes["onset"].astype(np.float64)
    offsets = notes["offset"].astype(np.float64)
    result = np.ones(len(notes), dtype=np.bool_)
    # Who might cover a note begins at most so many notes before or after it.
    for shift in range(1, min(12, len(notes))):
        earlier, later = slice(None, -shift), slice(shift, None)
        together = onsets[later] - onsets[earlier] < TOGETHER_S
        held_on = offsets[earlier] > (onsets[later] + offsets[later]) / 2
        result[earlier] &= ~(together & (heights[later] > heights[earlier]))
        result[later] &= ~((together | held_on) & (heights[earlier] > heights[later]))
    return result
