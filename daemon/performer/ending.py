"""How a stretch of the machine's part comes to its end: from when on one is looked for, and where.

Pure. Shares are of the length that it is to have.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from antiphon.daemon.performer.turns import CHORD_S
from antiphon.model.events import NOTE_OFF, Event

REST_S, REST_PACES = 0.3, 1.5
"""A gap that may end it once it is long enough: so long, and so many of its usual gaps."""

LATELY = 24
"""Of so many events the usual gap is taken."""

NEARLY = 0.85
"""From this share on the end is looked for."""

OVERTIME = 1.5
"""Beyond this share no more notes begin."""

LIMIT = 1.8
"""Beyond this share those that are still held are let go."""


def urgency(share: float, latest: float) -> float:
    """How much the end is wanted: from 0, not yet, to 1, from the share ``latest`` on."""
    return min(max((share - NEARLY) / (latest - NEARLY), 0.0), 1.0)


def rest_s(urgency: float, sounded_s: float, pace_s: float) -> float:
    """After so long a gap it has come to a rest; when it is late, sooner.

    ``sounded_s`` has passed since its latest note began; ``pace_s`` is its usual gap.
    """
    if urgency == 1.0:
        return REST_S
    return max(REST_S, REST_PACES * pace_s - sounded_s)


def usual_gap_s(times_s: Sequence[float], events: Sequence[Event]) -> float:
    """The usual gap from one chord or note to the next, 0 before there is any."""
    lately = zip(times_s[-LATELY:], events[-LATELY:], strict=True)
    onsets_s = [time_s for time_s, event in lately if event.kind < NOTE_OFF]
    gaps_s = [gap for one, other in pairwise(onsets_s) if (gap := other - one) > CHORD_S]
    return median(gaps_s) if gaps_s else 0.0
