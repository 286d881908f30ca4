import numpy as np
import pytest

from antiphon.model import marks
from tests.model.material import notes_of, random_notes


def test_marks_are_the_same_in_every_key() -> None:
    notes = random_notes(np.random.default_rng(0), 60)
    notes["key"] = np.array([60, 62, 64, 65, 67, 71])[notes["key"] % 6]
    higher = notes.copy()
    higher["key"] += 5
    apart = np.abs(marks.of_notes(notes) - marks.of_notes(higher))
    assert np.flatnonzero(apart > 1e-9).size == 1
    assert apart.max() == pytest.approx(5 / 12)


def test_two_notes_have_marks() -> None:
    assert np.isfinite(marks.of_notes(notes_of((0.0, 1.0, 60, 80), (0.0, 1.0, 64, 80)))).all()


def test_what_can_be_told_apart_is() -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice(3, p=[0.9, 0.05, 0.05], size=400)
    rows = rng.normal(size=(400, 5))
    rows[:, 2] += 4.0 * (labels == 1)
    rows[:, 4] -= 4.0 * (labels == 2)
    classifier = marks.fit(rows[:300], labels[:300], ("a", "b", "c"))
    right = classifier.names_of(rows[300:]) == labels[300:]
    for label in range(3):
        assert right[labels[300:] == label].mean() > 0.8
    assert classifier.probabilities(rows).sum(axis=1) == pytest.approx(1.0)


def test_nothing_is_learned_from_chance() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(2, size=600)
    rows = rng.normal(size=(600, 5))
    classifier = marks.fit(rows[:300], labels[:300], ("a", "b"))
    assert 0.35 < (classifier.names_of(rows[300:]) == labels[300:]).mean() < 0.65


def test_a_name_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="without examples"):
        marks.fit(np.zeros((3, 2)), np.array([0, 0, 2]), ("a", "b", "c"))
