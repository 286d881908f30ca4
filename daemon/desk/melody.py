"""The melody of a piece, and its motifs: which figures come back, where, and how changed. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.piece import Ints, NoteTable

CHORD_S: Final = 0.04
COVERS_S: Final = 4.0
TIMES_A_BEAT: Final = 12
"""Rhythms are compared on the twelfths of a beat: sixteenths and triplets."""

MONOPHONIC: Final = 0.8
LEAST_SHARE: Final = 0.08

LENGTHS: Final = (7, 6, 5, 4)
FEWEST_TIMES: Final = 3
MOST_MOTIFS: Final = 6
MOST_PLACES: Final = 200

Shape = tuple[tuple[int, ...], tuple[int, ...]]
"""Intervals in semitones, and steps in time from note to note, in twelfths of a beat."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a motif is, in seconds, and how it is changed there: `as first`, `up 5`, ..."""

    start_s: float
    end_s: float
    how: str


@dataclass(frozen=True, slots=True)
class Motif:
    """A figure that comes back: its keys at first, its rhythm in beats, and all its places."""

    keys: tuple[int, ...]
    rhythm: tuple[float, ...]
    places: tuple[Place, ...]


def skyline(notes: NoteTable) -> Ints:
    """The rows of the melody: the highest of what is struck together, not under a held key."""
    rows: list[int] = []
    begins = -np.inf
    covered: list[tuple[float, int]] = []
    onset, offset, keys = notes.onset_s.tolist(), notes.offset_s.tolist(), notes.key.tolist()
    for row, (start_s, end_s, key) in enumerate(zip(onset, offset, keys, strict=True)):
        covered = [(until, high) for until, high in covered if until > start_s + CHORD_S]
        if rows and start_s - begins <= CHORD_S:
            if key > keys[rows[-1]]:
                rows[-1] = row
        elif key >= max((high for _, high in covered), default=-1):
            rows.append(row)
            begins = start_s
        covered.append((min(end_s, start_s + COVERS_S), key))
    return np.array(rows, np.int64)


def leading_part(notes: NoteTable) -> int | None:
    """The part that is the melody, None where no part is one.

    It has a note at a time, enough of them, and does not lie below what the others play.
    """
    if not len(notes):
        return None
    parts, counts = np.unique(notes.part, return_counts=True)
    middle = float(np.median(notes.key))
    best, most = None, 0
    for part, count in zip(parts.tolist(), counts.tolist(), strict=True):
        mine = notes.chosen(notes.part == part)
        alone = len(skyline(mine)) >= MONOPHONIC * count
        high = float(np.median(mine.key)) >= middle
        if len(parts) > 1 and alone and high and count >= LEAST_SHARE * len(notes) and count > most:
            best, most = part, count
    return best


def leading(notes: NoteTable) -> NoteTable:
    """The melody: the notes of the part that is one, if any; the skyline of all otherwise."""
    part = leading_part(notes)
    mine = notes if part is None else notes.chosen(notes.part == part)
    return mine.chosen(skyline(mine))


def motifs(line: NoteTable, beats: Beats) -> tuple[Motif, ...]:
    """The motifs of a melody, the most telling first."""
    keys = line.key
    at = np.rint(beats.at(line.onset_s) * TIMES_A_BEAT).astype(np.int64)
    steps, gaps = np.diff(keys), np.diff(at)
    ranked: list[tuple[float, int, Shape, list[int]]] = []
    for length in LENGTHS:
        found: defaultdict[Shape, list[int]] = defaultdict(list)
        for first in range(len(keys) - length + 1):
            shape = _shape(steps, gaps, first, length)
            found[shape].append(first)
        for shape, firsts in found.items():
            apart = _apart(firsts, length)
            if len(apart) >= FEWEST_TIMES and _tells(shape):
                ranked.append((_weight(shape, len(apart)), -apart[0], shape, apart))
    ranked.sort(key=lambda item: item[:2], reverse=True)
    taken = np.zeros(max(len(keys), 1), bool)
    chosen: list[Motif] = []
    for _, _, shape, firsts in ranked:
        length = len(shape[0]) + 1
        fresh = sum(not taken[first : first + length].any() for first in firsts)
        if fresh < FEWEST_TIMES or fresh < 0.5 * len(firsts):
            continue
        places = sorted(_places(shape, firsts[0], keys, steps, gaps))
        for first, _ in places:
            taken[first : first + length] = True
        chosen.append(
            Motif(
                tuple(keys[firsts[0] : firsts[0] + length].tolist()),
                tuple(gap / TIMES_A_BEAT for gap in shape[1]),
                tuple(
                    Place(float(line.onset_s[first]), float(line.offset_s[first + length - 1]), how)
                    for first, how in places[:MOST_PLACES]
                ),
            )
        )
        if len(chosen) == MOST_MOTIFS:
            break
    return tuple(chosen)


