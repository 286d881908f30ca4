"""Figures of eight notes, and where they stood before. No torch.

A figure is the seven intervals between eight notes in a row, and for each step a coarse rhythm:
together, shorter than the figure's usual gap, about as long, longer. It is the same in any key and
tempo. Notes struck together count from the lowest up, so that a rolled chord is the same chord.
"""

from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece

NOTES = 8
CHORD_S = 0.035
"""Onsets closer than this are together."""

SHORT, LONG = 0.5**0.5, 2.0**0.5
"""Multiples of the figure's median gap; irrational, so that no notated rhythm lies on the edge."""

WIDEST = 63

Codes = NDArray[np.uint64]


def figures(notes: Notes) -> Codes:
    """One code a figure, (N - 7,), equal for equal figures and for no others; none for N < 8.

    Seven intervals of seven bits, clipped to WIDEST semitones, and seven rhythms of two bits.
    """
    if len(notes) < NOTES:
        return np.empty(0, np.uint64)
    onsets = notes["onset"].astype(np.float64)
    chord = np.concatenate([[0], np.cumsum(np.diff(onsets) > CHORD_S)])
    order = np.lexsort((notes["key"], chord))
    chord_onsets = onsets[np.concatenate([[0], np.flatnonzero(np.diff(chord)) + 1])]
    steps = np.clip(np.diff(notes["key"][order].astype(np.int64)), -WIDEST, WIDEST) + WIDEST
    gaps = np.diff(chord_onsets[chord])
    rhythm = _rhythms(sliding_window_view(gaps, NOTES - 1))
    interval = sliding_window_view(steps, NOTES - 1)
    codes = np.zeros(len(interval), np.uint64)
    for place in range(NOTES - 1):
        codes = (codes << np.uint64(7)) | interval[:, place].astype(np.uint64)
        codes = (codes << np.uint64(2)) | rhythm[:, place].astype(np.uint64)
    return codes


def _rhythms(gaps: NDArray[np.float64]) -> NDArray[np.int64]:
    """0 together, 1 short, 2 usual, 3 long, against the median of each row's real gaps."""
    real = np.where(gaps > 0.0, gaps, np.inf)
    count = (gaps > 0.0).sum(axis=1)
    middle = np.sort(real, axis=1)[np.arange(len(gaps)), np.maximum(count - 1, 0) // 2]
    usual = np.where(count > 0, middle, 1.0)[:, None]
    rhythm = 1 + (gaps >= SHORT * usual).astype(np.int64) + (gaps > LONG * usual)
    return np.where(gaps > 0.0, rhythm, 0)


def known(wanted: Codes, packed: Corpus, pieces: Iterable[Piece]) -> Codes:
    """Those of ``wanted`` that stand in the pieces, unique and ascending.

    The pieces are gone through one by one and nothing of them is kept, so that memory does not
    grow with the corpus.
    """
    sought = np.unique(wanted)
    found = np.zeros(len(sought), np.bool_)
    for piece in pieces:
        if not len(sought):
            break
        codes = figures(packed.notes(piece))
        place = np.minimum(np.searchsorted(sought, codes), len(sought) - 1)
        found[place[sought[place] == codes]] = True
    return sought[found]


def share(codes: Codes, among: Codes) -> float:
    """How many of ``codes`` are among others, as a share; 0 for none."""
    return float(np.isin(codes, among).mean()) if len(codes) else 0.0


def repetition(codes: Codes) -> float:
    """How many of the codes stood before in the same row, as a share; 0 for none."""
    return 1.0 - len(np.unique(codes)) / len(codes) if len(codes) else 0.0
