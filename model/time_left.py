"""The input that says how long the machine's turn, or the hole that it fills, has yet to go."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.model.knots import Floats, durations, shares

ENDS: Final = ("turn", "hole")
"""What ends: a turn, after which somebody else may play, or a hole before a given future."""

POINTS_S: Final = durations(0.03, 30.0, 18)
SIZE: Final = len(ENDS) + len(POINTS_S)


def encode(left_s: Floats, end: str) -> NDArray[np.float32]:
    """Rows (N, SIZE) for so many seconds left, (N,); what is over counts as 0."""
    result = np.zeros((len(left_s), SIZE), dtype=np.float32)
    result[:, ENDS.index(end)] = 1.0
    result[:, len(ENDS) :] = shares(left_s, POINTS_S)
    return result
