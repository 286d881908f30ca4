"""Sections, judged on scores whose repeats tell their form, played by a human hand.

Of the notation only bars that come back note for note make the known form: stretches of six bars
or more that are repeated at once, then longer ones that come back later. What is heard is the piece
as somebody would play it, with wrong notes; its bar lines are given, as in all barwise judging.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import beats, structure
from antiphon.export.desk import pieces
from antiphon.model.arrays import Notes

SHORTEST, LONGEST = 6, 32
ENDING: Final = 2
"""A first or second ending is of so many bars at most."""

CLAIMED: Final = 0.6
"""So much of a piece's bars have to come back for its form to be known."""


def known_form(notes: Notes, quarters_a_bar: float) -> list[int]:
    """The bars at which sections begin, and the end; empty where repeats do not tell the form."""
    bar = np.floor(notes["beat"] / quarters_a_bar + 1e-6).astype(int)
    count = int(bar.max()) + 1
    content: list[set[tuple[int, int]]] = [set() for _ in range(count)]
    place = np.rint((notes["beat"] - bar * quarters_a_bar) * 48).astype(int)
    for number, at, key in zip(bar.tolist(), place.tolist(), notes["key"].tolist(), strict=True):
        content[number].add((at, key))
    ids: dict[frozenset[tuple[int, int]], int] = {}
    symbols = np.array([ids.setdefault(frozenset(each), len(ids)) for each in content])
    blocks: list[tuple[bool, int, int, int]] = []
    for lag in range(SHORTEST, count):
        equal = np.concatenate([[False], symbols[lag:] == symbols[:-lag], [False]])
        turns = np.flatnonzero(np.diff(equal.astype(int)))
        for first, last in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
            length = last - first
            if length < SHORTEST or len(set(symbols[first:last].tolist())) < 4:
                continue
            # A repeat's first and second ending differ.
            at_once = length >= lag - ENDING and lag <= LONGEST
            blocks.append((not at_once, lag if at_once else -length, first, lag))
    claimed = np.zeros(count, bool)
    starts: set[int] = set()
    for later, size, first, lag in sorted(blocks):
        length = lag if not later else -size
        spans = [(first, first + length), (first + lag, first + lag + length)]
        if any(claimed[one:other].any() for one, other in spans):
            continue
        for one, other in spans:
            claimed[one:other] = True
            starts |= {one, other}
    edges = sorted(starts | {0, count})
    # What is as short as an ending or an upbeat belongs to the section before it, or to the first.
    kept = [edge for edge, following in pairwise(edges) if following - edge > ENDING]
    edges = sorted({0, count, *kept})
    if len(edges) > 2 and edges[1] <= ENDING:
        del edges[1]
    return edges if claimed.mean() >= CLAIMED and len(edges) > 3 else []


def agreement(true: list[int], found: list[int], within: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of the edges inside a piece, each met by at most one."""
    left = sorted(true[1:-1])
    met = 0
    for edge in sorted(found[1:-1]):
        near = [other for other in left if abs(other - edge) <= within]
        if near:
            left.remove(min(near, key=lambda other: abs(other - edge)))
            met += 1
    precision = met / max(1, len(found) - 2)
    recall = met / max(1, len(true) - 2)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def measure(chosen: list[pieces.Held], seed: int, progress: Any) -> dict[str, Any]:
    """How well the edges of sections are found."""
    rows: list[dict[str, Any]] = []
    for number, (piece, notes, quarters) in enumerate(progress(list(pieces.scores(chosen)))):
        true = known_form(notes, quarters)
        if not true:
            continue
        rng = np.random.default_rng([seed, number])
        performed = pieces.played(notes, quarters, piece.style, rng)
        eighths = round(2 * quarters)
        above, below = (eighths, 8) if quarters % 1 else (round(quarters), 4)
        per_bar, unit = beats.counted(above, below)
        heard = pieces.true_beats(performed, per_bar, unit)
        found = structure.sections(pieces.table_of(performed), heard)
        edges = [section.first for section in found] + [found[-1].last]
        exact, near = agreement(true, edges, 0), agreement(true, edges, 1)
        halves = list(range(0, true[-1], 8))
        rows.append(
            {
                "piece": piece.path.stem,
                "style": piece.style,
                "form": structure.form(found),
                "true": true,
                "found": edges,
                "precision": exact[0],
                "recall": exact[1],
                "f1": exact[2],
                "f1_within_a_bar": near[2],
                "f1_every_8_bars": agreement(true, [*halves, true[-1]], 0)[2],
            }
        )
    names = ("precision", "recall", "f1", "f1_within_a_bar", "f1_every_8_bars")
    mean = {name: float(np.mean([row[name] for row in rows])) for name in names} if rows else {}
    return {"pieces": rows, "mean": mean}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':<40}{'style':<12}{'F1':>6}{'±1 bar':>8}  form found"
    for row in found["pieces"]:
        yield (
            f"{row['piece'][:39]:<40}{row['style']:<12}{row['f1']:>6.2f}"
            f"{row['f1_within_a_bar']:>8.2f}  {row['form'][:40]}"
        )
    mean = found["mean"]
    yield f"{len(found['pieces'])} pieces whose repeats tell their form"
    for name, value in mean.items():
        yield f"  {name.replace('_', ' '):<20}{value:>6.3f}"
