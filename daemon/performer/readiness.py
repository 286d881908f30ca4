"""How likely it is that the player's turn is over, from the model and the player's own time. Pure.

Each event of the player's makes a ``Moment``. From it alone the chance that the turn is over is
known for every length of the silence that may follow: a logistic function of the model's
expectation, the player's gaps, pedal, cadence and the silence itself. The turn ends where that
chance reaches what eagerness asks for; while a key is held, it does not but after a long time.
``antiphon evaluate turns --fit`` fits the weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.turns import Call, Limits
from antiphon.model.events import MACHINE, PLAYER, STEP_S

Floats = NDArray[np.float64]

SCAN_S = 0.02
"""Silences are looked at in steps of this length."""

SHORTEST_BEAT_S, LONGEST_BEAT_S = 0.3, 1.5
"""A player's slow gap stands for the beat, between these."""

USUAL_GAP_S = 0.4
"""The gap of a player who has only just begun."""

LONG_S = 1.0
"""A gap that is long for most players."""

LEAST_SHARE = 0.002
"""Shares are kept this far from none and from all, so that their odds stay finite."""

SHORT_TURN_S, LONG_TURN_S = 2.0, 4.0
"""Turns get likelier to be over while they grow from the first to the second length."""

WEIGHTS = {
    "always": -3.261,
    "player not expected within a beat": 0.389,
    "machine expected": 0.012,
    "a long gap foreseen": 0.116,
    "silence foreseen": -0.231,
    "silence": 0.046,
    "silence in usual gaps": -0.270,
    "gap": 0.568,
    "gap in slow gaps": 0.423,
    "gap in usual gaps": 0.253,
    "gap in widest gaps": 0.713,
    "last gap in slow gaps": -0.055,
    "last note so far": -0.236,
    "pedal down": -0.273,
    "cadence": 0.003,
    "length of the turn": 3.048,
}
"""The features and what each adds to the log-odds, in the order of ``features``.

A silence is the time since the player's last event, a gap that since the last onset.
"""

LATE_LOGIT, SOON_LOGIT = 3.0, 0.0
"""The log-odds that end a turn at no and at full eagerness."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known when the player's latest event has come; times are seconds.

    ``slow_gap_s`` is the longer sort among the last gaps between onsets, ``last_gap_s`` the last of
    them; ``usual_gap_s`` and ``widest_gap_s`` are the median and the longest of a longer while.
    ``cadence`` in [0, 1] says how far the last chord rests on the tonic. ``who_step`` (2, 199) is
    the model's joint log-probability of whose event comes next and when.
    """

    last_onset_s: float
    last_event_s: float
    slow_gap_s: float
    last_gap_s: float
    usual_gap_s: float
    widest_gap_s: float
    keys_held: int
    pedal: bool
    cadence: float
    length_s: float
    who_step: NDArray[np.float32]


