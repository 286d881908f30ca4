import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.repertoire import (
    USUAL,
    Figure,
    Repertoire,
    figures_of,
    staleness,
    taken_up,
)

KEYS = st.lists(st.integers(21, 108), max_size=30)
NONE = frozenset[Figure]()


def line(keys: list[int]) -> list[Figure]:
    return figures_of((0.2 * at, key) for at, key in enumerate(keys))


def test_nothing_is_stale_before_anything_was_played() -> None:
    assert staleness(line([60, 62, 64, 65, 67, 69, 71]), NONE, NONE) == 0.0


def test_fewer_than_five_notes_are_no_figure() -> None:
    assert line([60, 62, 64, 65]) == []
    assert line([60, 62, 64, 65, 67]) == [(2, 2, 1, 2)]


def test_of_a_chord_the_highest_counts() -> None:
    chords = [
        (0.3 * at + 0.01 * part, key - 4 * part)
        for at, key in enumerate((60, 62, 64, 65, 67))
        for part in (2, 0, 1)
    ]
    assert figures_of(sorted(chords)) == [(2, 2, 1, 2)]


@given(KEYS, st.integers(-20, 20))
def test_a_take_that_was_played_before_is_stale_in_any_key(keys: list[int], up: int) -> None:
    again, own = line([key + up for key in keys]), frozenset(line(keys))
    some = len(keys) >= 5
    assert staleness(again, own, NONE) == pytest.approx(1.0 - USUAL if some else 0.0)
    assert staleness(again, own, own) == 0.0
    assert taken_up(again, own) == float(some)


def test_going_round_within_a_take_is_stale_too() -> None:
    assert staleness(line([60, 64, 67, 72, 67, 64] * 4), NONE, NONE) > 0.5


def test_what_is_forgotten_was_never_played() -> None:
    played = Repertoire()
    for at in range(8):
        played.strike(float(at), 60 + at)
    assert played.figures()
    played.forget()
    assert played.figures() == []
