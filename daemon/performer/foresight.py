"""A small network that foresees when the player's next event comes, or that the turn is over.

Two hidden layers, worked out by hand. ``antiphon evaluate turns --fit`` trains it; the weights come
with the package. Pure but for reading them once.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer import weights
from antiphon.daemon.performer.moments import FEATURES

Weights = NDArray[np.float32]

SILENCES_S: Final[NDArray[np.float64]] = np.asarray(0.1 * 1.2 ** np.arange(20), np.float64)
"""Silences between which the next event may come, 0.1 to 3.2 s; the last stands for all beyond."""

OUTCOMES: Final = len(SILENCES_S) + 1
"""From each silence to the next, and last that the turn is over."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """The weights."""

    first: Weights
    first_bias: Weights
    second: Weights
    second_bias: Weights
    outward: Weights
    outward_bias: Weights

    def chances(self, features: Weights) -> NDArray[np.float64]:
        """How likely each of ``OUTCOMES`` is, given the features (F,)."""
        hidden = np.tanh(self.first @ features + self.first_bias)
        hidden = np.tanh(self.second @ hidden + self.second_bias)
        odds = (self.outward @ hidden + self.outward_bias).astype(np.float64)
        chance = np.exp(odds - odds.max())
        return np.asarray(chance / chance.sum())


@cache
def shipped_foresight() -> Foresight:
    """The network that comes with the package. Raises AntiphonError where it is damaged."""
    return weights.shipped("turns.npz", read_foresight)


def read_foresight(path: Path) -> Foresight:
    """A network that was trained. Raises AntiphonError for any other file."""
    return weights.read(path, _foresight, "end of a turn", "evaluate turns --fit")


def _foresight(found: weights.Arrays) -> Foresight:
    foresight = Foresight(**{name: array.astype(np.float32) for name, array in found.items()})
    if foresight.chances(np.zeros(FEATURES, np.float32)).shape != (OUTCOMES,):
        raise ValueError("other outcomes")
    return foresight
