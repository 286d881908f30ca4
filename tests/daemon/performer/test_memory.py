from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.line import BEGINNING, INTERVALS, WIDEST, Line, interval_index
from antiphon.daemon.performer.memory import RETURN, Memory
from antiphon.model.events import KEYS, NOTE_OFF

some_steps = st.lists(st.one_of(st.just(BEGINNING), st.integers(72, 90)), max_size=40)


def remembered(steps: list[int], capacity: int = 64) -> Memory:
    memory = Memory(capacity)
    for step in steps:
        memory.add(step)
    return memory


def step(interval: int, rhythm: int = 1) -> int:
    return 3 * (interval + WIDEST) + rhythm


def likeliest(memory: Memory, ending: list[int]) -> int:
    return int(np.argmax(memory.expect(ending))) - WIDEST


def test_what_followed_is_expected() -> None:
    memory = remembered([BEGINNING, step(2), step(2), step(-4)])
    assert likeliest(memory, [BEGINNING]) == 2
    assert likeliest(memory, [BEGINNING, step(2)]) == 2
    assert likeliest(memory, [BEGINNING, step(2), step(2)]) == -4
    assert memory.expect([BEGINNING, step(2), step(2)]).sum() == pytest.approx(1.0)


def test_the_longer_agreement_counts_for_more() -> None:
    often = [step(2), step(5)] * 3
    memory = remembered([BEGINNING, *often, BEGINNING, step(1), step(2), step(-1)])
    assert likeliest(memory, [step(2)]) == 5
    assert likeliest(memory, [BEGINNING, step(1), step(2)]) == -1


def test_nothing_is_expected_where_nothing_agrees() -> None:
    memory = remembered([BEGINNING, step(2)])
    assert not memory.expect([step(7)]).any()
    assert not memory.expect([]).any()
    assert not Memory().expect([step(2)]).any()


def test_a_short_agreement_is_less_sure() -> None:
    memory = remembered([step(9), step(1), step(2), step(3), step(4)])
    assert memory.expect([step(3)]).sum() < memory.expect([step(1), step(2), step(3)]).sum()


def test_a_step_can_be_corrected() -> None:
    memory = remembered([BEGINNING, step(2)])
    memory.correct(step(4))
    assert likeliest(memory, [BEGINNING]) == 4


def test_what_came_more_often_comes_back_more() -> None:
    memory = remembered([BEGINNING, step(2), BEGINNING, step(5), BEGINNING, step(5)])
    assert likeliest(memory, [BEGINNING]) == 5


def test_a_step_in_another_rhythm_agrees_less() -> None:
    memory = remembered([BEGINNING, step(2), step(5), BEGINNING, step(2, rhythm=2), step(7)])
    assert likeliest(memory, [step(2)]) == 5
    assert likeliest(memory, [step(2, rhythm=2)]) == 7
    assert memory.expect([step(2, rhythm=0)]).any()


def test_all_can_be_forgotten() -> None:
    memory = remembered([BEGINNING, step(2)])
    memory.forget()
    assert len(memory) == 0
    assert not memory.expect([BEGINNING]).any()


@given(some_steps, some_steps)
def test_only_what_followed_the_ending_is_expected(played: list[int], ending: list[int]) -> None:
    shares = remembered(played).expect(ending)
    assert shares.shape == (INTERVALS,)
    assert shares.min() >= 0.0
    assert shares.sum() <= 1.0 + 1e-9
    followed = {
        int(interval_index(np.array(now)))
        for before, now in pairwise(played)
        if ending and before // 3 == ending[-1] // 3 and now != BEGINNING
    }
    assert set(np.flatnonzero(shares).tolist()) == followed


@given(st.lists(st.integers(72, 75), min_size=1, max_size=200), st.integers(1, 8))
def test_it_never_keeps_more_than_it_may(played: list[int], capacity: int) -> None:
    memory = remembered(played, capacity)
    assert len(memory) == min(len(played), capacity)
    lately = remembered(played[-capacity:], capacity)
    for ending in ([72], [73, 74], [75, 72, 73]):
        assert np.array_equal(memory.expect(ending), lately.expect(ending))


@given(st.integers(0, KEYS - 1), st.integers(-WIDEST, WIDEST), st.floats(0.01, 1.0))
def test_the_key_at_the_interval_gets_likelier_and_no_other(
    key: int, interval: int, strength: float
) -> None:
    line = Line()
    line.follow(0.0, key)
    line.follow(1.0, NOTE_OFF + key)
    nats = remembered([BEGINNING, step(interval)]).lift(line, strength)
    there = [key + interval] if 0 <= key + interval < KEYS else []
    assert np.flatnonzero(nats).tolist() == there
    assert nats.max() <= strength * np.log1p(RETURN) + 1e-6


def test_a_chord_may_get_its_highest_note_last() -> None:
    memory = remembered([BEGINNING, step(2)])
    line = Line()
    line.follow(0.0, 72)
    line.follow(0.5, NOTE_OFF + 72)
    line.follow(0.5, 48)
    assert int(np.argmax(memory.lift(line, 1.0))) == 74
    line.follow(0.9, NOTE_OFF + 48)
    assert memory.lift(line, 1.0)[74] == 0.0
