"""Phrases, sections and the form of a piece, from its bars. Pure.

A section is a stretch of bars that comes back, alike or nearly: of all ways to cut the piece, the
one is taken whose stretches find the best counterparts elsewhere in it (after the block matching of
Marmoret, Cohen and Bimbot 2023, with repetitions in place of homogeneous blocks). A phrase ends
where a long note or a rest is, rather at a bar line, and is rather of four or eight bars.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.piece import Floats, NoteTable

SLICES: Final = 8
"""So many slices of a bar are compared."""

WINDOW_BARS: Final = 768
"""Longer pieces are cut into windows of so many bars: what is further apart is not compared."""

LONGEST_BARS: Final = 64
EASY: Final = 0.68
"""A stretch that is no more like its counterpart than this gains nothing."""

A_SECTION: Final = 4.5
"""What each further section costs, in bars that are like their counterpart."""

LENGTHS: Final = {4: 0.3, 8: 0.7, 16: 0.7, 12: 0.3, 32: 0.3, 6: 0.1, 24: 0.2}
"""How welcome a number of bars is."""

SHORTEST: Final = 4
SAME, VARIED = 0.9, 0.72
"""From how much likeness on a section has the same letter, and the same with a dash."""


@dataclass(frozen=True, slots=True)
class Section:
    """Bars from `first` to `last`, the latter not in it; `label` as in A, B, A'."""

    first: int
    last: int
    label: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase from a time to another, in seconds."""

    start_s: float
    end_s: float


def bar_features(notes: NoteTable, beats: Beats) -> Floats:
    """The pitch classes struck in each bar, slice by slice: (bars, SLICES x 12)."""
    edges = beats.bars_s
    count = len(edges)
    length = np.diff(np.append(edges, edges[-1] + (edges[-1] - edges[-2] if count > 1 else 2.0)))
    # A performer's downbeat may come a little early.
    bar = np.clip(
        np.searchsorted(edges, notes.onset_s + 0.04 * length[0], "right") - 1, 0, count - 1
    )
    share = np.clip((notes.onset_s - edges[bar]) / length[bar], 0.0, 0.999)
    place = np.rint(share * SLICES).astype(np.int64) % SLICES
    found = np.zeros((count, SLICES, 12))
    weight = np.sqrt(np.clip((notes.offset_s - notes.onset_s) / length[bar], 0.02, 1.0))
    np.add.at(found, (bar, place, notes.key % 12), weight)
    # Whoever plays is a little early or late: each slice tells of its neighbours, too.
    flat = found.reshape(count * SLICES, 12)
    smooth = 0.6 * flat
    smooth[1:] += 0.2 * flat[:-1]
    smooth[:-1] += 0.2 * flat[1:]
    return np.sqrt(smooth).reshape(count, SLICES * 12)


def likeness(features: Floats) -> Floats:
    """How alike any two bars are, (N, N), 0 to 1; silent bars are alike."""
    norm = np.linalg.norm(features, axis=1)
    empty = norm < 1e-9
    unit = features / np.maximum(norm, 1e-9)[:, None]
    found = unit @ unit.T
    found[np.ix_(empty, empty)] = 1.0
    return np.asarray(found)


def sections(notes: NoteTable, beats: Beats) -> tuple[Section, ...]:
    """The sections of a piece; a single one where nothing comes back."""
    features = bar_features(notes, beats)
    found: list[Section] = []
    for first in range(0, len(features), WINDOW_BARS):
        alike = likeness(features[first : first + WINDOW_BARS])
        edges = split(alike, cut(alike))
        labels = letters(alike, edges)
        found += [
            Section(first + one, first + other, label)
            for (one, other), label in zip(pairwise(edges), labels, strict=True)
        ]
    return tuple(found)


def counterparts(alike: Floats, longest: int) -> Floats:
    """How like its best counterpart each stretch is: (N, longest + 1), by first bar and length."""
    count = len(alike)
    best = np.zeros((count, longest + 1))
    for lag in range(1, count):
        diagonal = np.diagonal(alike, lag)
        total = np.concatenate([[0.0], np.cumsum(diagonal)])
        # Stretches that overlap with themselves are no repetition.
        for length in range(1, min(longest, lag, len(diagonal)) + 1):
            mean = (total[length:] - total[:-length]) / length
            span = len(mean)
            np.maximum(best[:span, length], mean, out=best[:span, length])
            np.maximum(best[lag : lag + span, length], mean, out=best[lag : lag + span, length])
    return best


def cut(alike: Floats) -> list[int]:
    """The bars at which sections begin, and the end."""
    count = len(alike)
    longest = min(LONGEST_BARS, count)
    best = counterparts(alike, longest)
    gains = np.full(count + 1, -np.inf)
    gains[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for end in range(1, count + 1):
        for length in range(1, min(longest, end) + 1):
            begin = end - length
            gain = length * (best[begin, length] - EASY) / (1 - EASY)
            gain = max(gain, -0.3 * length) - A_SECTION + LENGTHS.get(length, 0.0)
            if gains[begin] + gain > gains[end]:
                gains[end], came[end] = gains[begin] + gain, begin
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(came[edges[-1]]))
    return edges[::-1]


def split(alike: Floats, edges: list[int]) -> list[int]:
    """The same edges, and one wherever a section ends, or begins, with another whole section."""
    spans = list(pairwise(edges))
    for first, last in spans:
        for one, other in spans:
            length = other - one
            if (first, last) == (one, other) or not SHORTEST <= length <= last - first - SHORTEST:
                continue
            for begin, edge in ((last - length, last - length), (first, first + length)):
                places = np.arange(length)
                if alike[begin + places, one + places].mean() >= SAME:
                    return split(alike, sorted({*edges, edge}))
    return edges


def letters(alike: Floats, edges: list[int]) -> list[str]:
    """The letters of sections, by which are alike."""
    spans = list(pairwise(edges))
    labels: list[str] = []
    models: list[tuple[str, tuple[int, int]]] = []
    for span in spans:
        scored = [(_alike(alike, span, model), name) for name, model in models]
        best, name = max(scored, default=(0.0, ""))
        if best >= SAME:
            labels.append(name)
        elif best >= VARIED:
            labels.append(name + "'")
        else:
            name = _letter(len(models))
            models.append((name, span))
            labels.append(name)
    return labels


def _letter(number: int) -> str:
    name = chr(ord("A") + number % 26)
    return name if number < 26 else f"{name}{number // 26 + 1}"


def _alike(alike: Floats, one: tuple[int, int], other: tuple[int, int]) -> float:
    """How alike two stretches are, as far as both go; one much shorter than the other is not."""
    lengths = one[1] - one[0], other[1] - other[0]
    if min(lengths) < 0.6 * max(lengths):
        return 0.0
    shared = np.arange(min(lengths))
    return float(alike[one[0] + shared, other[0] + shared].mean())


def form(found: tuple[Section, ...]) -> str:
    """The form in letters, such as AABA."""
    return "".join(section.label for section in found)


PHRASE_BARS: Final = {4: 1.2, 8: 0.8, 2: 0.7, 3: 0.2, 6: 0.2, 5: 0.1}
A_PHRASE: Final = 1.0
MOST_BEATS: Final = 40


def phrases(notes: NoteTable, beats: Beats, found: tuple[Section, ...] = ()) -> tuple[Phrase, ...]:
    """The phrases of a piece."""
    count = len(beats)
    breath = _breaths(notes, beats)
    bars = np.rint(beats.at(beats.bars_s)).astype(np.int64)
    bonus = np.zeros(count + 1)
    bonus[bars[(bars >= 0) & (bars < count)]] += 0.3
    for section in found:
        place = int(bars[section.first])
        if 0 <= place < count:
            bonus[place] += 1.5
    gains = np.full(count + 1, -np.inf)
    gains[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for end in range(1, count + 1):
        for begin in range(max(0, end - MOST_BEATS), end):
            length = (end - begin) / beats.per_bar
            whole = PHRASE_BARS.get(round(length), 0.0) if abs(length - round(length)) < 0.01 else 0
            short = -1.5 if end - begin < 4 else 0.0
            gain = gains[begin] + whole + short - A_PHRASE
            if gain > gains[end]:
                gains[end], came[end] = gain, begin
        gains[end] += 2.0 * breath[end] + bonus[end]
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(came[edges[-1]]))
    times = beats.seconds(edges[::-1]).tolist()
    return tuple(Phrase(one, other) for one, other in pairwise(times))


def _breaths(notes: NoteTable, beats: Beats) -> Floats:
    """How much each beat (B + 1,) follows a breath: a rest or a note longer than usual."""
    count = len(beats)
    times = np.append(beats.times_s, beats.seconds(count))
    period = np.append(np.diff(times), times[-1] - times[-2])
    onset = np.unique(notes.onset_s)
    reach = np.maximum.accumulate(notes.offset_s)
    result = np.zeros(count + 1)
    gaps = np.diff(onset) if len(onset) > 1 else np.ones(1)
    usual = float(np.median(gaps[gaps > 0.03])) if (gaps > 0.03).any() else 0.5
    after = np.searchsorted(onset, times - 0.12 * period)
    inside = (after > 0) & (after < len(onset))
    here = after[inside]
    wait = onset[here] - onset[here - 1]
    close = onset[here] - times[inside] < 0.5 * period[inside]
    ends = reach[np.searchsorted(notes.onset_s, onset[here]) - 1]
    rest = np.clip((onset[here] - ends) / usual, 0, 2)
    result[inside] = np.where(
        close, np.clip(np.log2(np.maximum(wait / usual, 1.0)), 0, 2) + rest, 0
    )
    return result / 2
