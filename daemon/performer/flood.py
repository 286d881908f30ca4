"""More notes than anybody plays, as from a file at ten times its speed. Pure."""

from collections import deque
from dataclasses import dataclass, field

from antiphon.daemon.messages import Problem

MANY, WITHIN_S = 150, 1.0
"""So many keys in this time are a flood; fewer than half of them are none any more."""

TOLD = Problem(
    f"more than {MANY} notes a second come in: the machine is silent until there are fewer", "flood"
)
OVER = Problem("", TOLD.about)


@dataclass
class Flood:
    """Told of each key of the player's; times are absolute seconds."""

    is_on: bool = False
    _told: bool = False
    _strikes: deque[float] = field(default_factory=lambda: deque(maxlen=MANY))

    def strike(self, time_s: float) -> None:
        """A key goes down."""
        self._strikes.append(time_s)
        if len(self._strikes) == MANY and time_s - self._strikes[0] <= WITHIN_S:
            self.is_on = True
        elif self.is_on:
            self.is_on = self._flows(time_s)

    def news(self, now: float) -> list[Problem]:
        """A line for the user once there is a flood; its end, which needs no further key."""
        told = self.is_on and self._flows(now)
        if told == self._told:
            return []
        self._told = told
        return [TOLD if told else OVER]

    def _flows(self, now: float) -> bool:
        return now - self._strikes[-MANY // 2] <= WITHIN_S
