"""What a measurement of ``antiphon evaluate`` is given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Floats
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus
from antiphon.model.events import Event

Seconds = NDArray[np.float64]


class Measured(Engine, Protocol):
    """An engine that says how many events it attends to."""

    @property
    def window(self) -> int:
        """How many events an event attends to, itself among them."""


class Inputs(Protocol):
    """What a model can be told that differs from event to event, as rows of its condition.

    Rows are (N, conditions.SIZE), zero but for what they tell; they can be added.
    """

    def lookahead(self, times_s: Seconds, player: Notes, span_s: float) -> Floats:
        """At moments (N,), what the player's part does in the ``span_s`` seconds that follow."""

    def hole_left(self, left_s: Seconds) -> Floats:
        """That a hole is being filled of which so many seconds, (N,), are left."""

    def future(self, given: Sequence[Event]) -> list[Event]:
        """Events as those that follow a hole, to be taken in before all others."""


@dataclass(frozen=True, slots=True)
class Task:
    """A model, held-out pieces, and how much to measure.

    ``known`` counts the pieces of each style in the whole folder, held out or not. ``learned`` is
    the packed corpus that the model was trained on, None where it is not at hand. ``progress``
    wraps what is worked through one by one. The pieces' paths are relative to ``folder``; in
    ``labels`` stand the beats of those whose files do not tell them. A measurement that can be
    drawn is, as a PNG, into ``picture``. ``inputs`` are None of a model that has none of them.
    """

    engine: Measured
    packed: Corpus
    count: int
    seed: int
    known: Mapping[str, int]
    learned: Corpus | None
    progress: Callable[[Iterable[Any]], Iterable[Any]]
    folder: Path = Path()
    labels: Path | None = None
    picture: Path | None = None
    inputs: Inputs | None = None
