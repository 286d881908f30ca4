"""How a mode plays. A value."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """How a mode plays.

    ``parts``: whose events may come next; with the player's among them the draft waits where the
    player is likelier to. ``ahead_s``: how far ahead it is drawn, and ``whole_s`` shortly before it
    begins, so that it can be judged as a whole. ``commit_s``: how long before its time an event is
    handed over, infinity for at once. A note of the player's withdraws it where it
    ``yields``, and what it has not begun where it is ``fresh``. ``alone_s``: how long it goes on
    after the player's last event.
    """

    parts: tuple[int, ...]
    ahead_s: float
    commit_s: float
    yields: bool
    fresh: bool = False
    alone_s: float = math.inf
    whole_s: float = 0.0
