"""Music as arrays: notes, pedal moves and chords of a piece."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NOTE = np.dtype(
    [
        ("onset", "f4"),  # seconds
        ("offset", "f4"),  # seconds
        ("beat", "f4"),  # quarter notes from the start of the piece
        ("key", "u1"),
        ("velocity", "u1"),
        ("part", "u1"),  # 0: the leading part; the others from the highest to the lowest
    ]
)
PEDAL = np.dtype([("time", "f4"), ("down", "?")])
CHORD = np.dtype(
    [
        ("beat", "f4"),  # where it begins, in quarter notes from the start of the piece
        ("root", "u1"),  # pitch class
        ("tones", "u2"),  # one bit a pitch class, C the lowest
        ("bass", "u1"),  # pitch class
    ]
)

Notes = NDArray[Any]
"""Structured array of dtype ``NOTE``, ascending by onset."""
Pedals = NDArray[Any]
"""Structured array of dtype ``PEDAL``, ascending by time, down and up in turn."""
Chords = NDArray[Any]
"""Structured array of dtype ``CHORD``, ascending by beat."""
