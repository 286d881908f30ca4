"""The chords of music that is known as a whole, half second by half second. Pure.

For judging afterwards: what sounds later counts as much as what sounded before. The chord that is
heard live is the daemon's ``harmony``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.harmony import CHORDS
from antiphon.model.arrays import Notes

HOP_S = 0.5
SPAN_S = 1.0
"""A half second's chord is that of the second around it."""

FITS = 0.82
"""What fits every chord less well, as a cosine, has none: two tones alone fit by 0.816."""


@dataclass(frozen=True, slots=True)
class ChordTrack:
    """``tones`` (N, 12) says which pitch classes belong to the chord of each half second.

    Where there is no chord, none do.
    """

    tones: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """In which half seconds there is a chord, (N,)."""
        return np.asarray(self.tones.any(axis=1))


def _templates() -> NDArray[np.bool_]:
    rows = np.zeros((12 * len(CHORDS), 12), np.bool_)
    for index, steps in enumerate(CHORDS.values()):
        for root in range(12):
            rows[12 * index + root, [(root + step) % 12 for step in steps]] = True
    return rows


TEMPLATES = _templates()


def sounding_s(notes: Notes, begins_s: NDArray[np.float64], length_s: float) -> NDArray[np.float64]:
    """How long each note sounds in each stretch of a length, (notes, stretches)."""
    first_s = np.maximum(notes["onset"][:, None].astype(float), begins_s)
    last_s = np.minimum(notes["offset"][:, None].astype(float), begins_s + length_s)
    return np.asarray(np.maximum(last_s - first_s, 0.0))


def chords_of(notes: Notes, until_s: float) -> ChordTrack:
    """The chords from 0 s to ``until_s`` of all notes together.

    A chord is the one of the daemon's kinds whose tones, all equal, have the highest cosine with
    the time that each pitch class sounds (Fujishima 1999); of equals the one with fewer tones.
    """
    cells_s = np.arange(0.0, until_s, HOP_S)
    lasts_s = sounding_s(notes, cells_s - (SPAN_S - HOP_S) / 2, SPAN_S)
    weights = np.zeros((len(cells_s), 12))
    np.add.at(weights.T, notes["key"].astype(int) % 12, lasts_s)
    norms = np.linalg.norm(weights, axis=1)
    sizes = TEMPLATES.sum(axis=1)
    fit = weights @ TEMPLATES.T / (np.maximum(norms, 1e-9)[:, None] * np.sqrt(sizes))
    best = np.argmax(fit - 1e-6 * sizes, axis=1)
    is_known = fit[np.arange(len(best)), best] >= FITS
    return ChordTrack(TEMPLATES[best] & is_known[:, None])
