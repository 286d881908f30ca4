import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.loops import FREE_ROUNDS, LONGEST_LOOP, TIRED, weariness

figures = st.lists(st.integers(0, 127), min_size=1, max_size=LONGEST_LOOP)


@pytest.mark.parametrize("figure", [[60], [60, 64], [60, 64, 67], [60, 64, 67, 64]])
def test_going_round_costs_more_with_every_round(figure: list[int]) -> None:
    costs = [float(weariness(figure * rounds)[figure[0]]) for rounds in range(1, FREE_ROUNDS + 3)]
    assert costs == [0.0] * (FREE_ROUNDS - 1) + [-TIRED, -2 * TIRED, -3 * TIRED]


@given(st.lists(st.integers(0, 127), max_size=40))
def test_nothing_but_going_round_costs_anything(keys: list[int]) -> None:
    nats = weariness(keys)
    assert nats.max() == 0.0
    for key in np.flatnonzero(nats).tolist():
        lengths = [n for n in range(1, min(LONGEST_LOOP, len(keys)) + 1) if keys[-n] == key]
        assert any(keys[-n:] * FREE_ROUNDS == keys[-n * FREE_ROUNDS :] for n in lengths)


@given(st.lists(st.integers(0, 127), max_size=10), figures)
def test_what_came_before_the_loop_does_not_matter(before: list[int], figure: list[int]) -> None:
    round_and_round = figure * (FREE_ROUNDS + 1)
    assert weariness(before + round_and_round)[figure[0]] <= -TIRED


def test_another_note_ends_the_loop() -> None:
    assert not weariness([60, 62] * 6 + [65]).any()
