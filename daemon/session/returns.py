"""What comes back of what went out, by the loops that are known. Pure: no I/O, no clock.

Times are in seconds, keys and shifts in semitones.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from antiphon.daemon import midi

JITTER_S = 0.02
"""How far from a loop's delay a message may come."""

GONE = 4
"""So many in a row that stay away end it."""

REMEMBERED = 96
"""So many messages may be under way in a loop."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What a loop does to a message: how many seconds later and semitones higher it comes back."""

    delay_s: float
    shift: int

    def fits(self, delay_s: float, jitter_s: float = JITTER_S) -> bool:
        """Whether a message so long after another may be its copy."""
        return abs(delay_s - self.delay_s) <= jitter_s

    def is_like(self, other: "Loop", jitter_s: float = JITTER_S) -> bool:
        """Whether both may be the same loop."""
        return self.shift == other.shift and self.fits(other.delay_s, jitter_s)

    @property
    def in_words(self) -> str:
        """For the user."""
        late = f"{self.delay_s * 1e3:.0f} ms later"
        return f"{late}, {self.shift:+d} semitones" if self.shift else late


class Tells(Enum):
    """What it means that a message comes back after the delay of those before it."""

    NOTHING = "it was as the player played it, who may do so again"
    ALL = "no player could know of it"
    SOON = "the dice had it go out in time"
    LATE = "the dice had it go out late"


@dataclass(frozen=True, slots=True)
class Sent:
    """Copies have the same ``mark`` and differ by key alone, which is 0 but for notes."""

    number: int
    time: float
    mark: bytes
    key: int
    channel: int
    tells: Tells

    def is_copied_by(self, mark: bytes, key: int, shift: int) -> bool:
        """Whether a message may be this one, so many semitones higher."""
        return (self.mark, self.key + shift) == (mark, key)


@dataclass(slots=True)
class _Known:
    """A loop, and the numbers of what it has brought back."""

    loop: Loop
    newest: int
    brought: set[int] = field(default_factory=set)


class Returns:
    """What went out lately, and the loops that bring it back."""

    def __init__(self) -> None:
        self.count = 0
        """So many messages went out."""
        self.sent: deque[Sent] = deque(maxlen=REMEMBERED)
        self._known: list[_Known] = []

    @property
    def loops(self) -> list[Loop]:
        """Those that there are, as far as is known."""
        return [one.loop for one in self._known]

    def send(self, mark: bytes, key: int, channel: int, now: float, tells: Tells) -> None:
        """A message goes out."""
        self.count += 1
        self.sent.append(Sent(self.count, now, mark, key, channel, tells))
        self._known = [one for one in self._known if not self._stays_away(one, now)]

    def prove(self, loop: Loop, since: float) -> bool:
        """There is a loop, which brought back all that was sent before that time: is it news?"""
        if any(known.is_like(loop) for known in self.loops):
            return False
        newest = self.count - sum(one.time > since for one in self.sent)
        self._known.append(_Known(loop, newest))
        return True

    def forget(self) -> None:
        """There is no loop any more."""
        self._known.clear()

    def brings(self, mark: bytes, key: int, now: float) -> bool:
        """Whether a message that came in is one of a known loop's."""
        return any(self._is_brought(one, mark, key, now) for one in self._known)

    def _is_brought(self, known: _Known, mark: bytes, key: int, now: float) -> bool:
        loop = known.loop
        for one in self.sent:
            is_copy = one.is_copied_by(mark, key, loop.shift) and loop.fits(now - one.time)
            # Each once: what is played again just then is not taken for it too.
            if is_copy and one.number not in known.brought:
                known.newest = max(known.newest, one.number)
                oldest = self.sent[0].number
                known.brought = {number for number in known.brought if number >= oldest}
                known.brought.add(one.number)
                return True
        return False

    def _stays_away(self, known: _Known, now: float) -> bool:
        """Whether it is gone; keys that it moves out of all keyboards do not tell."""
        due_s = now - known.loop.delay_s - JITTER_S
        away = (
            one
            for one in self.sent
            if one.number > known.newest
            and one.time < due_s
            and one.key + known.loop.shift in midi.KEYS
        )
        return sum(1 for _ in away) >= GONE
