"""Turn rules judged on pauses: how often they take a turn too early, how late they take it. Pure.

A *false entry* is a turn taken within a phrase. A *delay* is the time from the last note event of a
finished phrase, its last key let go, to the turn taken; a turn taken while the last note is still
held has no delay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer import readiness
from antiphon.daemon.performer.turns import Call, Limits, turn_end_s
from antiphon.export.phrases import SHORTEST_PHRASE_S
from antiphon.export.replays import Pause, Wait

Floats = NDArray[np.float64]
Rule = Callable[[Wait], float]
"""When the turn ends if nothing more comes, absolute; infinite for never."""

NEVER_S = 10.0
"""The delay of a turn that is never taken, and the longest."""

FIT_STEP_S, FIT_UNTIL_S = 0.1, 2.0
"""The silences that weights are fitted on."""

RIDGE = 1.0
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Performance:
    """The pauses of a passage of so many seconds."""

    dataset: str
    seconds: float
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule did: entries within phrases, phrases broken into (a share), delays in seconds."""

    phrases: int
    false_per_minute: float
    broken: float
    delay_median_s: float
    delay_mean_s: float
    delay_p90_s: float


def fixed(silence_s: float) -> Rule:
    """No key is down and nothing has been struck or let go for ``silence_s``."""
    return lambda wait: np.inf if wait.moment.keys_held else wait.note_s + silence_s


def by_pace(eagerness: float, limits: Limits) -> Rule:
    """The rule that knows of the player's pace alone."""

    def rule(wait: Wait) -> float:
        known = wait.moment
        call = Call(0.0, known.last_onset_s, known.last_event_s)
        call.gaps_s.append(known.slow_gap_s)
        return turn_end_s(call, known.keys_held, eagerness, limits)

    return rule


def adaptive(threshold: float, limits: Limits, weights: Floats) -> Rule:
    """The rule of ``readiness`` at a threshold of log-odds."""
    return lambda wait: readiness.over_s(wait.moment, threshold, limits, weights)


def taken_s(rule: Rule, pause: Pause) -> float | None:
    """When a rule takes the turn in a pause, None if it does not."""
    return next((at for wait in pause.waits if (at := rule(wait)) < wait.until_s), None)


def judge(rule: Rule, performances: Sequence[Performance]) -> Verdict:
    """A rule's verdict; raises ValueError where no phrase ends."""
    broken = false_entries = 0
    delays_s: list[float] = []
    for performance in performances:
        inside = 0
        for pause in performance.pauses:
            at_s = taken_s(rule, pause)
            if pause.place.end is None:
                inside += at_s is not None
                false_entries += at_s is not None
                continue
            broken += inside > 0
            inside = 0
            late_s = NEVER_S if at_s is None else at_s - pause.released_s
            delays_s.append(min(max(late_s, 0.0), NEVER_S))
    if not delays_s:
        raise ValueError("no phrase ends in these performances")
    minutes = sum(performance.seconds for performance in performances) / 60.0
    return Verdict(
        phrases=len(delays_s),
        false_per_minute=false_entries / minutes,
        broken=broken / len(delays_s),
        delay_median_s=float(np.median(delays_s)),
        delay_mean_s=float(np.mean(delays_s)),
        delay_p90_s=float(np.percentile(delays_s, 90)),
    )


def fitted(performances: Sequence[Performance]) -> dict[str, float]:
    """Weights for ``readiness``: logistic regression, ridge, on every silence heard so far.

    Each silence without a key down counts once for each tenth of a second that it lasted, up to
    2 s: was the phrase over? Phrases too short to end by definition are left out. Solved by
    Newton's method (iteratively reweighted least squares).
    """
    rows: list[Floats] = []
    over: list[Floats] = []
    for performance in performances:
        for pause in performance.pauses:
            for wait in pause.waits:
                if wait.moment.keys_held or wait.moment.length_s < SHORTEST_PHRASE_S:
                    continue
                lasted_s = min(wait.until_s - wait.moment.last_event_s, FIT_UNTIL_S)
                silence_s = np.arange(FIT_STEP_S, lasted_s, FIT_STEP_S)
                rows.append(readiness.features(wait.moment, silence_s))
                over.append(np.full(len(silence_s), float(pause.place.end is not None)))
    seen, truth = np.concatenate(rows), np.concatenate(over)
    weights = np.zeros(seen.shape[1])
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(seen @ weights, -30.0, 30.0)))
        slope = seen.T @ (chance - truth) + RIDGE * weights
        curve = (seen * (chance * (1.0 - chance))[:, None]).T @ seen
        weights = weights - np.linalg.solve(curve + RIDGE * np.eye(len(weights)), slope)
    return dict(zip(readiness.WEIGHTS, weights.tolist(), strict=True))
