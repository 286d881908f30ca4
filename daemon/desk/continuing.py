"""Going on from a piece: so many bars more, in its key, pace and manner.

Pure but for the engine that it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.daemon.desk import composing, generation
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.composing import Setting
from antiphon.daemon.desk.piece import Part, Piece
from antiphon.daemon.performer.engine import Engine
from antiphon.model.events import MACHINE

PART = "continuation"


@dataclass(frozen=True)
class Continuation:
    """A piece with what was added, that part alone, and what its notes cost in nats."""

    piece: Piece
    part: Part
    cost: float
    start_s: float
    end_s: float


def go_on(
    engine: Engine,
    found: Analysis,
    bars: int,
    seed: int,
    count: int = 4,
    style: str | None = None,
    temperature: float = 1.0,
    progress: Callable[[float], None] = lambda _: None,
) -> Continuation:
    """So many bars more, to a bar line: the best of several takes."""
    made = composing.setting(found, style, temperature)
    start_s = _end_of(made)
    until_s = composing.bar_line_s(made.beats, start_s + 0.01, bars)
    # Bars that the piece leaves half full are filled, too, but are not counted.
    last_beats = float(made.beats.at(until_s)) - made.beats.per_bar / 2
    wish = composing.ending(made, float(made.beats.seconds(last_beats)))
    before = generation.timeline(found.piece.table, MACHINE, generation.pedals_of(found.piece))
    before = [moment for moment in before if moment.time_s <= start_s + 1e-6]
    drawn = composing.takes(
        engine, wish, before, (), (start_s, until_s - 0.02), count, seed, progress=progress
    )
    take = composing.best(drawn, made)
    part = composing.part_of(take, made, PART)
    return Continuation(composing.with_part(found.piece, part), part, take.cost, start_s, until_s)


def _end_of(made: Setting) -> float:
    """Where the piece ends: with its last note, in written music on the next place of its grid."""
    end_s = float(made.piece.table.offset_s.max())
    if not made.is_notated:
        return end_s
    at = float(made.beats.at(end_s))
    whole = round(at)
    return float(made.beats.seconds(whole)) if abs(at - whole) < 0.26 else end_s
