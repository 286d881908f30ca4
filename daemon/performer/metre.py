"""A small network that reads the beat from the rhythm: chord by chord, what period, what place.

One layer of gated recurrent units (Cho et al. 2014), worked out by hand. ``antiphon model beats``
trains it; the weights come with the package. Pure but for reading them once.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer import weights
from antiphon.model.rhythm import FEATURES, PERIODS_S, PLACES

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Metre:
    """The weights. ``gates`` are those of reset, update and candidate, one below the other."""

    inward: Weights
    inward_bias: Weights
    heard: Weights
    heard_bias: Weights
    recalled: Weights
    recalled_bias: Weights
    outward: Weights
    outward_bias: Weights

    @property
    def silence(self) -> Weights:
        """The state before anything was heard."""
        return np.zeros(self.recalled.shape[1], dtype=np.float32)

    def read(self, state: Weights, features: Floats) -> tuple[Weights, Floats]:
        """The state after a chord, and log-odds (periods, places) of where the chord stands."""
        inward = np.tanh(self.inward @ features.astype(np.float32) + self.inward_bias)
        reset, update, fresh = np.split(self.heard @ inward + self.heard_bias, 3)
        old_reset, old_update, old = np.split(self.recalled @ state + self.recalled_bias, 3)
        keep = _sigmoid(update + old_update)
        candidate = np.tanh(fresh + _sigmoid(reset + old_reset) * old)
        state = (1 - keep) * candidate + keep * state
        odds = (self.outward @ state + self.outward_bias).astype(np.float64)
        return state, odds.reshape(len(PERIODS_S), PLACES)


def _sigmoid(at: Weights) -> Weights:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * at))


@cache
def shipped_metre() -> Metre:
    """The network that comes with the package. Raises AntiphonError where it is damaged."""
    return weights.shipped("beat.npz", read_metre)


def read_metre(path: Path) -> Metre:
    """A network that ``antiphon model beats`` trained. Raises AntiphonError for any other file."""
    return weights.read(path, _metre, "beat", "model beats")


def _metre(found: weights.Arrays) -> Metre:
    metre = Metre(**{name: array.astype(np.float32) for name, array in found.items()})
    metre.read(metre.silence, np.zeros(FEATURES))
    return metre
