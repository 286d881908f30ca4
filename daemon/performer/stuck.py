"""Keys and a pedal that seem to be stuck: told to the user while they are. Pure.

They are not let go: a drone may be meant, and panic ends what is not. But a key that is held for
long says nothing any more of whether the player goes on.
"""

from dataclasses import dataclass, field

from antiphon.daemon.messages import Problem
from antiphon.daemon.performer.context import Hands

LONG_S = 60.0
"""Nobody holds a key or a pedal for so long by the way."""

DRONE_S = 8.0
"""A key that is held for so long is none that the next one waits for."""


@dataclass
class Drones:
    """Told of the player's keys; times are absolute seconds."""

    _struck_s: dict[int, float] = field(default_factory=dict)

    def strike(self, time_s: float, key: int) -> None:
        """A key goes down."""
        self._struck_s[key] = time_s

    def left_out(self, hands: Hands, now: float) -> Hands:
        """The hands without the keys that are held for long."""
        keys = {key for key in hands.keys if now - self._struck_s.get(key, now) < DRONE_S}
        return Hands(keys, hands.pedal)


@dataclass
class Stuck:
    """Shown the player's hands now and then; remembers since when it sees each thing held."""

    _since_s: dict[str, float] = field(default_factory=dict)
    _told: list[str] = field(default_factory=list)

    def look(self, hands: Hands, now: float) -> list[Problem]:
        """A line for the user where other things than before have been held for long, or none."""
        held = {f"key {key}" for key in hands.keys} | ({"the pedal"} if hands.pedal else set())
        self._since_s = {name: self._since_s.get(name, now) for name in sorted(held)}
        stuck = [name for name, since_s in self._since_s.items() if now - since_s >= LONG_S]
        if stuck == self._told:
            return []
        self._told = stuck
        words = f"{', '.join(stuck)} held for {LONG_S:g} s: if it is stuck, panic lets go of it"
        return [Problem(words if stuck else "", "stuck")]
