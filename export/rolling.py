"""Whether a context that has rolled for long is as good as a fresh one.

Keys and values that are kept have seen further back than the window does. Here the same events are
predicted once behind several windows of what came before, as in a long evening, and once behind the
last window alone, taken in anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from antiphon.export.loss import costs
from antiphon.export.task import Task
from antiphon.model import views
from antiphon.model.corpus import Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import NOTE_OFF, Event

WINDOWS_BEFORE = 5
"""More than the engine keeps, so that its buffers have rolled."""
TAIL = 128


@dataclass(frozen=True, slots=True)
class Pair:
    """What ``TAIL`` events cost in nats after a long past and after a window of it; their notes."""

    rolled: float
    fresh: float
    notes: int


def measure(task: Task) -> dict[str, Any]:
    """Compare on at most ``task.count`` pieces; raises ModelError where none is long enough."""
    length = WINDOWS_BEFORE * task.engine.window + TAIL
    pieces = [piece for piece in task.packed.pieces if piece.events > length + TAIL]
    order = np.random.default_rng(task.seed).permutation(len(pieces))[: task.count]
    if len(order) < 2:
        raise ModelError(f"fewer than two pieces have more than {length + TAIL} events")
    pairs = [compare(task, pieces[index]) for index in task.progress(order.tolist())]
    notes = sum(pair.notes for pair in pairs)
    change = np.array([pair.rolled - pair.fresh for pair in pairs])
    return {
        "rolling": {
            "pieces": len(pairs),
            "events_before": WINDOWS_BEFORE * task.engine.window,
            "rolled": sum(pair.rolled for pair in pairs) / notes,
            "fresh": sum(pair.fresh for pair in pairs) / notes,
            "change": float(change.sum() / notes),
            "uncertainty": float(change.std(ddof=1) * len(change) ** 0.5 / notes),
        }
    }


def compare(task: Task, piece: Piece) -> Pair:
    """The tail of a piece's beginning, both ways."""
    engine, window = task.engine, task.engine.window
    long = views.plain_window(task.packed, piece, 0, WINDOWS_BEFORE * window + TAIL)
    played = [Event(*row) for row in long.tokens[: long.length].tolist()]
    before, tail = played[:-TAIL], played[-TAIL:]
    engine.tell(long.condition[0])
    found = []
    for given in (before, before[-window:]):
        engine.rewind(0)
        found.append(float(costs(engine, given, tail).sum()))
    return Pair(found[0], found[1], sum(event.kind < NOTE_OFF for event in tail))


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["rolling"]
    before = figures["events_before"]
    yield f"{figures['pieces']} pieces, the {TAIL} events after the first {before}"
    yield f"  all of them taken in, rolling   {figures['rolled']:.3f} nats a note"
    yield f"  the last window taken in anew   {figures['fresh']:.3f} nats a note"
    yield f"  difference {figures['change']:+.3f}, give or take {figures['uncertainty']:.3f}"
