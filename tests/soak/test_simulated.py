"""The short form: minutes instead of hours."""

import pytest

from tests.soak import simulated


def test_it_plays_on_and_ends_what_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "HOUR_S", 40.0)
    readings = list(simulated.soak(2))
    assert all(reading.heard > 0 and reading.sent > 0 for reading in readings)
    assert [reading.hung for reading in readings] == [0, 0]
    assert readings[0].handles == readings[1].handles
