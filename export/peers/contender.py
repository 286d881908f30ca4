"""What each module here makes of a model file: steps that can be timed, and a word about itself.

A step takes in one event (a language model's token), draws the next from its logits, and is taken
back, so that each is one behind just as many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from antiphon.daemon.clock import MonotonicClock
from antiphon.model import events

VOCABULARY: Final = events.WHO + events.STEPS + events.KINDS + events.TOUCHES
"""Tokens of a language model with as many logits as an event's four attributes have together."""
NUCLEUS: Final = 0.95


@dataclass(frozen=True, slots=True)
class Contender:
    """``steps(count)`` gives the milliseconds of so many; ``reads``: the bytes each has to read."""

    about: str
    steps: Callable[[int], list[float]]
    reads: int = 0


def timed(step: Callable[[], object]) -> Callable[[int], list[float]]:
    """A step, repeated as often as asked, with the milliseconds that each took."""
    clock = MonotonicClock()

    def steps(count: int) -> list[float]:
        times_ms = []
        for _ in range(count):
            began = clock.now()
            step()
            times_ms.append((clock.now() - began) * 1e3)
        return times_ms

    return steps
