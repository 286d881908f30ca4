"""What held-out windows cost an exported model, in nats.

Every event of a window is forced through the masks of the exported graph, so what is measured is
what plays. Windows stand as they are in the files, in one part, with style and hand told.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Floats, Query
from antiphon.export.task import Task
from antiphon.model import events, heldout, likelihood, views
from antiphon.model.corpus import Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import STEP_S, Event
from antiphon.model.likelihood import Scored

NEVER = np.float32(-1e9)


def forced(event: Event) -> Query:
    """A query whose draw can only be ``event``; its cost is then the event's."""
    who_step = np.full((events.WHO, events.STEPS), NEVER)
    who_step[event.who, event.step] = 0.0
    kind = np.full(events.KINDS, NEVER)
    kind[event.kind] = 0.0
    touch = np.zeros(events.TOUCHES, np.float32)
    if event.touch != events.NO_TOUCH:
        touch[:] = NEVER
        touch[event.touch] = 0.0
    return Query(noise=np.zeros(4, np.float32), who_step=who_step, kind=kind, touch=touch)


def costs(
    engine: Engine,
    given: Sequence[Event],
    wanted: Sequence[Event],
    moments: Floats | None = None,
) -> NDArray[np.float64]:
    """What each of ``wanted`` costs, (N, 3) in nats by attribute, once ``given`` is taken in.

    ``given`` has at least one event. The engine holds all but the last of ``wanted`` afterwards.
    ``moments`` (N, size of `conditions.MOMENTS`) are told as each of ``wanted`` is foreseen.
    """
    fed = [list(given), *([event] for event in wanted[:-1])]
    found = []
    for index, (new, event) in enumerate(zip(fed, wanted, strict=True)):
        told = None
        if moments is not None:
            told = np.zeros((len(new), moments.shape[1]), np.float32)
            told[-1] = moments[index]
        found.append(engine.advance(new, forced(event), told).cost)
    return np.array(found).reshape(-1, 3)


def score(engine: Engine, piece: Piece, window: views.Window) -> Scored:
    """Run a window through an engine from an empty context; the first event is given."""
    played = [Event(*row) for row in window.tokens[: window.length].tolist()]
    engine.rewind(0)
    engine.tell(window.condition[0])
    cost = [
        engine.advance([event], forced(following)).cost for event, following in pairwise(played)
    ]
    return Scored(
        style=piece.style,
        hand=piece.hand,
        cost=np.array(cost),
        note=np.array([event.kind < events.KEYS for event in played[1:]]),
        gap_s=STEP_S[[event.step for event in played[1:]]],
    )


def measure(task: Task) -> dict[str, Any]:
    """Score windows of the task's pieces; raises ModelError where there are none."""
    # Beyond its own window an engine would forget its start, and could not go back there.
    length = min(likelihood.WINDOW, task.engine.window)
    chosen = heldout.choose(task.packed, length, task.count, task.seed)
    if not chosen:
        raise ModelError(f"no piece has more than {heldout.FEWEST_EVENTS} events")
    scored = [
        score(task.engine, piece, views.plain_window(task.packed, piece, start, length))
        for piece, start in task.progress(chosen)
    ]
    return likelihood.report([window for window in scored if len(window.cost)])


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    return likelihood.table(found)
