"""Notation, judged on held-out scores as somebody would play them; the beats are heard.

A note is right where its written onset is that of the score. The beat may be heard half or twice as
fast, and the piece may begin on another beat: of these, the best is taken for the whole piece
(`onsets`), or for every eight quarters apart (`onsets_nearby`), where a beat that slipped once does
not count against all that follows. Every note of the performance is written, so that precision and
recall are one figure; wrong notes that were played are left out.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import beats
from antiphon.daemon.desk.piece import Floats
from antiphon.daemon.desk.quantise import PER_QUARTER, quantise
from antiphon.export.desk import pieces
from antiphon.model import hands

MOST_NOTES: Final = 1000
LEVELS: Final = (0.25, 1 / 3, 0.5, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0)
NEAR_QUARTERS: Final = 8.0
EXACT: Final = 0.021
"""Half the finest part of a quarter."""


def right(true: Floats, written: Floats, span: float) -> float:
    """The share of notes right, at the best level and offset of each span of quarters."""
    best = 0.0
    for level in LEVELS:
        count = 0
        at = true * level
        places = np.floor((true - true[0]) / span).astype(int)
        for place in np.unique(places):
            off = (written - at)[places == place]
            _, counts = np.unique(np.rint(off / EXACT / 2), return_counts=True)
            count += int(counts.max())
        best = max(best, count / len(true))
    return best


def measure(chosen: list[pieces.Held], seed: int, progress: Any) -> dict[str, Any]:
    """How many onsets are written where the score has them."""
    rows = []
    for number, (piece, notes, quarters) in enumerate(progress(list(pieces.scores(chosen)))):
        rng = np.random.default_rng([seed, number])
        performed, _ = hands.perform_score(notes[:MOST_NOTES], quarters, piece.style, rng)
        order = np.lexsort((performed["key"], performed["onset"]))
        table = pieces.table_of(performed)
        true = performed["beat"][order].astype(float)
        found = beats.heard(table)
        given = pieces.true_beats(performed, max(1, round(quarters)), 1.0)
        shares = []
        for told in (found, given):
            written = quantise(table, told).start / PER_QUARTER
            shares += [right(true, written, 1e9), right(true, written, NEAR_QUARTERS)]
        rows.append(
            {
                "piece": piece.path.stem,
                "style": piece.style,
                "notes": len(true),
                "onsets": shares[0],
                "onsets_nearby": shares[1],
                "onsets_with_beats_given": shares[2],
            }
        )
    names = ("onsets", "onsets_nearby", "onsets_with_beats_given")
    mean = {name: float(np.mean([row[name] for row in rows])) for name in names} if rows else {}
    return {"pieces": rows, "mean": mean}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':<40}{'style':<11}{'notes':>6}{'onsets':>8}{'nearby':>8}{'beats given':>13}"
    for row in found["pieces"]:
        yield (
            f"{row['piece'][:39]:<40}{row['style']:<11}{row['notes']:>6}{row['onsets']:>8.3f}"
            f"{row['onsets_nearby']:>8.3f}{row['onsets_with_beats_given']:>13.3f}"
        )
    yield f"{len(found['pieces'])} scores, played"
    for name, value in found["mean"].items():
        yield f"  {name.replace('_', ' '):<26}{value:>6.3f}"
