"""How long the engine takes: a step behind so many events, and to take in many at once."""

import time
from typing import Final

import numpy as np

from antiphon.daemon.bench.figures import Spread, spread
from antiphon.daemon.clock import Clock
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.query import Query
from antiphon.model import events
from antiphon.model.events import Event

CONTEXTS: Final = (64, 512, 1024, 2048)
STEPS_TIMED: Final = 300
PREFILL: Final = 256
PREFILLS_TIMED: Final = 12
BATCHES: Final = (1, 4, 8)
BATCH_ROUNDS: Final = 12
STEPS_A_ROUND: Final = 25

QUERY: Final = Query(noise=np.full(4, 0.5, np.float32))
TRILL: Final = [Event(events.PLAYER, 20, 60, 20), Event(events.PLAYER, 20, 60 + events.NOTE_OFF)]


def behind(engine: OnnxEngine, context: int, clock: Clock) -> tuple[Spread, float]:
    """Milliseconds of a fresh engine's step behind ``context`` events, and of processor time each.

    Taken back each time, so that each step is one behind just as many.
    """
    engine.advance((TRILL * context)[: context - 1], QUERY)
    mark = engine.length
    times_ms = []
    worked_s = time.process_time()
    for _ in range(STEPS_TIMED):
        began = clock.now()
        engine.advance(TRILL[1:], QUERY)
        times_ms.append((clock.now() - began) * 1e3)
        engine.rewind(mark)
    return spread(times_ms), (time.process_time() - worked_s) * 1e3 / STEPS_TIMED


def side_by_side(engine: OnnxEngine, clock: Clock) -> dict[int, tuple[Spread, float]]:
    """Milliseconds of a step of so many branches behind 512 events, and times that of one.

    In turns, so that what else the machine does hits all alike.
    """
    engine.advance(TRILL * 256, QUERY)
    times_ms: dict[int, list[float]] = {count: [] for count in BATCHES}
    for _ in range(BATCH_ROUNDS):
        for count in BATCHES:
            branches = engine.branch(count, engine.length)
            for _ in range(STEPS_A_ROUND):
                began = clock.now()
                branches.advance(TRILL[1:] * count, [QUERY] * count)
                times_ms[count].append((clock.now() - began) * 1e3)
    alone_ms = float(np.median(times_ms[1]))
    return {
        count: (spread(times), float(np.median(times)) / alone_ms)
        for count, times in times_ms.items()
    }


def prefill(engine: OnnxEngine, clock: Clock) -> Spread:
    """Milliseconds in which a fresh engine takes in ``PREFILL`` events at once."""
    times_ms = []
    for _ in range(PREFILLS_TIMED):
        began = clock.now()
        engine.advance(TRILL * (PREFILL // 2), QUERY)
        times_ms.append((clock.now() - began) * 1e3)
        engine.rewind(0)
    return spread(times_ms)
