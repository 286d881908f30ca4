"""What goes out and comes back in, in order, after the same delay: a loop, or what looks like one.

Pure: no I/O, no clock. Times are in seconds, keys and shifts in semitones.
"""

import itertools
import math
from collections import Counter, deque
from collections.abc import Container
from dataclasses import dataclass, field
from enum import Enum

from antiphon.daemon import midi
from antiphon.daemon.session.probe import LONGEST_S

SHORT_S = 0.06
"""Up to where a delay is short; beyond `LONGEST_S` a loop is not known as one."""

JITTER_S, LONG_JITTER_S = 0.02, 0.006
"""How far from a loop's delay a message may come; and from one's that is long and not known yet."""

SUSPECT, SUSPECT_LATE = 3, 8
"""So many messages in a row look like a short loop or a long one; so does twice as many, and so on.

A melody that a sequencer plays, all notes alike, looks like a long one for a few notes.
"""

DOUBTED, MOST_DOUBTED = 8, 128
"""After so many in a row the player's notes are marked; each time in vain, twice as many."""

UNKNOWABLE = 8
"""So many in a row that no player could know of prove a loop."""

SOON, LATE = 9, 3
"""So do so many in a row that went out in time and so many that went out late.

Who keeps time exactly does not with the late ones, and who does not is seldom in time so often.
"""

CHORD_S = 0.03
"""What goes out within this time is of one hand: if one is in time by chance, so are all."""

TOO_FAST_S, TOO_MANY = 0.045, 64
"""So many strokes in a row, each so soon after its like, are more than hands and ratchets play.

Of so many one is not passed on.
"""

GONE = 4
"""So many in a row that stay away end it."""

LAYERS_S = 0.02
"""A keyboard has sent a note on all of its channels in this time: 16 of them by a MIDI cable."""

REMEMBERED, LIKELY, MOST_SUSPECTS = 96, 4, 24
"""So many messages may be under way in a loop; so many of them are tried for each that comes in,
and so many loops at once. With more, a flood would cost too much.
"""


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
class _Sent:
    """Copies have the same ``mark`` and differ by key alone, which is 0 but for notes."""

    number: int
    time: float
    mark: bytes
    key: int
    channel: int
    tells: Tells


@dataclass(slots=True)
class _Suspect:
    """A loop that brought back ``count`` messages in a row, ``newest`` the last of them."""

    loop: Loop
    newest: int
    asks_at: int
    races_at: int = TOO_MANY
    count: int = 1
    told: Counter[Tells] = field(default_factory=Counter)
    told_of_s: float = -math.inf

    def brings(self, one: _Sent) -> None:
        """One more in the row."""
        self.newest = one.number
        self.count += 1
        if one.time - self.told_of_s > CHORD_S or one.tells is Tells.ALL:
            self.told[one.tells] += 1
            self.told_of_s = one.time

    @property
    def is_loop(self) -> bool:
        """Whether it is beyond doubt."""
        is_late_too = self.told[Tells.SOON] >= SOON and self.told[Tells.LATE] >= LATE
        return is_late_too or self.told[Tells.ALL] >= UNKNOWABLE


@dataclass(slots=True)
class _Known:
    """A loop, and the numbers of what it has brought back."""

    loop: Loop
    newest: int
    brought: set[int] = field(default_factory=set)


