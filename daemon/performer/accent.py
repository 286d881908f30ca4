"""How the machine speaks in a style that it is asked for. Pure, but for reading the weights once.

What was just heard weighs more with the model than any style that it is told. So the style is told
it with emphasis, and with the hand that the style is mostly played by; what is left to the player's
own otherwise, pace, voices and gaps, is the style's (``model.dialects``), and intervals gain by
how much more common they are in it than elsewhere. Key, register and touch stay the player's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer import weights
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.query import Floats
from antiphon.model import conditions
from antiphon.model.dialects import GAP_CLASSES, INTERVALS, interval_class
from antiphon.model.events import KEYS
from antiphon.model.styles import STYLES

EMPHASIS: Final = 2.0
"""The style is told so many times as strongly as in training, the others as much below none."""

STRESS: Final = 1.5
"""What intervals gain, of the logarithm of how much more common they are in the style."""

RARE: Final = 0.004
"""Added to the shares of all intervals, or one that a style never has would cost without end."""


@dataclass(frozen=True, slots=True)
class Accent:
    """A style's: ``hand``, positions ``asked`` of controls, shares ``gaps`` (GAP_CLASSES,).

    ``gains`` (INTERVALS,) is in nats.
    """

    style: str
    hand: str
    asked: Mapping[str, float]
    gaps: NDArray[np.float64]
    gains: Floats

    @property
    def emphasised(self) -> dict[str, float]:
        """What the model is told of each style."""
        others = (1.0 - EMPHASIS) / (len(STYLES) - 1)
        return {**dict.fromkeys(STYLES, others), self.style: EMPHASIS}

    def leaning(self, key: int) -> Floats:
        """What each key gains after ``key``, (128,)."""
        return self.gains[interval_class(np.arange(KEYS) - key)]


@cache
def shipped_accents() -> Mapping[str, Accent]:
    """Those that come with the package, by style. Raises AntiphonError where it is damaged."""
    return weights.shipped("style.npz", read_accents)


def read_accents(path: Path) -> Mapping[str, Accent]:
    """What ``antiphon model styles`` measured. Raises AntiphonError for any other file."""
    return weights.read(path, _accents, "style", "model styles")


def _accents(found: weights.Arrays) -> Mapping[str, Accent]:
    names = [str(name) for name in found["names"]]
    hands = [str(hand) for hand in found["hand"]]
    density, voices = found["density"].astype(float), found["voices"].astype(float)
    gaps, intervals = found["gaps"].astype(float), found["intervals"].astype(float)
    logs = np.log(intervals + RARE) - np.log(intervals.mean(axis=0) + RARE)
    gains = (STRESS * logs).astype(np.float32)
    shapes = [array.shape[1:] for array in (density, voices, gaps, intervals)]
    numbers = np.concatenate([density, voices, gaps.ravel(), gains.ravel()])
    if shapes != [(), (), (GAP_CLASSES,), (INTERVALS,)] or not np.isfinite(numbers).all():
        raise ValueError("arrays of other shapes than expected")
    if not {*names} <= {*STYLES} or not {*hands} <= {*conditions.HANDS}:
        raise ValueError("styles or hands that are unknown")
    rows = zip(names, hands, density, voices, gaps, gains, strict=True)
    return {
        name: Accent(name, hand, _asked(pace, full), shares, nats)
        for name, hand, pace, full, shares, nats in rows
    }


def _asked(density: float, voices: float) -> dict[str, float]:
    return {"density": position("density", density), "voices": position("voices", voices)}
