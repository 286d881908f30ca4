"""Engines that cost what a function says, and corpora for them to judge."""

from collections.abc import Callable, Sequence

import numpy as np

from antiphon.daemon.performer.engine import Branches
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.export.task import Measured, Task
from antiphon.model import events
from antiphon.model.arrays import CHORD, NOTE, PEDAL, Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.events import Event

Taste = Callable[[Sequence[Event], Floats, Event], float]
"""History, condition and the event asked about in, its cost in nats out."""


class Judge:
    """Draws the only event that the masks leave, at a price."""

    window = 512
    takes_moments = True

    def __init__(self, taste: Taste) -> None:
        self.taste = taste
        self.history: list[Event] = []
        self.told = np.zeros(0, np.float32)
        self.moments: Floats | None = None

    @property
    def length(self) -> int:
        return len(self.history)

    def tell(self, condition: Floats) -> None:
        self.told = condition

    def rewind(self, mark: int) -> None:
        assert 0 <= mark <= len(self.history)
        del self.history[mark:]

    def branch(self, count: int, mark: int) -> Branches:  # noqa: ARG002 (a protocol's)
        raise AssertionError("what is measured event by event needs no branches")

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        self.history += new
        self.moments = moments
        who, step = np.unravel_index(int(query.who_step.argmax()), query.who_step.shape)
        kind = int(query.kind.argmax())
        touch = int(query.touch.argmax()) if kind < events.KEYS else events.NO_TOUCH
        event = Event(int(who), int(step), kind, touch)
        cost = self.taste(self.history, self.told, event)
        return Answer(event, (cost, 0.0, 0.0), query.who_step)


def corpus_of(pieces: Sequence[tuple[str, Notes]], split: str = "valid") -> Corpus:
    """Pieces of (style, notes), performed, without pedal."""
    made, first = [], 0
    for index, (style, notes) in enumerate(pieces):
        made.append(
            Piece(
                path=f"{index}.mid",
                dataset="made",
                style=style,
                hand="performed",
                split=split,
                flat=False,
                beats_per_bar=4.0,
                first_note=first,
                notes=len(notes),
                first_pedal=0,
                pedals=0,
            )
        )
        first += len(notes)
    return Corpus(
        tuple(made), np.concatenate([n for _, n in pieces]), np.zeros(0, PEDAL), np.zeros(0, CHORD)
    )


def steady(gap_s: float, count: int, keys: Sequence[int], velocity: int = 64) -> Notes:
    """Notes ``gap_s`` apart, going round ``keys``, each let go just before the next."""
    notes = np.zeros(count, dtype=NOTE)
    notes["onset"] = np.arange(count) * gap_s
    notes["offset"] = notes["onset"] + 0.8 * gap_s
    notes["beat"] = notes["onset"] * 2
    notes["key"] = [keys[index % len(keys)] for index in range(count)]
    notes["velocity"] = velocity
    return notes


def task_of(
    engine: Measured, packed: Corpus, count: int = 100, learned: Corpus | None = None
) -> Task:
    """A task for a judge or a model."""
    known = dict.fromkeys((piece.style for piece in packed.pieces), 20)
    return Task(engine, packed, count, 0, known, learned, iter)
