"""Ideas: are a dozen as different from each other as openings of held-out pieces of their style?"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import beats, ideas, midi_files
from antiphon.daemon.desk.ideas import Brief, distance, shape
from antiphon.daemon.desk.piece import GRID, Floats
from antiphon.daemon.performer.engine import Engine
from antiphon.export.desk.pieces import Held
from antiphon.model.styles import STYLES

DOZEN: Final = 12
BARS: Final = 4
FEWEST: Final = 3


def opening(held: Held) -> Floats | None:
    """The shape of a piece's first four bars; None where hardly anything is played."""
    piece = midi_files.read(held.path)
    notes = piece.table
    found = beats.find(piece)
    at = found.at(notes.onset_s) - found.at(notes.onset_s[:1])
    rows = at < BARS * found.per_bar
    if rows.sum() < 8:
        return None
    chosen = notes.chosen(rows)
    starts = np.rint(found.at(chosen.onset_s) * GRID).astype(np.int64)
    made = type(chosen)(
        chosen.onset_s,
        chosen.offset_s,
        starts,
        chosen.end,
        chosen.key,
        chosen.velocity,
        chosen.part,
    )
    return shape(made, found.per_bar if found.per_bar == 4 else 4)


def apart(shapes: list[Floats]) -> float:
    """The mean distance of all pairs."""
    return float(np.mean([distance(one, other) for one, other in combinations(shapes, 2)]))


def measure(chosen: list[Held], engine: Engine, seed: int, progress: Any) -> dict[str, Any]:
    """Distances within a dozen ideas and within held-out openings, style by style."""
    rows = []
    for style in progress(STYLES):
        mine = [held for held in chosen if held.style == style][: 3 * DOZEN]
        openings = [each for each in map(opening, mine) if each is not None]
        if len(openings) < FEWEST:
            continue
        found = ideas.propose(engine, Brief(kind="phrase", style=style), DOZEN, seed)
        ours = [shape(idea.piece.table) for idea in found]
        rows.append(
            {
                "style": style,
                "openings": len(openings),
                "between_openings": apart(openings),
                "between_ideas": apart(ours),
                "nearest_ideas": min(idea.apart for idea in found),
            }
        )
    return {"styles": rows}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'style':<12}{'openings':>9}{'apart':>8}{'ideas apart':>13}{'nearest two':>13}"
    for row in found["styles"]:
        yield (
            f"{row['style']:<12}{row['openings']:>9}{row['between_openings']:>8.3f}"
            f"{row['between_ideas']:>13.3f}{row['nearest_ideas']:>13.3f}"
        )
