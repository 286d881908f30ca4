"""Where the sections of a performance meet, found with the future in view. Pure.

What is played in the eight seconds before a place is set beside what is played in the eight
seconds after it: the tones, how high, how loud and how much. Where the two differ most for as far
around, and clearly more than elsewhere in the piece, one section ends and another begins. So Foote
(*Automatic audio segmentation using a measure of audio novelty*, 2000), with a stretch of notes for
each half of his kernel.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.model.arrays import Notes

Floats = NDArray[np.float64]

AROUND_S = 8.0
CLEARLY = 1.5
"""So many standard deviations above the mean of the piece."""

LEAST = 0.5
"""What differs by less is the same, however even the rest of the piece is."""

FEWEST_NOTES = 6
"""Less than this on a side says nothing of it."""

OCTAVE, LOUDER, DENSER = 12.0, 24.0, 2.0
"""What counts as much as having no tone in common: in semitones, in velocity, in times as many."""


def meet_at(notes: Notes, places_s: Floats) -> NDArray[np.bool_]:
    """Which of the places (N,), ascending seconds, lie between two sections."""
    novelty = np.array([_difference(notes, at_s) for at_s in places_s])
    known = novelty[np.isfinite(novelty)]
    if not len(known):
        return np.zeros(len(places_s), np.bool_)
    clear = max(LEAST, known.mean() + CLEARLY * known.std())
    found = np.zeros(len(places_s), np.bool_)
    for index in np.flatnonzero(np.nan_to_num(novelty, nan=-np.inf) > clear):
        near = np.abs(places_s - places_s[index]) <= AROUND_S
        found[index] = novelty[index] == np.nanmax(novelty[near])
    return found


def _difference(notes: Notes, at_s: float) -> float:
    """How much the two sides differ; not a number where one says too little."""
    onsets_s = notes["onset"]
    first, here, last = np.searchsorted(onsets_s, (at_s - AROUND_S, at_s, at_s + AROUND_S))
    before, after = notes[first:here], notes[here:last]
    is_whole = onsets_s[0] <= at_s - AROUND_S and at_s + AROUND_S <= onsets_s[-1]
    if not is_whole or min(len(before), len(after)) < FEWEST_NOTES:
        return float("nan")
    tones = 0.5 * np.abs(_tones(before) - _tones(after)).sum()
    higher = abs(before["key"].mean() - after["key"].mean()) / OCTAVE
    louder = abs(before["velocity"].mean() - after["velocity"].mean()) / LOUDER
    denser = abs(np.log(len(before) / len(after))) / np.log(DENSER)
    return float(tones + higher + louder + denser)


def _tones(notes: Notes) -> Floats:
    """The shares of the twelve tones, by how long they are held."""
    held_s = (notes["offset"] - notes["onset"]).astype(float)
    counted = np.bincount(notes["key"].astype(np.int64) % 12, held_s, 12)
    return np.asarray(counted / max(counted.sum(), 1e-9))
