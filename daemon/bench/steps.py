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


def prefill(engine: OnnxEngine, clock: Clock) -> Spread:
    """Milliseconds in which a fresh engine takes in ``PREFILL`` events at once."""
    times_ms = []
    for _ in range(PREFILLS_TIMED):
        began = clock.now()
        engine.advance(TRILL * (PREFILL // 2), QUERY)
        times_ms.append((clock.now() - began) * 1e3)
        engine.rewind(0)
    return spread(times_ms)
