"""From heard beats to written time: where in its beat each note is notated, and for how long. Pure.

Beat by beat the plainest division is taken that the onsets in it keep to: each division costs the
more, the finer it is, and each onset the more, the farther it stands from its place.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.piece import Floats, Ints, NoteTable

PER_QUARTER: Final = 24
"""Written times are counted in so many parts of a quarter note."""

TOGETHER_S: Final = 0.045
"""What is struck within so much time is one chord."""

SPREAD_S, LEAST_SPREAD_BEATS = 0.028, 0.025
"""How far off its place an onset usually is."""

SIMPLE: Final = {1: 0.0, 2: 0.7, 4: 1.9, 3: 2.6, 8: 5.5, 6: 5.5}
COMPOUND: Final = {1: 0.0, 3: 0.5, 6: 2.2, 2: 3.0, 12: 6.0}
"""What each division of a beat costs, in nats."""

MERGED_NATS: Final = 6.0
"""What it costs to notate two chords as one."""


@dataclass(frozen=True)
class Written:
    """Notes in written time, (N,) each: onset and length in parts of a quarter, from bar 1.

    `triplet` (B,) tells which beats are in thirds, where they are not so by metre.
    """

    start: Ints
    length: Ints
    beat_parts: int
    triplet: frozenset[int]


def quantise(notes: NoteTable, beats: Beats) -> Written:
    """The written time of notes, counted from the first bar line, an upbeat's bar among them."""
    shift = (-beats.downbeat) % beats.per_bar
    parts = round(PER_QUARTER * beats.unit)
    groups = chords(notes.onset_s)
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    # A chord stands where its notes do on the whole: a rolled one not where it begins.
    onset_s = np.add.reduceat(notes.onset_s, first) / np.diff(np.append(first, len(groups)))
    at = np.maximum(beats.at(onset_s) + shift, 0.0)
    period_s = np.interp(onset_s, beats.times_s[:-1], np.diff(beats.times_s))
    spread = np.maximum(SPREAD_S / np.maximum(period_s, 0.05), LEAST_SPREAD_BEATS)
    usual = COMPOUND if beats.unit == 1.5 else SIMPLE
    places = np.empty(len(at), np.int64)
    triplets: set[int] = set()
    owner = np.floor(at + 0.04).astype(np.int64)
    for beat in np.unique(owner).tolist():
        rows = np.flatnonzero(owner == beat)
        division = _division(at[rows] - beat, spread[rows], usual)
        chosen = np.rint((at[rows] - beat) * division) / division
        places[rows] = np.rint((beat + np.maximum(chosen, 0.0)) * parts)
        if division in (3, 6) and beats.unit != 1.5:
            triplets.add(beat)
    places = np.maximum.accumulate(places)
    start = places[groups]
    ends = np.maximum(beats.at(notes.offset_s) + shift, 0.0) * parts
    length = _lengths(ends - start, parts, 3 if beats.unit == 1.5 else 2)
    return Written(start, length, parts, frozenset(triplets))


def _lengths(sounded: Floats, parts: int, division: int) -> Ints:
    """Lengths as they are written: long ones in whole beats or halves, short ones finer."""
    fine, coarse = parts // (2 * division), parts // division
    grain = np.where(sounded > parts, coarse, fine)
    found = np.rint(sounded / grain).astype(np.int64) * grain
    return np.maximum(found, fine)


def chords(onset_s: Floats) -> Ints:
    """The number of the chord to which each note belongs, (N,)."""
    groups = np.zeros(len(onset_s), np.int64)
    began = -np.inf
    number = -1
    for row, time_s in enumerate(onset_s.tolist()):
        if time_s - began > TOGETHER_S:
            began, number = time_s, number + 1
        groups[row] = number
    return groups


def _division(places: Floats, spread: Floats, usual: dict[int, float]) -> int:
    best, found = np.inf, 1
    for division, cost in usual.items():
        nearest = np.rint(places * division)
        off = (places - nearest / division) / spread
        merged = len(nearest) - len(np.unique(nearest))
        total = cost + 0.5 * float((off**2).sum()) + MERGED_NATS * merged
        if total < best:
            best, found = total, division
    return found
