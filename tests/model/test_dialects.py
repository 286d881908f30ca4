"""How a style is spoken, measured on stretches whose makers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model.arrays import NOTE, Notes
from antiphon.model.dialects import (
    GAP_CLASSES,
    INTERVALS,
    WIDEST,
    dialect_of,
    gap_class,
    interval_class,
)


def tune(gap_s: float, step: int, notes: int = 20) -> Notes:
    made = np.zeros(notes, NOTE)
    made["onset"] = np.arange(notes) * gap_s
    made["offset"] = made["onset"] + 0.9 * gap_s
    made["key"] = 40 + np.arange(notes) * step
    made["velocity"] = 64
    return made


def test_each_stretch_counts_alike_however_long() -> None:
    found = dialect_of("score", [tune(0.25, 2, notes=10), tune(0.5, -1, notes=40)])
    assert found.gaps[gap_class(0.25)] == found.gaps[gap_class(0.5)] == pytest.approx(0.5)
    assert found.intervals[WIDEST + 2] == found.intervals[WIDEST - 1] == pytest.approx(0.5)
    assert found.hand == "score"
    assert found.voices == pytest.approx(1.0)


def test_the_pace_is_that_of_the_one_in_the_middle() -> None:
    assert dialect_of("score", [tune(0.25, 1), tune(0.2, 1), tune(0.01, 1)]).density == (
        pytest.approx(20 / (19 * 0.2))
    )


@given(st.floats(0.0, 60.0), st.integers(-127, 127))
def test_every_gap_and_interval_has_its_class(gap_s: float, semitones: int) -> None:
    assert 0 <= gap_class(gap_s) < GAP_CLASSES
    assert 0 <= interval_class(np.array(semitones)) < INTERVALS
