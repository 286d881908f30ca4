import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.sight import Sight, window_of

MOST = 12


def seen(count: int, shared: int, window: int, taken: int) -> list[set[tuple[int, int]]]:
    """What each branch should attend to, as (place, branch); -1 stands for all branches."""
    places = range(max(0, shared + taken + 1 - window), shared + taken + 1)
    return [{(p, -1 if p < shared else branch) for p in places} for branch in range(count)]


@given(
    count=st.integers(1, 5),
    shared=st.integers(0, 20),
    window=st.integers(1, 16),
    taken=st.integers(0, MOST - 1),
)
def test_a_branch_sees_its_window_and_nothing_of_the_others(
    count: int, shared: int, window: int, taken: int
) -> None:
    sight = Sight(count, shared, window, MOST)
    for step in range(taken + 1):
        attended = sight.after(step)
    start = max(1, shared)
    assert attended.shape == (count, start + count * (taken + 1))
    assert attended.flags.c_contiguous
    found = []
    for row in attended:
        columns = np.flatnonzero(row == 0)
        found.append(
            {
                (c, -1) if c < start else (shared + (c - start) // count, (c - start) % count)
                for c in columns.tolist()
            }
        )
    assert found == seen(count, shared, window, taken)


@pytest.mark.parametrize(
    ("count", "total", "window", "hidden"),
    [(1, 4, 8, [0]), (1, 10, 8, [2]), (3, 10, 8, [0, 1, 2]), (2, 2, 1, [0, 1])],
)
def test_a_window_ends_with_its_event(
    count: int, total: int, window: int, hidden: list[int]
) -> None:
    told = window_of(count, total, window)
    assert told.shape == (count, total)
    assert (told < 0).sum(axis=1).tolist() == hidden
    for row, many in zip(told, hidden, strict=True):
        assert not row[many:].any()
