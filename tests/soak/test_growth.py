import pytest

from tests.soak.__main__ import held, table
from tests.soak.growth import growth
from tests.soak.simulated import Hour


def hours(memory_mb: list[float], hung: int = 0) -> list[Hour]:
    return [Hour(each, 1000.0, 6.0, 1.0, 100, 100, hung) for each in memory_mb]


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ([5.0], 0.0),
        ([0.0] * 20, 0.0),
        ([1.0, 5.0, 9.0, 9.5, *[10.0] * 16], 0.0),
        ([*[10.0] * 12, *[11.0] * 8], 0.1),
        # One reading that is out of line says nothing.
        ([*[10.0] * 19, 50.0], 0.0),
    ],
)
def test_what_comes_after_the_warm_up_counts(values: list[float], share: float) -> None:
    assert growth(values).share == pytest.approx(share)


def test_what_grows_or_hangs_is_seen() -> None:
    assert held(hours([60.0] * 10))
    assert not held(hours([60.0 + number for number in range(10)]))
    assert not held(hours([60.0] * 10, hung=1))
    assert "10.00" in table(hours([10.0] * 4))
