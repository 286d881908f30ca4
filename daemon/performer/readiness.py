"""When the player's turn is over, by what it would cost to be wrong. Pure.

After each event the network (``foresight``) says how likely the next one comes after each silence,
and how likely none comes as the turn is over. To enter after a silence costs the silence where the
turn was over, and patience where the player would have gone on later. The turn ends after the
silence that costs the least; while a key is held, only after a long time.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.foresight import SILENCES_S, Foresight
from antiphon.daemon.performer.moments import Moment
from antiphon.daemon.performer.turns import Limits

Floats = NDArray[np.float64]

MOST_PATIENCE_S, LEAST_PATIENCE_S = 900.0, 0.01
"""How long a delay is worth avoiding one wrong entry, at no and at full eagerness."""


def patience_s(eagerness: float) -> float:
    """How long a delay is worth avoiding one wrong entry."""
    return float(MOST_PATIENCE_S * (LEAST_PATIENCE_S / MOST_PATIENCE_S) ** eagerness)


def costs_s(chances: Floats, patience: float) -> Floats:
    """What entering after each of ``SILENCES_S`` costs, in seconds of delay; ``chances`` (21,)."""
    goes_on, over = chances[:-1], chances[-1]
    later = np.cumsum(goes_on[::-1])[::-1]
    return np.asarray(over * SILENCES_S + patience * later)


def over_s(known: Moment, chances: Floats, patience: float, limits: Limits) -> float:
    """When the turn ends if nothing more comes, absolute, given the ``chances`` foreseen."""
    if known.keys_held:
        return known.last_event_s + limits.ceiling_s
    silence_s = float(SILENCES_S[costs_s(chances, patience).argmin()])
    return known.last_event_s + min(max(silence_s, limits.floor_s), limits.ceiling_s)


def turn_over_s(known: Moment, eagerness: float, limits: Limits, foresight: Foresight) -> float:
    """When the turn ends if nothing more comes, as an absolute time."""
    return over_s(known, foresight.chances(known.features), patience_s(eagerness), limits)
