import pytest

from tests.soak.__main__ import held, table
from tests.soak.growth import growth
from tests.soak.realtime import Minute
from tests.soak.simulated import Hour


def hours(memory_mb: list[float], hung: int = 0) -> list[Hour]:
    return [Hour(each, 1000.0, 6.0, 1.0, 100, 100, hung) for each in memory_mb]


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ([0.0] * 20, 0.0),
        ([1.0, 5.0, 9.0, 9.5, *[10.0] * 16], 0.0),
        ([*[10.0] * 12, *[11.0] * 8], 0.1),
        # One reading that is out of line says nothing.
        ([*[10.0] * 19, 50.0], 0.0),
    ],
)
def test_what_comes_after_the_warm_up_counts(values: list[float], share: float) -> None:
    assert growth(values, 4).share == pytest.approx(share)


def minutes(thru_ms: list[float]) -> list[Minute]:
    return [Minute(30.0, 90.0, 9.0, 9.0, each, 9.0, 1.0, 1.0, 9, 9, 0, 0) for each in thru_ms]


def test_notes_that_come_later_and_later_are_seen() -> None:
    assert held(minutes([2.0, 9.0, 2.0, 2.5]), 2)
    assert not held(minutes([2.0, 2.0, 3.0, 4.0]))


def test_what_grows_or_hangs_is_seen() -> None:
    assert held(hours([60.0] * 10))
    assert not held(hours([60.0 + number for number in range(10)]))
    assert not held(hours([60.0] * 10, hung=1))
    assert "10.00" in table(hours([10.0] * 4))
