"""A number as shares of fixed points: the network reads it off by linear interpolation."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shares(values: Floats, points: Floats) -> NDArray[np.float32]:
    """Shares (N, P) of ascending ``points`` (P,) that make up ``values`` (N,).

    Each value lies between two points, and each of the two gets the more the nearer it is. Values
    beyond the ends count as the ends.
    """
    places = np.interp(values, points, np.arange(len(points)))
    distances = np.abs(places[:, None] - np.arange(len(points)))
    return np.maximum(0.0, 1.0 - distances).astype(np.float32)


def durations(shortest_s: float, longest_s: float, count: int) -> Floats:
    """Points for durations in seconds: 0, then ``count`` - 1 that grow by a constant factor."""
    return np.concatenate([[0.0], np.geomspace(shortest_s, longest_s, count - 1)])
