"""What a measurement of ``antiphon evaluate`` is given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from antiphon.daemon.performer.engine import Engine
from antiphon.model.corpus import Corpus


class Measured(Engine, Protocol):
    """An engine that says how many events it attends to, and what it can be told."""

    @property
    def window(self) -> int:
        """How many events an event attends to, itself among them."""

    @property
    def takes_moments(self) -> bool:
        """Whether the model can be told of each event by itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """A model, held-out pieces, and how much to measure.

    ``known`` counts the pieces of each style in the whole folder, held out or not. ``learned`` is
    the packed corpus that the model was trained on, None where it is not at hand. ``progress``
    wraps what is worked through one by one. The pieces' paths are relative to ``folder``; in
    ``labels`` stand the beats of those whose files do not tell them. A measurement that can be
    drawn is, as a PNG, into ``picture``.
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
