"""Breaks loops: what goes round and round costs more with every round. Pure.

The rule: a figure of up to four notes may be played three times in a row; each time more costs the
key that it goes on with ``TIRED`` nats, one round's worth more each round. Played music seldom goes
round four times; a model that does not know what to say does.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.model.events import KEYS

LONGEST_LOOP = 4
FREE_ROUNDS = 3
TIRED = 1.5
MOST_ROUNDS = 8
"""Looked at; a loop beyond that has cost enough."""

REMEMBERED = LONGEST_LOOP * (MOST_ROUNDS + 1)


def weariness(keys: Sequence[int]) -> NDArray[np.float32]:
    """What is added to the log-probabilities of the keys, (128,), after ``keys`` were struck."""
    nats = np.zeros(KEYS, np.float32)
    for length in range(1, LONGEST_LOOP + 1):
        rounds = _rounds(keys, length)
        if rounds >= FREE_ROUNDS:
            key = keys[-length]
            nats[key] = min(nats[key], -TIRED * (rounds - FREE_ROUNDS + 1))
    return nats


def _rounds(keys: Sequence[int], length: int) -> int:
    """How often the last ``length`` keys were just played in a row, themselves counted."""
    figure = keys[-length:]
    rounds = 0
    end = len(keys)
    while rounds < MOST_ROUNDS and end >= length and keys[end - length : end] == figure:
        rounds += 1
        end -= length
    return rounds