def moment(call: Call, hands: Hands, key: Key | None, who_step: NDArray[np.float32]) -> Moment:
    """The moment after the player's latest event; ``key`` is that of the music, if there is one."""
    slow_gap_s = call.slow_gap_s
    habit_s = sorted(call.habit_s) or [USUAL_GAP_S]
    return Moment(
        last_onset_s=call.last_onset_s,
        last_event_s=call.last_event_s,
        slow_gap_s=USUAL_GAP_S if slow_gap_s is None else slow_gap_s,
        last_gap_s=USUAL_GAP_S if slow_gap_s is None else call.gaps_s[-1],
        usual_gap_s=habit_s[len(habit_s) // 2],
        widest_gap_s=habit_s[-1],
        keys_held=len(hands.keys),
        pedal=hands.pedal,
        cadence=_rest_on(key, call.chord),
        length_s=call.length_s,
        who_step=who_step,
    )


def _rest_on(key: Key | None, chord: list[int]) -> float:
    """How far a chord rests on the tonic: half for its bass, half for its top."""
    if key is None or not chord:
        return 0.0
    return sum(end % 12 == key.tonic for end in (min(chord), max(chord))) / 2


def features(known: Moment, silence_s: Floats) -> Floats:
    """The features (N, F) after silences (N,), longer than 0, since the moment's event."""
    alone, machine, foreseen, long = _expected(known, silence_s)
    sounded_s = known.last_event_s - known.last_onset_s
    silence, gap = np.log(silence_s), np.log(silence_s + sounded_s)
    one = np.ones(len(silence_s))
    columns = (
        one,
        alone,
        machine,
        one * long,
        foreseen,
        silence,
        silence - np.log(known.usual_gap_s),
        gap,
        gap - np.log(known.slow_gap_s),
        gap - np.log(known.usual_gap_s),
        gap - np.log(known.widest_gap_s),
        one * np.log(known.last_gap_s / known.slow_gap_s),
        one * np.log(max(sounded_s, SCAN_S)),
        one * known.pedal,
        one * known.cadence,
        one * np.log(min(max(known.length_s, SHORT_TURN_S), LONG_TURN_S)),
    )
    return np.stack(columns, axis=1)


def _expected(known: Moment, silence_s: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """What the model expects, as log-odds.

    Given the silences (N,): that no event of the player's comes within a beat, and that the next
    event is the machine's. Before anything is known of the silence: that it gets so long, and that
    it gets as long as ``LONG_S``.
    """
    chance = np.exp(known.who_step.astype(np.float64))
    sums = np.concatenate([np.zeros((2, 1)), np.cumsum(chance, axis=1)], axis=1)
    sums /= sums[:, -1].sum()
    beat_s = min(max(known.slow_gap_s, SHORTEST_BEAT_S), LONGEST_BEAT_S)
    now = np.searchsorted(STEP_S, silence_s, side="right")
    later = np.searchsorted(STEP_S, silence_s + beat_s, side="right")
    rest = sums[:, -1:] - sums[:, now]
    whole = np.maximum(rest.sum(axis=0), 1e-9)
    soon = (sums[PLAYER, later] - sums[PLAYER, now]) / whole
    long = 1.0 - sums[:, np.searchsorted(STEP_S, LONG_S)].sum()
    return (
        _log_odds(1.0 - soon),
        _log_odds(rest[MACHINE] / whole),
        _log_odds(whole),
        _log_odds(np.array(long)),
    )


def _log_odds(share: Floats) -> Floats:
    share = np.clip(share, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return np.asarray(np.log(share / (1.0 - share)))


def log_odds(known: Moment, silence_s: Floats, weights: Floats) -> Floats:
    """How likely the turn is over after silences (N,) since the moment's event, as log-odds.

    ``weights`` (F,) in the order of ``features``.
    """
    return np.asarray(features(known, silence_s) @ weights)


def threshold(eagerness: float) -> float:
    """The log-odds that end a turn."""
    return LATE_LOGIT + (SOON_LOGIT - LATE_LOGIT) * eagerness


def silences(limits: Limits) -> Floats:
    """The silences that may end a turn, from the floor to the ceiling."""
    count = int(np.ceil((limits.ceiling_s - limits.floor_s) / SCAN_S)) + 1
    return np.linspace(limits.floor_s, limits.ceiling_s, count)


def over_s(known: Moment, odds: float, limits: Limits, weights: Floats) -> float:
    """When the log-odds that the turn is over reach ``odds`` if nothing more comes, absolute."""
    if known.keys_held:
        return known.last_event_s + limits.held_s
    waits_s = silences(limits)
    over = np.flatnonzero(log_odds(known, waits_s, weights) >= odds)
    return known.last_event_s + float(waits_s[over[0]] if len(over) else limits.ceiling_s)


def turn_over_s(known: Moment, eagerness: float, limits: Limits) -> float:
    """When the turn ends if nothing more comes, as an absolute time."""
    return over_s(known, threshold(eagerness), limits, np.array(list(WEIGHTS.values())))
