"""Chords: found in notes, and told to the model as what sounds now and what comes next.

A chord is a root, a set of tones and a bass, all pitch classes, so that every symbol of a chart can
be told. Which chord a stretch of music has is found by comparing what sounds with the tones of
common chords, and by keeping a chord for as long as another does not fit clearly better (a hidden
Markov model, the Viterbi path; after Sheh and Ellis 2003).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.model.arrays import CHORD, Chords, Notes
from antiphon.model.knots import Floats, durations, shares

QUALITIES: Final = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
}
"""The intervals of each quality that is looked for, in semitones above the root."""

SHORTEST_S: Final = 0.4
"""A chord changes with an onset, and no sooner than this after the change before."""

CHANGE_COST: Final = 0.45
MISSING_COST: Final = 0.08
BASS_GAIN: Final = 0.2

GAP_POINTS_S: Final = durations(0.05, 8.0, 10)
_NEXT_AT = 36
_GAP_AT = 72
SIZE: Final = _GAP_AT + len(GAP_POINTS_S)


def _tables() -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint16]]:
    masks, roots = [], []
    for root in range(12):
        for intervals in QUALITIES.values():
            mask = np.zeros(12)
            mask[[(root + interval) % 12 for interval in intervals]] = 1.0
            masks.append(mask)
            roots.append(root)
    bits = (np.array(masks) @ (1 << np.arange(12))).astype(np.uint16)
    return np.array(masks), np.array(roots, dtype=np.uint8), bits


_MASKS, _ROOTS, _BITS = _tables()


def find(notes: Notes) -> Chords:
    """The chords of a piece's notes, all parts together. Empty without notes."""
    if not len(notes):
        return np.empty(0, dtype=CHORD)
    onsets = notes["onset"].astype(np.float64)
    firsts = _segments(onsets)
    edges_s = np.append(onsets[firsts], notes["offset"].max())
    sounding = _sounding(notes, edges_s)
    basses = _basses(notes, firsts)
    path = _best_path(_fit(sounding, basses))
    changes = np.flatnonzero(np.diff(path, prepend=-1))
    result = np.empty(len(changes), dtype=CHORD)
    result["beat"] = notes["beat"][firsts[changes]]
    result["root"] = _ROOTS[path[changes]]
    result["tones"] = _BITS[path[changes]]
    result["bass"] = basses[changes]
    return result


def _segments(onsets: Floats) -> NDArray[np.int64]:
    firsts, last = [0], onsets[0]
    for index, onset in enumerate(onsets.tolist()):
        if onset - last >= SHORTEST_S:
            firsts.append(index)
            last = onset
    return np.array(firsts)


def _sounding(notes: Notes, edges_s: Floats) -> Floats:
    """Shares (S, 12) of the pitch classes in what sounds between edges (S + 1,)."""
    total = np.zeros((len(edges_s), 12))
    for tone in range(12):
        of_tone = notes[notes["key"] % 12 == tone]
        for field, sign in (("onset", 1.0), ("offset", -1.0)):
            times = np.sort(of_tone[field].astype(np.float64))
            count = np.searchsorted(times, edges_s, side="right")
            sums = np.concatenate([[0.0], np.cumsum(times)])
            total[:, tone] += sign * (count * edges_s - sums[count])
    sounding = np.maximum(np.diff(total, axis=0), 0.0)
    shares_: Floats = sounding / np.maximum(sounding.sum(axis=1, keepdims=True), 1e-9)
    return shares_


def _basses(notes: Notes, firsts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The pitch class (S,) of the lowest key that begins in each segment or sounds on into it."""
    keys = notes["key"].astype(np.int64)
    lowest = np.minimum.reduceat(keys, firsts)
    holders = np.maximum.reduceat(
        np.where(
            keys == np.repeat(lowest, np.diff(np.append(firsts, len(keys)))),
            notes["offset"].astype(np.float64),
            0.0,
        ),
        firsts,
    )
    starts_s = notes["onset"][firsts].astype(np.float64)
    held, until_s = int(lowest[0]), float(holders[0])
    result = np.empty(len(firsts), dtype=np.uint8)
    for index in range(len(firsts)):
        if lowest[index] <= held or until_s < starts_s[index] + SHORTEST_S / 2:
            held, until_s = int(lowest[index]), float(holders[index])
        result[index] = held % 12
    return result


def _fit(sounding: Floats, basses: NDArray[np.uint8]) -> Floats:
    """How well each chord (S, K) fits each segment."""
    inside = sounding @ _MASKS.T
    missing = (sounding < 0.02).astype(float) @ _MASKS.T
    rooted = basses[:, None] == _ROOTS[None]
    fit: Floats = 2 * inside - MISSING_COST * missing + BASS_GAIN * rooted
    return fit


def _best_path(fit: Floats) -> NDArray[np.int64]:
    """The chord (S,) of each segment that fits best with a cost for each change."""
    best = fit[0].copy()
    came_from = np.empty(fit.shape, dtype=np.int16)
    stay = np.arange(fit.shape[1], dtype=np.int16)
    for index in range(1, len(fit)):
        leader = int(best.argmax())
        changed = best[leader] - CHANGE_COST
        came_from[index] = np.where(best >= changed, stay, leader)
        best = np.maximum(best, changed) + fit[index]
    path = np.empty(len(fit), dtype=np.int64)
    path[-1] = int(best.argmax())
    for index in range(len(fit) - 1, 0, -1):
        path[index - 1] = came_from[index, path[index]]
    return path


def encode(
    times_s: Floats, starts_s: Floats, chords: Chords, *, next_too: bool
) -> NDArray[np.float32]:
    """Rows (N, SIZE) for moments (N,), given chords (M,) and when each begins in seconds, (M,).

    With ``next_too`` the chord after the one that sounds is told as well, and how soon it comes.
    Before the first chord nothing sounds.
    """
    result = np.zeros((len(times_s), SIZE), dtype=np.float32)
    if not len(chords):
        return result
    rows = _rows(chords)
    now = np.searchsorted(starts_s, times_s, side="right") - 1
    result[:, :_NEXT_AT] = np.where(now[:, None] >= 0, rows[np.maximum(now, 0)], 0.0)
    if next_too:
        known = now + 1 < len(chords)
        following = now[known] + 1
        result[known, _NEXT_AT:_GAP_AT] = rows[following]
        result[known, _GAP_AT:] = shares(starts_s[following] - times_s[known], GAP_POINTS_S)
    return result


def _rows(chords: Chords) -> NDArray[np.float32]:
    """Root, tones and bass of each chord, (M, 36)."""
    one = np.eye(12, dtype=np.float32)
    tones = (chords["tones"][:, None] >> np.arange(12)) & 1
    return np.concatenate([one[chords["root"]], tones.astype(np.float32), one[chords["bass"]]], 1)


def transposed(chords: Chords, semitones: int) -> Chords:
    """The same chords so many semitones higher."""
    result = chords.copy()
    for field in ("root", "bass"):
        result[field] = (chords[field].astype(int) + semitones) % 12
    tones = chords["tones"].astype(np.uint32)
    turn = semitones % 12
    result["tones"] = ((tones << turn) | (tones >> (12 - turn))) & 0xFFF
    return result
