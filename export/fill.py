"""What it is worth to know what comes after a hole: its loss, beside that of continuing.

A hole of 1 to 10 s is cut into windows of held-out pieces. Its events are forced behind the past
alone, and behind the past with the future ahead of it and what is left of the hole told. All of it
is the machine's; pieces stand as they do in their files, with style and hand told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from antiphon.daemon.performer.engine import Engine
from antiphon.export.held import told_of
from antiphon.export.loss import costs
from antiphon.export.task import Task
from antiphon.model import conditions, time_left, views
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import FUTURE, KEYS, MACHINE, Event
from antiphon.model.knots import Floats

MOST_BEFORE, MOST_AFTER = 160, 96
"""So many events at most before and after a hole."""

HOLE_S = (1.0, 10.0)
FEWEST_EVENTS, MOST_EVENTS = 4, 192
FEWEST_AROUND = 32
"""At least so many events stand before a hole, and so many after it."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Events before a hole, in it and after it; ``left_s`` is what each in it has yet to go."""

    piece: Piece
    past: tuple[Event, ...]
    inside: tuple[Event, ...]
    future: tuple[Event, ...]
    left_s: Floats


def measure(task: Task) -> dict[str, Any]:
    """Fill at most ``task.count`` holes; raises ModelError where there are none or cannot be."""
    if not task.engine.takes_moments:
        raise ModelError("the model has no input for filling holes; measure one trained with it")
    holes = chosen(task.packed, task.count, np.random.default_rng(task.seed))
    if not holes:
        raise ModelError(f"no piece has a hole with {FEWEST_AROUND} events on either side")
    scored = [(hole, score(task.engine, hole)) for hole in task.progress(holes)]
    hands = sorted({hole.piece.hand for hole in holes})
    return {
        "fill": {
            "all": _figures(scored),
            **{
                hand: _figures([row for row in scored if row[0].piece.hand == hand])
                for hand in hands
            },
        }
    }


def chosen(packed: Corpus, count: int, rng: np.random.Generator) -> list[Hole]:
    """At most so many holes, pieces in random order, one each until all had their turn."""
    found = list[Hole]()
    fruitful = True
    while fruitful and len(found) < count:
        fruitful = False
        for index in rng.permutation(len(packed.pieces)).tolist():
            hole = cut(packed, packed.pieces[index], rng)
            if hole is not None and len(found) < count:
                fruitful = True
                found.append(hole)
    return found


def cut(packed: Corpus, piece: Piece, rng: np.random.Generator) -> Hole | None:
    """A hole somewhere in a piece; None where it is too short for one, or too thin there."""
    notes, pedals = packed.notes(piece), packed.pedals(piece)
    tokens, times_s = views.tokenise(notes, pedals, np.full(len(notes), MACHINE))
    places = len(tokens) - FEWEST_EVENTS - FEWEST_AROUND
    if places <= FEWEST_AROUND:
        return None
    first = int(rng.integers(FEWEST_AROUND, places))
    low_s, high_s = HOLE_S
    end_s = times_s[first - 1] + low_s * (high_s / low_s) ** rng.random()
    end = min(int(np.searchsorted(times_s, end_s)), first + MOST_EVENTS)
    if end - first < FEWEST_EVENTS or len(tokens) - end < FEWEST_AROUND:
        return None
    events = [Event(*row) for row in tokens.tolist()]
    return Hole(
        piece=piece,
        past=tuple(events[max(0, first - MOST_BEFORE) : first]),
        inside=tuple(events[first:end]),
        future=tuple(events[end : end + MOST_AFTER]),
        left_s=times_s[end] - times_s[first - 1 : end - 1],
    )


def score(engine: Engine, hole: Hole) -> tuple[float, float]:
    """The nats of what is in the hole: behind the past alone, and with the future known."""
    engine.tell(told_of(hole.piece))
    left = conditions.moments({"time_left": time_left.encode(hole.left_s, "hole")})
    given = [*as_future(hole.future), *hole.past]
    engine.rewind(0)
    continued = costs(engine, hole.past, hole.inside)
    engine.rewind(0)
    filled = costs(engine, given, hole.inside, left)
    return float(continued.sum()), float(filled.sum())


def as_future(following: Sequence[Event]) -> list[Event]:
    """Events that follow a hole as they come first in the context, at no distance from anything."""
    return [
        replace(event, who=FUTURE, step=event.step if index else 0)
        for index, event in enumerate(following)
    ]


def _figures(scored: Sequence[tuple[Hole, tuple[float, float]]]) -> dict[str, Any]:
    inside = [event for hole, _ in scored for event in hole.inside]
    notes = max(1, sum(event.kind < KEYS for event in inside))
    continued, filled = np.sum([nats for _, nats in scored], axis=0).tolist()
    return {
        "holes": len(scored),
        "events": len(inside),
        "notes": notes,
        "continued_nats_per_note": continued / notes,
        "filled_nats_per_note": filled / notes,
        "saved": 1.0 - filled / continued,
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield "nats a note of what is in a hole, by the past alone and with the future known"
    yield f"{'':<14}{'holes':>7}{'notes':>8}{'continued':>11}{'filled':>9}{'saved':>8}"
    for name, row in found["fill"].items():
        yield (
            f"{name:<14}{row['holes']:>7}{row['notes']:>8}{row['continued_nats_per_note']:>11.3f}"
            f"{row['filled_nats_per_note']:>9.3f}{row['saved']:>8.1%}"
        )
