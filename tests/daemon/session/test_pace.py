import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.session.pace import Pace


def test_whoever_asks_too_fast_waits() -> None:
    pace = Pace(rate=10, at_once=3)
    assert [pace.wait_s(100.0) for _ in range(5)] == [
        0,
        0,
        0,
        pytest.approx(0.1),
        pytest.approx(0.2),
    ]
    assert pace.wait_s(100.5) == 0
    assert pace.wait_s(1000.0) == pace.wait_s(1000.0) == pace.wait_s(1000.0) == 0
    assert pace.wait_s(1000.0) > 0


@given(st.lists(st.floats(0, 10), max_size=200))
def test_nobody_asks_faster_than_the_pace(gaps: list[float]) -> None:
    pace, now = Pace(rate=10, at_once=3), 0.0
    for answered, gap in enumerate(gaps, 1):
        now += gap
        now += pace.wait_s(now)
        assert answered <= 3 + 10 * now + 1e-6


def test_who_is_refused_has_not_spent_anything() -> None:
    pace = Pace(rate=2, at_once=2)
    assert [pace.allows(100.0) for _ in range(4)] == [True, True, False, False]
    assert [pace.allows(100.5) for _ in range(2)] == [True, False]
