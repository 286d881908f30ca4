"""What a step of the model is asked and what it answers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from antiphon.model import events
from antiphon.model.events import Event

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """How the next event is to be drawn.

    ``noise`` (4,): uniform in [0, 1), one an attribute. ``temperature``, ``nucleus`` and ``top``,
    which is how many of the likeliest are left to choose from, are of step, kind and touch. The
    masks are added to log-probabilities: ``who_step`` (2, 199), ``kind``
    (258,), ``touch`` (32,).
    """

    noise: Floats
    who_step: Floats = field(
        default_factory=lambda: np.zeros((events.WHO, events.STEPS), np.float32)
    )
    kind: Floats = field(default_factory=lambda: np.zeros(events.KINDS, np.float32))
    touch: Floats = field(default_factory=lambda: np.zeros(events.TOUCHES, np.float32))
    temperature: tuple[float, float, float] = (1.0, 1.0, 1.0)
    nucleus: tuple[float, float, float] = (1.0, 1.0, 1.0)
    top: tuple[int, int, int] = (events.STEPS, events.KINDS, events.TOUCHES)


@dataclass(frozen=True, slots=True)
class Answer:
    """The event drawn, its cost in nats under the unmasked model, and what could come next.

    ``cost`` is (who and step together, kind, touch). ``who_step`` (2, 199) is the joint
    log-probability of whose event comes next and when. ``kind`` (258,) and ``touch`` (32,) are the
    unmasked log-probabilities behind what was drawn before them, from an engine that tells all.
    """

    event: Event
    cost: tuple[float, float, float]
    who_step: Floats
    kind: Floats | None = None
    touch: Floats | None = None
