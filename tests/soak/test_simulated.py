"""The short form: minutes instead of hours."""

import numpy as np
import pytest

from antiphon.daemon.performer.query import Query
from antiphon.model.events import PLAYER, Event
from tests.soak import simulated


def test_it_plays_on_and_ends_what_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "HOUR_S", 40.0)
    readings = list(simulated.soak(2))
    assert all(reading.heard > 0 and reading.sent > 0 for reading in readings)
    assert [reading.hung for reading in readings] == [0, 0]
    assert readings[0].handles == readings[1].handles


def test_what_was_forgotten_counts_and_is_not_looked_at() -> None:
    engine, drawn = simulated.ForgetfulEngine(), Query(noise=np.zeros(4, np.float32))
    events = simulated.REMEMBERED + 3 * simulated.AT_ONCE
    for index in range(events):
        engine.advance([Event(PLAYER, 0, index % 128, 16)], drawn)
    assert engine.length == events > len(engine.history)
    [history] = engine.branch(1, engine.length - 1).histories
    assert history == engine.history[:-1]
    engine.rewind(engine.length - 1)
    assert engine.history == history
