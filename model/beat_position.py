"""The input that says where in the beat and in the bar an event falls, where that is known."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.model.knots import Floats, shares

BEAT_HARMONICS: Final = (1, 2, 3, 4)
BAR_HARMONICS: Final = (1, 2)
PERIODS_S: Final = np.geomspace(0.2, 2.0, 10)
BAR_LENGTHS: Final = (2, 3, 4)
"""Beats a bar that have an entry of their own; others share one."""

_PERIOD_AT = 2 * (len(BEAT_HARMONICS) + len(BAR_HARMONICS))
_BAR_AT = _PERIOD_AT + len(PERIODS_S)
SIZE: Final = _BAR_AT + len(BAR_LENGTHS) + 1


def encode(
    beats: Floats, periods_s: Floats, beats_a_bar: int, *, bar_known: bool = True
) -> NDArray[np.float32]:
    """Rows (N, SIZE) for events at ``beats`` (N,) of ``periods_s`` (N,) seconds each.

    ``beats`` counts from a downbeat. Positions are sines and cosines of whole multiples of the
    turn, so that halves, thirds and quarters of a beat are plain to see. Where the bar is not known
    its part stays unset.
    """
    result = np.zeros((len(beats), SIZE), dtype=np.float32)
    turns = [(beats, BEAT_HARMONICS)]
    if bar_known:
        turns.append((beats / beats_a_bar, BAR_HARMONICS))
    column = 0
    for place, harmonics in turns:
        for harmonic in harmonics:
            angle = 2 * np.pi * harmonic * place
            result[:, column], result[:, column + 1] = np.cos(angle), np.sin(angle)
            column += 2
    result[:, _PERIOD_AT:_BAR_AT] = shares(np.log(periods_s), np.log(PERIODS_S))
    if bar_known:
        other = len(BAR_LENGTHS)
        length = BAR_LENGTHS.index(beats_a_bar) if beats_a_bar in BAR_LENGTHS else other
        result[:, _BAR_AT + length] = 1.0
    return result
