"""The input that tells what the player's part does in the next seconds.

On stage nothing is told. Whoever writes to a file that is there already, and whoever teaches a
model that plays live, tells up to four seconds ahead. The order of events stays as it is: a pilot
that moved the player's part forward in time made the machine's part harder to foresee.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.model.arrays import Notes
from antiphon.model.knots import Floats, durations, shares

SPANS_S: Final = (0.5, 1.0, 2.0, 4.0)
"""How far ahead may be told."""

GAP_POINTS_S: Final = durations(0.01, 4.0, 16)
REGISTER_POINTS: Final = np.linspace(30.0, 96.0, 7)

_SOUNDING_AT = len(SPANS_S)
_GAP_AT = _SOUNDING_AT + 12 * len(SPANS_S)
_NEXT_AT = _GAP_AT + len(GAP_POINTS_S)
_REGISTER_AT = _NEXT_AT + 12
SIZE: Final = _REGISTER_AT + len(REGISTER_POINTS)

TOGETHER_S: Final = 0.04
"""Onsets within this count as one chord."""


def encode(times_s: Floats, player: Notes, span_s: float) -> NDArray[np.float32]:
    """Rows (N, SIZE) for moments ``times_s`` (N,), given all notes of the player's.

    ``span_s`` is one of ``SPANS_S``. Told are: the span; for each stretch between the spans up to
    it the share of time that each pitch class sounds; how soon the player's next chord comes, its
    pitch classes and its lowest key. What lies beyond the span is not told.
    """
    result = np.zeros((len(times_s), SIZE), dtype=np.float32)
    last = SPANS_S.index(span_s)
    result[:, last] = 1.0
    if not len(player):
        return result
    onsets = player["onset"].astype(np.float64)
    offsets = player["offset"].astype(np.float64)
    classes = np.eye(12, dtype=np.float32)[player["key"].astype(int) % 12]
    begin_s = 0.0
    for index, end_s in enumerate(SPANS_S[: last + 1]):
        first = np.maximum(onsets[None], times_s[:, None] + begin_s)
        until = np.minimum(offsets[None], times_s[:, None] + end_s)
        share = (np.maximum(0.0, until - first) / (end_s - begin_s)).astype(np.float32)
        at = _SOUNDING_AT + 12 * index
        result[:, at : at + 12] = np.minimum(1.0, share @ classes)
        begin_s = end_s
    _tell_next_chord(result, times_s, player, onsets, classes, span_s)
    return result


def _tell_next_chord(
    result: NDArray[np.float32],
    times_s: Floats,
    player: Notes,
    onsets: Floats,
    classes: NDArray[np.float32],
    span_s: float,
) -> None:
    following = np.searchsorted(onsets, times_s, side="right")
    known = following < len(onsets)
    known[known] = onsets[following[known]] - times_s[known] <= span_s
    if not known.any():
        return
    first = following[known]
    end = np.searchsorted(onsets, onsets[first] + TOGETHER_S, side="right")
    # Sums over a stretch of notes are differences of running sums.
    running = np.concatenate([np.zeros((1, 12), np.float32), np.cumsum(classes, axis=0)])
    gap_s = onsets[first] - times_s[known]
    rows = np.flatnonzero(known)
    result[rows, _GAP_AT:_NEXT_AT] = shares(gap_s, GAP_POINTS_S)
    result[rows, _NEXT_AT:_REGISTER_AT] = running[end] - running[first] > 0.5
    keys = player["key"].astype(np.float64)
    lowest = np.array([keys[a:b].min() for a, b in zip(first, end, strict=True)])
    result[rows, _REGISTER_AT:] = shares(lowest, REGISTER_POINTS)
