"""The Markov baseline: its probabilities are some, and what it has heard it expects."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.model import views
from antiphon.model.baselines import markov
from antiphon.model.baselines.viewpoints import viewpoints
from antiphon.model.errors import ModelError
from antiphon.model.events import KINDS, NO_TOUCH, STEPS
from antiphon.model.views import Ints
from tests.model.material import random_corpus

LENGTH = 40


def windows(seed: int, shift: int = 0) -> tuple[Ints, NDArray[np.bool_]]:
    """Windows (W, T, 4) of a random corpus, the same for the same seed, in a key ``shift`` up."""
    packed = random_corpus(seed)
    packed.all_notes["key"] += shift
    made = [
        views.plain_window(packed, piece, start, LENGTH)
        for piece in packed.pieces
        for start in views.starts(piece, LENGTH, 0.0)
    ]
    real = np.arange(LENGTH + 1)[None] < np.array([[window.length] for window in made])
    real[:, 0] = False
    return np.stack([window.tokens for window in made]), real


@pytest.mark.parametrize("attribute", [0, 1, 2, 3])
def test_probabilities_of_all_choices_add_up(attribute: int) -> None:
    tokens, real = windows(0)
    model = markov.learn(tokens, real)
    asked = tokens[:1, :12].copy()
    asked[0, -1] = (0, 5, 60, 16)
    choices = (2, STEPS, KINDS, NO_TOUCH)[attribute]
    each = np.repeat(asked, choices, axis=0)
    each[:, -1, attribute] = np.arange(choices)
    costs = markov.costs(model, each, np.ones(each.shape[:2], np.bool_))[:, -1, attribute]
    total = np.exp(-costs).sum()
    # Of keys beyond the keyboard a little is wasted: they are told from the last note.
    assert 0.8 < total <= 1.0 + 1e-9 if attribute == 2 else total == pytest.approx(1.0)


def test_what_was_heard_is_expected() -> None:
    tokens, real = windows(0)
    model = markov.learn(tokens, real)
    heard = markov.costs(model, tokens, real)
    other = markov.costs(model, *windows(1))
    assert heard.sum(-1)[real].mean() < 0.6 * other.sum(-1)[windows(1)[1]].mean()
    assert (heard[~real] == 0.0).all()
    assert (heard[tokens[..., 3] == NO_TOUCH][:, 3] == 0.0).all()


def test_keys_are_told_from_the_last_note() -> None:
    tokens, real = windows(0)
    moved, _ = windows(0, shift=7)
    model = markov.learn(tokens, real)
    kinds = [markov.costs(model, each, real)[:, 12:, 2] for each in (tokens, moved)]
    np.testing.assert_allclose(kinds[0], kinds[1])


def test_more_orders_foretell_better_what_repeats() -> None:
    tokens = np.tile(
        np.array([[0, 10, 60, 9], [0, 20, 188, 32], [0, 30, 64, 5], [0, 9, 192, 32]]), (1, 10, 1)
    ).reshape(1, 40, 4)
    real = np.ones((1, 40), np.bool_)
    model = markov.learn(tokens, real)
    whole = markov.costs(model, tokens, real)[0, 8:].sum()
    lowest = markov.costs({name: tables[:1] for name, tables in model.items()}, tokens, real)
    assert whole < 0.5 * lowest[0, 8:].sum()


def test_a_first_event_has_no_past() -> None:
    tokens, real = windows(0)
    for view in viewpoints(tokens, real):
        assert view.target.shape == view.past.shape == view.present.shape == real.shape
    kind = viewpoints(tokens, real)[2]
    assert np.array_equal(
        kind.target[:, 0],
        np.where(
            tokens[:, 0, 2] < 256,
            tokens[:, 0, 2] % 128 + 68 + 256 * (tokens[:, 0, 2] >= 128),
            tokens[:, 0, 2] + 256,
        ),
    )


def test_a_file_holds_it_all(tmp_path: Path) -> None:
    tokens, real = windows(0)
    model = markov.learn(tokens, real)
    markov.save(tmp_path / "deep" / "counts.npz", model, 7)
    again = markov.load(tmp_path / "deep" / "counts.npz")
    np.testing.assert_array_equal(
        markov.costs(model, *windows(1)), markov.costs(again, *windows(1))
    )
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["counts.npz"]


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"):
        markov.load(tmp_path / "lost.npz")
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    with pytest.raises(ModelError, match="not a readable model"):
        markov.load(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ModelError, match="not a Markov model"):
        markov.load(tmp_path / "other.npz")
