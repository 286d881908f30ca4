"""Turn rules judged on pauses: how often they take a turn too early, how late they take it. Pure.

A *false entry* is a turn taken within a phrase; a *sure* one, where the player surely was not done
(``phrases`` says where that is unsure). A *delay* is the time from the last note event of a
finished phrase, its last key let go, to the turn taken; a turn taken while the last note is still
held has no delay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.daemon.performer import readiness
from antiphon.daemon.performer.moments import Moment
from antiphon.daemon.performer.turns import Call, Limits, turn_end_s
from antiphon.export.replays import Pause, Wait

Foreseen = Callable[[Moment], readiness.Floats]
"""The chances of ``foresight`` after a moment."""

Rule = Callable[[Wait], float]
"""When the turn ends if nothing more comes, absolute; infinite for never."""

NEVER_S = 10.0
"""The delay of a turn that is never taken, and the longest."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The pauses of a passage of so many seconds."""

    dataset: str
    seconds: float
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule did: false entries, phrases broken into (a share), delays in seconds."""

    phrases: int
    false_per_minute: float
    sure_per_minute: float
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


def adaptive(foreseen: Foreseen, patience_s: float, limits: Limits) -> Rule:
    """The rule of ``readiness``; ``foreseen`` gives the chances after a moment."""
    return lambda wait: readiness.over_s(wait.moment, foreseen(wait.moment), patience_s, limits)


def taken_s(rule: Rule, pause: Pause) -> float | None:
    """When a rule takes the turn in a pause, None if it does not."""
    return next((at for wait in pause.waits if (at := rule(wait)) < wait.until_s), None)


def judge(rule: Rule, performances: Sequence[Performance]) -> Verdict:
    """A rule's verdict; raises ValueError where no phrase ends."""
    broken = false_entries = sure = 0
    delays_s: list[float] = []
    for performance in performances:
        inside = 0
        for pause in performance.pauses:
            at_s = taken_s(rule, pause)
            if pause.place.end is None:
                inside += at_s is not None
                false_entries += at_s is not None
                sure += at_s is not None and not pause.place.unsure
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
        sure_per_minute=sure / minutes,
        broken=broken / len(delays_s),
        delay_median_s=float(np.median(delays_s)),
        delay_mean_s=float(np.mean(delays_s)),
        delay_p90_s=float(np.percentile(delays_s, 90)),
    )
