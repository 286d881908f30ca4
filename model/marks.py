"""What a stretch of music is like in a few dozen numbers, and a classifier on them. No torch.

The numbers are made by hand and have nothing to do with the model: so they can say whether what it
plays in a style is of that style. Touch is left out: it is that of a player or of a collection, and
no style's. The classifier is a multinomial logistic regression with a penalty on the squares of its
weights, all styles counting alike however few their pieces.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.model import conditions

Floats = NDArray[np.float64]

GAP_EDGES_S = (0.035, 0.07, 0.11, 0.16, 0.23, 0.32, 0.45, 0.64, 0.9, 1.3)
LENGTH_EDGES_S = (0.08, 0.15, 0.25, 0.4, 0.7, 1.2, 2.0)
STEPS, PENALTY = 400, 1e-3


def of_notes(notes: NDArray[Any]) -> Floats:
    """`marks` of notes as ``corpus`` packs them."""
    onsets, offsets = notes["onset"].astype(float), notes["offset"].astype(float)
    return marks(onsets, offsets, notes["key"].astype(np.int64))


def marks(onsets_s: Floats, offsets_s: Floats, keys: NDArray[np.int64]) -> Floats:
    """The numbers, (F,), of at least two notes ascending by onset; the same in every key.

    Pitch classes are counted from the tonic of the key that fits best, with its fit and mode.
    """
    classes = np.bincount(keys % 12, minlength=12) / len(keys)
    fits = conditions.key_correlations(classes)
    gaps = np.diff(onsets_s)
    steps = np.clip(np.diff(keys), -12, 12) + 12
    told = conditions.measure(onsets_s, offsets_s, keys, np.zeros(len(keys), np.int64))
    paces = np.log(np.maximum(gaps[gaps > GAP_EDGES_S[0]], 1e-3))
    return np.concatenate(
        [
            np.roll(classes, -(int(np.argmax(fits)) % 12)),
            [fits.max(), float(np.argmax(fits) >= 12)],
            _shares(np.searchsorted(GAP_EDGES_S, gaps), len(GAP_EDGES_S) + 1),
            _shares(np.searchsorted(LENGTH_EDGES_S, offsets_s - onsets_s), len(LENGTH_EDGES_S) + 1),
            _shares(steps, 25),
            [np.log(told["density"]), told["register"] / 12, told["voices"], told["valence"]],
            [keys.std() / 12, paces.std() if len(paces) else 0.0],
        ]
    )


def _shares(places: NDArray[np.int64], size: int) -> Floats:
    result: Floats = np.bincount(places, minlength=size) / max(len(places), 1)
    return result


@dataclass(frozen=True, slots=True)
class Classifier:
    """``weights`` (F + 1, S) on standardised marks and a one; ``mean`` and ``spread`` (F,)."""

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    weights: Floats

    def probabilities(self, rows: Floats) -> Floats:
        """How likely each name is, (N, S), for marks (N, F)."""
        return _softmax(_with_one((rows - self.mean) / self.spread) @ self.weights)

    def names_of(self, rows: Floats) -> NDArray[np.int64]:
        """The likeliest name's place, (N,), for marks (N, F)."""
        places: NDArray[np.int64] = np.argmax(self.probabilities(rows), axis=1)
        return places


def fit(rows: Floats, labels: NDArray[np.int64], names: tuple[str, ...]) -> Classifier:
    """Fit marks (N, F) to places in ``names``, (N,), by accelerated gradient descent.

    Nesterov 1983. Each name has to occur: ValueError where one does not.
    """
    counts = np.bincount(labels, minlength=len(names))
    if len(counts) != len(names) or not counts.all():
        raise ValueError("a name without examples cannot be learned")
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = _with_one((rows - mean) / spread)
    wanted = np.eye(len(names))[labels]
    share = (1.0 / (len(names) * counts))[labels][:, None]
    # The curvature is at most half the largest eigenvalue of the weighted inputs' square.
    steepest = float(np.linalg.eigvalsh((inputs * share).T @ inputs)[-1]) / 2 + PENALTY
    weights = ahead = np.zeros((inputs.shape[1], len(names)))
    for step in range(STEPS):
        slope = inputs.T @ (share * (_softmax(inputs @ ahead) - wanted)) + PENALTY * ahead
        following = ahead - slope / steepest
        ahead = following + step / (step + 3) * (following - weights)
        weights = following
    return Classifier(names, mean, spread, weights)


def _with_one(rows: Floats) -> Floats:
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result
