"""When the player's turn ends. Pure: told of each event, asked how long a pause has to be.

The pause that ends a turn follows the player's own pace: a multiple of the longer ones among the
last gaps between onsets, between a floor and a ceiling. Keys still held ask for much longer.
"""

from collections import deque
from dataclasses import dataclass, field

CHORD_S = 0.05
"""Onsets closer than this belong to one chord."""

GAPS_KEPT = 8
GAPS_REMEMBERED = 32
SOON, LATE = 1.1, 3.1
"""The multiple of the player's gap at full and at no eagerness."""

ALONE_S = 1.0
"""After a single note or chord, whose player's pace nobody knows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The shortest and the longest pause that ends a turn, in seconds.

    While keys are held only the longest one does.
    """

    floor_s: float
    ceiling_s: float


@dataclass
class Call:
    """The player's turn so far; times are absolute seconds."""

    began_s: float | None = None
    last_onset_s: float = 0.0
    last_event_s: float = 0.0
    gaps_s: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS_KEPT))
    habit_s: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS_REMEMBERED))
    """The gaps of a longer while."""
    chord: list[int] = field(default_factory=list)
    """The keys that were struck last, together."""

    @property
    def length_s(self) -> float:
        """From the first onset to the last event."""
        return 0.0 if self.began_s is None else self.last_event_s - self.began_s

    @property
    def slow_gap_s(self) -> float | None:
        """The longer sort among the last gaps between onsets, None before the first gap."""
        if not self.gaps_s:
            return None
        return sorted(self.gaps_s)[(3 * len(self.gaps_s)) // 4 - (len(self.gaps_s) > 3)]

    def onset(self, time_s: float, key: int) -> None:
        """The player strikes a key."""
        apart = time_s - self.last_onset_s > CHORD_S
        if self.began_s is None:
            self.began_s = time_s
        elif apart:
            self.gaps_s.append(time_s - self.last_onset_s)
            self.habit_s.append(time_s - self.last_onset_s)
        self.chord = [key] if apart else [*self.chord, key]
        self.last_onset_s = self.last_event_s = time_s

    def other(self, time_s: float) -> None:
        """The player lets a key go or moves the pedal."""
        self.last_event_s = time_s

    def over(self) -> None:
        """The turn has passed on; the player's pace is remembered."""
        self.began_s = None


def turn_end_s(call: Call, keys_held: int, eagerness: float, limits: Limits) -> float:
    """When the turn ends if nothing more comes, as an absolute time."""
    if keys_held:
        return call.last_event_s + limits.ceiling_s
    slow_gap_s = call.slow_gap_s
    multiple = LATE + (SOON - LATE) * eagerness
    wished_s = ALONE_S if slow_gap_s is None else multiple * slow_gap_s
    pause_s = min(max(wished_s, limits.floor_s), limits.ceiling_s)
    # A long last note is part of the phrase: the pause counts from its beginning too.
    return max(call.last_onset_s + pause_s, call.last_event_s + limits.floor_s)
