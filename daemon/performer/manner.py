"""How a mode plays. A value."""

import math
from dataclasses import dataclass

NEARS_S = 0.25
"""So long before a draft begins, the player will hardly go on, and there is time to draw it."""


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

    def nears_s(self, earliest_s: float) -> float:
        """From when on a draft that begins then is drawn whole, where it is to be."""
        return earliest_s - NEARS_S if self.whole_s else math.inf

    def reach_s(self, earliest_s: float, now: float) -> float:
        """How far ahead a draft that begins then is drawn now."""
        return max(self.ahead_s, self.whole_s) if now >= self.nears_s(earliest_s) else self.ahead_s
