import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.bench import contest
from antiphon.daemon.bench.contest import as_text, figures, ratio

TIMES = st.lists(st.lists(st.floats(0.01, 100), min_size=1, max_size=9), min_size=1, max_size=9)


def test_a_ratio_is_taken_round_by_round() -> None:
    ours = [[1.0, 1.0, 9.0], [10.0]]
    found = ratio([[2.0], [20.0, 20.0, 1.0]], ours)
    assert (found.p50, found.p05, found.p95) == (2.0, 2.0, 2.0)


def test_what_slows_a_round_of_all_slows_nothing() -> None:
    quiet, busy = [[1.0]] * 19, [[50.0]]
    found = ratio([[3.0]] * 19 + [[150.0]], quiet + busy)
    assert (found.p50, found.p05, found.p95) == (3.0, 3.0, 3.0)


@given(TIMES)
def test_anything_takes_as_long_as_itself(rounds: list[list[float]]) -> None:
    found = ratio(rounds, rounds)
    assert (found.p50, found.p05, found.p95) == (1.0, 1.0, 1.0)


@given(TIMES, st.floats(0.1, 10))
def test_a_ratio_and_its_inverse(rounds: list[list[float]], factor: float) -> None:
    slower = [[ms * factor for ms in one] for one in rounds]
    there, back = ratio(slower, rounds), ratio(rounds, slower)
    assert math.isclose(there.p50 * back.p50, 1.0)
    assert there.p05 <= there.p50 <= there.p95


def told(**rounds: list[list[float]]) -> dict[str, Any]:
    return {
        "context": 512,
        "rounds": 2,
        "where": "all on core 1",
        "about": dict.fromkeys(rounds, "so and so"),
        "left_out": {"llamacpp": "no llama_cpp here: pip install it"},
        **figures(rounds, reads=9_000_000),
    }


def test_the_floor_is_bytes_over_bandwidth() -> None:
    found = told(engine=[[0.4], [0.2]], floor=[[0.1], [0.1]])
    assert found["floor"]["bytes"] == 9_000_000
    assert found["floor"]["gigabytes_a_second"] == pytest.approx(90.0)
    assert found["floor"]["ours_times_it"] == {"p50": 2.0, "p05": 2.0, "p95": 4.0}
    assert found["times_ours"] == {}


def test_the_table() -> None:
    found = told(engine=[[0.5], [0.5]], eager=[[5.0], [6.0]], floor=[[0.1], [0.1]])
    assert as_text(found) == (
        "a step behind 512 events (p50 / p99; ratios with nine tenths of 2 rounds), "
        "all on core 1\n"
        "engine    0.50 / 0.50 ms; so and so\n"
        "eager     5.00 / 6.00 ms, 10.00 (10.00 to 12.00) times ours; so and so\n"
        "floor     0.100 ms, ours is 5.00 (5.00 to 5.00) times it; 9.0 MB at 90 GB/s\n"
        "llamacpp  left out: no llama_cpp here: pip install it\n"
    )


def test_without_a_floor_nothing_is_said_of_it() -> None:
    found = told(engine=[[0.5]], eager=[[5.0]])
    assert "floor" not in found
    assert contest.FLOOR not in as_text(found)
