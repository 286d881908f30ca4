"""What an engine's step costs late in its life, beside that of its first thousand events."""

import os
from typing import Any, Final

from antiphon.daemon.bench import contest
from antiphon.daemon.bench.contest import Rounds
from antiphon.daemon.bench.figures import plain, spread
from antiphon.daemon.bench.processes import resident_mb
from antiphon.daemon.bench.steps import QUERY, TRILL
from antiphon.daemon.clock import Clock
from antiphon.daemon.performer.engine import ROOM, OnnxEngine

FIRST_EVENTS: Final = 1000
ROUNDS: Final = 10
UNTIMED: Final = 8
"""Steps of each round that find the caches as the other engine has left them."""


def figures(old: OnnxEngine, fresh: OnnxEngine, events: int, clock: Clock) -> dict[str, Any]:
    """Steps of an engine after so many events, and what its memory grew by since it first rolled.

    Both are fresh when they come; those events take a while.
    """
    live(old, (ROOM + 1) * old.window)
    before_mb = resident_mb(os.getpid())
    live(old, events)
    after_mb = resident_mb(os.getpid())
    late_ms, early_ms = in_turns(old, fresh, clock)
    return {
        "events": events,
        "step_ms": plain(spread(ms for one in late_ms for ms in one)),
        "times_first_thousand": contest.shown(contest.ratio(late_ms, early_ms)),
        "grown_mb": None if before_mb is None or after_mb is None else after_mb - before_mb,
    }


def live(engine: OnnxEngine, count: int) -> None:
    """Let an engine take in so many events, a window at a time."""
    for start in range(0, count, engine.window):
        engine.advance((TRILL * engine.window)[: min(engine.window, count - start)], QUERY)


def in_turns(old: OnnxEngine, fresh: OnnxEngine, clock: Clock) -> tuple[Rounds, Rounds]:
    """Milliseconds of each one's next steps, in turns, round by round.

    A fresh engine's are those of its first thousand events that have a full window behind them.
    """
    live(fresh, fresh.window)
    steps = (FIRST_EVENTS - fresh.window) // ROUNDS
    rounds: tuple[list[list[float]], list[list[float]]] = ([], [])
    for _ in range(ROUNDS):
        for engine, found in zip((old, fresh), rounds, strict=True):
            found.append(_timed(engine, steps, clock)[UNTIMED:])
    return rounds


def _timed(engine: OnnxEngine, steps: int, clock: Clock) -> list[float]:
    times_ms = []
    for _ in range(steps):
        began = clock.now()
        engine.advance(TRILL[1:], QUERY)
        times_ms.append((clock.now() - began) * 1e3)
    return times_ms
