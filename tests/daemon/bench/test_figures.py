import math

from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.bench.figures import percentile, spread, table


def test_spread_of_a_hundred() -> None:
    found = spread(range(100, 0, -1))
    assert (found.p50, found.p95, found.p99, found.most, found.count) == (50, 95, 99, 100, 100)


def test_spread_of_nothing() -> None:
    found = spread([])
    assert math.isnan(found.p50)
    assert found.count == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-9


def test_a_table_lines_up() -> None:
    assert table([("a", "1"), ("long", "2")]) == "a     1\nlong  2\n"
