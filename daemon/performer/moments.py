"""What is known when an event of the player's has come, as numbers that a turn is judged by. Pure.

The player's own time, what is held, how the last chord stands in the key, and what the model
expects, all in one row of features.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.turns import Call
from antiphon.model.events import MACHINE, PLAYER, STEP_S

Row = NDArray[np.float32]

USUAL_GAP_S = 0.4
"""The gap of a player who has only just begun."""

SOON_S: Final = np.array((0.1, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3))
"""By when the model may expect the next event."""

SHORTEST_S = 0.02
"""Times count as at least so long before their logarithm is taken."""

SHORT_TURN_S, LONG_TURN_S = 4.0, 8.0
"""How long a turn is says something between these; that a phrase is short, nothing."""

LEAST_SHARE = 0.002
"""Shares are kept this far from none and from all, so that their odds stay finite."""

MOST_KEYS = 5
"""More keys at once say nothing more."""

FEATURES: Final = 36


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """After the player's latest event; times are seconds, ``features`` (F,) as ``features``."""

    last_onset_s: float
    last_event_s: float
    slow_gap_s: float
    length_s: float
    keys_held: int
    features: Row


def moment(call: Call, hands: Hands, key: Key | None, who_step: Row) -> Moment:
    """The moment after the player's latest event; ``key`` is that of the music, if there is one.

    ``who_step`` (2, 199) is the model's joint log-probability of whose event comes next and when.
    """
    return Moment(
        last_onset_s=call.last_onset_s,
        last_event_s=call.last_event_s,
        slow_gap_s=call.slow_gap_s or USUAL_GAP_S,
        length_s=call.length_s,
        keys_held=len(hands.keys),
        features=features(call, hands, key, who_step),
    )


def features(call: Call, hands: Hands, key: Key | None, who_step: Row) -> Row:
    """The row (F,) of what is known."""
    parts = (_paces(call), _hold(call, hands), _rest(call, key), _expected(who_step))
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


def _paces(call: Call) -> Row:
    """Logarithms of the player's gaps: the last, the usual and the longest, lately and by habit."""
    lately_s = sorted(call.gaps_s) or [USUAL_GAP_S]
    habit_s = sorted(call.habit_s) or [USUAL_GAP_S]
    last_s = call.gaps_s[-1] if call.gaps_s else USUAL_GAP_S
    slow_s = call.slow_gap_s or USUAL_GAP_S
    paces_s = (
        last_s,
        lately_s[len(lately_s) // 2],
        slow_s,
        lately_s[-1],
        habit_s[len(habit_s) // 2],
        habit_s[-1],
        min(max(call.length_s, SHORT_TURN_S), LONG_TURN_S),
        call.last_event_s - call.last_onset_s,
    )
    return np.log(np.maximum(paces_s, SHORTEST_S)).astype(np.float32)


def _hold(call: Call, hands: Hands) -> tuple[float, ...]:
    """The pedal, and how many keys the last chord had; none is down where this counts."""
    return (hands.pedal, min(len(call.chord), MOST_KEYS))


def _rest(call: Call, key: Key | None) -> tuple[float, ...]:
    """How the last chord stands in the key."""
    if key is None or not call.chord:
        return (0.0,) * 7
    bass, top = ((end - key.tonic) % 12 for end in (min(call.chord), max(call.chord)))
    third = 3 if key.minor else 4
    return (key.minor, bass == 0, bass == 7, top == 0, top == third, top == 7, top in (2, 11))


def _expected(who_step: Row) -> Row:
    """By when an event of each part is expected, and that the machine is next, as log-odds."""
    sums = np.cumsum(np.exp(who_step.astype(np.float64)), axis=1)
    sums /= sums[:, -1].sum()
    soon = sums[:, np.searchsorted(STEP_S, SOON_S)]
    shares = np.concatenate([soon[PLAYER], soon[MACHINE], sums[MACHINE, -1:]])
    shares = np.clip(shares, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return np.asarray(np.log(shares / (1.0 - shares)), np.float32)
