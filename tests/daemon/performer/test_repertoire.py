import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.repertoire import USUAL, Repertoire, figures

KEYS = st.lists(st.integers(21, 108), max_size=30)


def test_nothing_is_stale_before_anything_was_played() -> None:
    assert Repertoire().staleness([60, 62, 64, 65, 67, 69, 71]) == 0.0


def test_fewer_than_five_keys_are_no_figure() -> None:
    assert figures([60, 62, 64, 65]) == []
    assert figures([60, 62, 64, 65, 67]) == [(2, 2, 1, 2)]


@given(KEYS, st.integers(-20, 20))
def test_a_take_that_was_played_before_is_stale_in_any_key(keys: list[int], up: int) -> None:
    repertoire = Repertoire()
    for key in keys:
        repertoire.strike(key)
    found = repertoire.staleness([key + up for key in keys])
    assert found == pytest.approx(1.0 - USUAL if len(keys) >= 5 else 0.0)


def test_going_round_within_a_take_is_stale_too() -> None:
    round_and_round = [60, 64, 67, 72, 67, 64] * 4
    assert Repertoire().staleness(round_and_round) > 0.5