def _shape(steps: Ints, gaps: Ints, first: int, length: int) -> Shape:
    span = slice(first, first + length - 1)
    return tuple(steps[span].tolist()), tuple(gaps[span].tolist())


def _apart(firsts: list[int], length: int) -> list[int]:
    """Those that do not overlap."""
    kept: list[int] = []
    for first in firsts:
        if not kept or first >= kept[-1] + length:
            kept.append(first)
    return kept


def _tells(shape: Shape) -> bool:
    """Whether a figure is more than a repeated note, a scale or a trill, within two bars or so."""
    intervals, gaps = shape
    turns = len({abs(interval) for interval in intervals if interval})
    varied = len(set(gaps)) > 1
    return turns >= (1 if varied else 2) and 0 < sum(gaps) <= 10 * TIMES_A_BEAT and min(gaps) >= 0


def _weight(shape: Shape, times: int) -> float:
    intervals, gaps = shape
    variety = len(set(intervals)) + len(set(gaps))
    return float(np.log2(times + 1) * len(intervals) * np.sqrt(variety))


def _places(
    shape: Shape, origin: int, keys: Ints, steps: Ints, gaps: Ints
) -> Iterator[tuple[int, str]]:
    """Each place at which the figure is, alike or changed, and how."""
    intervals, rhythm = shape
    length = len(intervals)
    inverted = tuple(-interval for interval in intervals)
    backward, reversed_gaps = inverted[::-1], rhythm[::-1]
    end = -1
    for first in range(len(keys) - length):
        if first < end:
            continue
        mine, time = _shape(steps, gaps, first, length + 1)
        how = None
        if mine == intervals:
            if time == rhythm:
                by = int(keys[first] - keys[origin])
                how = "as first" if by == 0 else f"{'up' if by > 0 else 'down'} {abs(by)}"
            elif sum(time) and (factor := _scaled(time, rhythm)):
                how = f"{factor} as slow" if factor != "half" else "twice as fast"
            elif _near(time, rhythm):
                how = "in another rhythm"
        elif time == rhythm and mine == inverted and inverted != intervals:
            how = "inverted"
        elif time == reversed_gaps and mine == backward and backward != intervals:
            how = "backward"
        elif time == rhythm and _almost(mine, intervals):
            how = "one interval changed"
        if how:
            end = first + length + 1
            yield first, how


def _almost(mine: tuple[int, ...], intervals: tuple[int, ...]) -> bool:
    """Whether all intervals but one are the same, and that one by no more than a whole tone."""
    off = [abs(a - b) for a, b in zip(mine, intervals, strict=True) if a != b]
    return len(off) == 1 and off[0] <= 2


def _scaled(time: tuple[int, ...], rhythm: tuple[int, ...]) -> str:
    if all(a == 2 * b for a, b in zip(time, rhythm, strict=True)):
        return "twice"
    if all(2 * a == b for a, b in zip(time, rhythm, strict=True)):
        return "half"
    return ""


def _near(time: tuple[int, ...], rhythm: tuple[int, ...]) -> bool:
    """Whether a rhythm lasts about as long as another."""
    return 0.6 * sum(rhythm) <= sum(time) <= 1.6 * sum(rhythm)
