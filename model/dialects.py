"""How each style is spoken: its pace, its voices, its gaps and intervals, and whose hand. No torch.

Plain averages over stretches of music, by which a player can keep to a style that is asked for. Of
tones they say nothing: those are the key's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.model import conditions

Floats = NDArray[np.float64]

GAP_EDGES_S = 0.035 * 2.0 ** (np.arange(13) / 2)
"""From onset to onset: together, then half octaves up to 2.2 s."""

GAP_CLASSES = len(GAP_EDGES_S) + 1

WIDEST = 12
"""Wider intervals count as this many semitones."""

INTERVALS = 2 * WIDEST + 1


def gap_class(gaps_s: float | Floats) -> NDArray[np.int64]:
    """Which class each gap is of, from 0 for together."""
    return np.asarray(np.searchsorted(GAP_EDGES_S, gaps_s, side="right"))


def interval_class(semitones: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which class each interval is of, from 0 for an octave down and more."""
    return np.asarray(np.clip(semitones, -WIDEST, WIDEST) + WIDEST)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A style's ``hand``, notes a second and voices, and shares of gaps and of intervals.

    ``gaps`` (GAP_CLASSES,), ``intervals`` (INTERVALS,) between notes in a row.
    """

    hand: str
    density: float
    voices: float
    gaps: Floats
    intervals: Floats


def dialect_of(hand: str, stretches: Sequence[NDArray[Any]]) -> Dialect:
    """What stretches of notes, as ``corpus`` packs them, have in common; each counts alike."""
    told = [
        conditions.measure(
            notes["onset"].astype(float),
            notes["offset"].astype(float),
            notes["key"].astype(np.int64),
            notes["velocity"].astype(np.int64),
        )
        for notes in stretches
    ]
    gaps = [gap_class(np.diff(notes["onset"].astype(float))) for notes in stretches]
    steps = [interval_class(_steps(notes["key"].astype(np.int64))) for notes in stretches]
    return Dialect(
        hand=hand,
        density=float(np.median([one["density"] for one in told])),
        voices=float(np.median([one["voices"] for one in told])),
        gaps=_shares(gaps, GAP_CLASSES),
        intervals=_shares(steps, INTERVALS),
    )


def _steps(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return keys[1:] - keys[:-1]


def _shares(places: Sequence[NDArray[np.int64]], size: int) -> Floats:
    each = [np.bincount(found, minlength=size) / len(found) for found in places]
    result: Floats = np.mean(each, axis=0)
    return result