@dataclass
class Stream:
    """Messages of one sort as they go out and come in."""

    jitter_s: float = JITTER_S
    """By how much a short loop that is not known yet may be late."""
    worth: int = 1
    """So many in a row say as much as one of a stream where more has to agree."""
    shifts: Container[int] = range(-127, 128)
    """By how much keys may have moved in a loop that is not known yet."""
    count: int = 0
    sent: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    suspects: list[_Suspect] = field(default_factory=list)
    """What may be a loop."""
    known: list[_Known] = field(default_factory=list)
    """What is one."""
    asks: int | None = None
    """The channel on which there may be a loop."""
    doubts: Loop | None = None
    """What may be a loop, though questions did not help."""
    proof: Loop | None = None
    """What must be one."""
    races: Loop | None = None
    """What goes round faster than anybody plays, by the latest message."""
    _doubted: int = DOUBTED

    def send(self, mark: bytes, key: int, channel: int, now: float, tells: Tells) -> None:
        """A message goes out."""
        self.count += 1
        self.sent.append(_Sent(self.count, now, mark, key, channel, tells))
        self.known = [one for one in self.known if not self._stays_away(one, now)]

    def prove(self, loop: Loop, since: float) -> None:
        """There is a loop, which brought back all that was sent before that time."""
        if not any(one.loop.is_like(loop) for one in self.known):
            newest = self.count - sum(one.time > since for one in self.sent)
            self.known.append(_Known(loop, newest))
            self.calm()

    def calm(self) -> None:
        """There is an explanation: suspect nothing any more of what was so far."""
        self.suspects.clear()
        self.asks = self.doubts = self.proof = self.races = None
        self._doubted = DOUBTED

    def comes_back(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that came in on a channel is one of a known loop's."""
        self.races = None
        if any(self._is_brought(one, mark, key, now) for one in self.known):
            return True
        if self.known or not self._is_layer(mark, key, channel, now):
            self.suspects = [one for one in self.suspects if self._may_be(one, mark, key, now)]
            self._suspect_more(mark, key, now)
        return False

    def _is_layer(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that comes in may be the same once more, on another channel."""
        since = now - LAYERS_S
        just_now = itertools.takewhile(lambda one: one.time >= since, reversed(self.sent))
        alike = [one for one in just_now if (one.mark, one.key) == (mark, key)]
        return all(one.channel != channel for one in alike) and any(
            one.tells is Tells.NOTHING for one in alike
        )

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

    def _is_brought(self, known: _Known, mark: bytes, key: int, now: float) -> bool:
        loop = known.loop
        for one in self.sent:
            is_copy = (one.mark, one.key + loop.shift) == (mark, key) and loop.fits(now - one.time)
            # Each once: what is played again just then is not taken for it too.
            if is_copy and one.number not in known.brought:
                known.newest = max(known.newest, one.number)
                oldest = self.sent[0].number
                known.brought = {number for number in known.brought if number >= oldest}
                known.brought.add(one.number)
                return True
        return False

    def _may_be(self, suspect: _Suspect, mark: bytes, key: int, now: float) -> bool:
        """Whether it may still be a loop, and has brought this message or not."""
        loop = suspect.loop
        due = self._due(suspect.newest + 1, loop.shift)
        if due is None:
            return suspect.newest + 1 >= self.sent[0].number
        late_s = now - due.time - loop.delay_s
        is_copy = (due.mark, due.key + loop.shift) == (mark, key)
        jitter_s = self.jitter_s if loop.delay_s <= SHORT_S else LONG_JITTER_S
        if is_copy and abs(late_s) <= jitter_s:
            suspect.brings(due)
            self._judge(suspect, due.channel)
            return True
        return late_s <= jitter_s

    def _due(self, number: int, shift: int) -> _Sent | None:
        """What has to come next, from a number on; None if it is forgotten or was never sent."""
        place = number - self.sent[0].number
        while 0 <= place < len(self.sent):
            if 0 <= self.sent[place].key + shift < len(midi.KEYS):
                return self.sent[place]
            place += 1
        return None

    def _suspect_more(self, mark: bytes, key: int, now: float) -> None:
        """The latest messages that this one may be a copy of, and in turn one of the others."""
        if not self.sent or len(self.suspects) >= MOST_SUSPECTS:
            return
        alike = (
            one for one in reversed(self.sent) if one.mark == mark and key - one.key in self.shifts
        )
        likely = list(itertools.islice(alike, LIKELY))
        turn = self.sent[self.count % len(self.sent)]
        if turn.mark == mark and key - turn.key in self.shifts:
            likely.append(turn)
        for one in likely:
            loop = Loop(now - one.time, key - one.key)
            is_new = not any(one.loop.is_like(loop, LONG_JITTER_S) for one in self.suspects)
            if is_new and loop.delay_s <= LONGEST_S:
                asks_at = self.worth * (SUSPECT if loop.delay_s <= SHORT_S else SUSPECT_LATE)
                self.suspects.append(_Suspect(loop, one.number, asks_at))

    def _judge(self, suspect: _Suspect, channel: int) -> None:
        loop, count = suspect.loop, suspect.count
        if suspect.is_loop:
            self.proof = loop
        if count < min(suspect.asks_at, suspect.races_at) or self._has_better(suspect):
            return
        if count >= suspect.races_at:
            suspect.races_at += TOO_MANY
            if loop.shift == 0 and loop.delay_s <= TOO_FAST_S:
                self.races = loop
        if count >= suspect.asks_at:
            suspect.asks_at = 2 * count
            self.asks = channel
            if count >= self.worth * self._doubted:
                self.doubts = loop
                self._doubted = min(2 * self._doubted, MOST_DOUBTED)

    def _has_better(self, suspect: _Suspect) -> bool:
        rivals = (one for one in self.suspects if one.loop.shift == suspect.loop.shift)
        return any(one.count > suspect.count for one in rivals)
