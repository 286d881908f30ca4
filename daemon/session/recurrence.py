"""What comes in as it went out, in order, after the same delay: a loop, or what looks like one.

Pure: no I/O, no clock. Times are in seconds, keys and shifts in semitones.
"""

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.session.probe import LONGEST_S
from antiphon.daemon.session.returns import JITTER_S, Loop, Returns, Sent, Tells

SHORT_S = 0.06
"""Up to where a delay is short; beyond `LONGEST_S` a loop is not known as one."""

EXACT_S = 0.006
"""How exact a loop has to be for what went out late on purpose to be told from what did not."""

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

LAYERS_S = 0.02
"""A keyboard has sent a note on all of its channels in this time: 16 of them by a MIDI cable."""

LIKELY, MOST_SUSPECTS = 4, 24
"""So many of what went out are tried for each that comes in, and so many loops at once.

With more, a flood would cost too much.
"""


@dataclass(slots=True)
class _Suspect:
    """A loop that brought back ``count`` messages in a row, ``newest`` the last of them."""

    loop: Loop
    newest: int
    asks_at: int
    count: int = 1
    told: Counter[Tells] = field(default_factory=Counter)
    told_of_s: float = -math.inf

    def brings(self, one: Sent) -> None:
        """One more in the row."""
        self.newest = one.number
        self.count += 1
        if one.time - self.told_of_s > CHORD_S or one.tells in (Tells.ALL, Tells.LATE):
            self.told[one.tells] += 1
            self.told_of_s = one.time

    @property
    def is_loop(self) -> bool:
        """Whether it is beyond doubt."""
        is_late_too = self.told[Tells.SOON] >= SOON and self.told[Tells.LATE] >= LATE
        return is_late_too or self.told[Tells.ALL] >= UNKNOWABLE


@dataclass
class Stream:
    """Messages of one sort as they go out and come in."""

    jitter_s: float = JITTER_S
    """How far from the delay of a loop that is not known yet a message may come."""
    worth: int = 1
    """So many in a row say as much as one of a stream where more has to agree."""
    returns: Returns = field(default_factory=Returns)
    suspects: list[_Suspect] = field(default_factory=list)
    """What may be a loop."""
    asks: int | None = None
    """The channel on which there may be a loop."""
    doubts: Loop | None = None
    """What may be a loop, though questions did not help."""
    proof: Loop | None = None
    """What must be one."""
    _doubted: int = DOUBTED

    def prove(self, loop: Loop, since: float) -> None:
        """There is a loop, which brought back all that was sent before that time."""
        if self.returns.prove(loop, since):
            self.calm()

    def calm(self) -> None:
        """There is an explanation: suspect nothing any more of what was so far."""
        self.suspects.clear()
        self.asks = self.doubts = self.proof = None
        self._doubted = DOUBTED

    def comes_back(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that came in on a channel is one of a known loop's."""
        if self.returns.brings(mark, key, now):
            return True
        if self.returns.loops or not self._is_layer(mark, key, channel, now):
            self.suspects = [one for one in self.suspects if self._may_be(one, mark, key, now)]
            self._suspect_more(mark, key, now)
        return False

    def _is_layer(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that comes in may be the same once more, on another channel."""
        since = now - LAYERS_S
        just_now = itertools.takewhile(lambda one: one.time >= since, reversed(self.returns.sent))
        alike = [one for one in just_now if one.is_copied_by(mark, key, 0)]
        return all(one.channel != channel for one in alike) and any(
            one.tells is Tells.NOTHING for one in alike
        )

    def _may_be(self, suspect: _Suspect, mark: bytes, key: int, now: float) -> bool:
        """Whether it may still be a loop, and has brought this message or not."""
        loop = suspect.loop
        due = self._due(suspect.newest + 1, loop.shift)
        if due is None:
            return suspect.newest + 1 >= self.returns.sent[0].number
        late_s = now - due.time - loop.delay_s
        if due.is_copied_by(mark, key, loop.shift) and abs(late_s) <= self.jitter_s:
            suspect.brings(due)
            self._judge(suspect, due.channel)
            return True
        return late_s <= self.jitter_s

    def _due(self, number: int, shift: int) -> Sent | None:
        """What has to come next, from a number on; None if it is forgotten or was never sent."""
        sent = self.returns.sent
        place = number - sent[0].number
        while 0 <= place < len(sent):
            if sent[place].key + shift in midi.KEYS:
                return sent[place]
            place += 1
        return None

    def _suspect_more(self, mark: bytes, key: int, now: float) -> None:
        """The latest messages that this one may be a copy of, and in turn one of the others."""
        sent = self.returns.sent
        if not sent or len(self.suspects) >= MOST_SUSPECTS:
            return
        likely = list(itertools.islice((one for one in reversed(sent) if one.mark == mark), LIKELY))
        turn = sent[self.returns.count % len(sent)]
        if turn.mark == mark:
            likely.append(turn)
        for one in likely:
            loop = Loop(now - one.time, key - one.key)
            is_new = not any(one.loop.is_like(loop, EXACT_S) for one in self.suspects)
            if is_new and loop.delay_s <= LONGEST_S:
                asks_at = self.worth * (SUSPECT if loop.delay_s <= SHORT_S else SUSPECT_LATE)
                self.suspects.append(_Suspect(loop, one.number, asks_at))

    def _judge(self, suspect: _Suspect, channel: int) -> None:
        loop, count = suspect.loop, suspect.count
        if suspect.is_loop:
            self.proof = loop
        if count < suspect.asks_at or self._has_better(suspect):
            return
        suspect.asks_at = 2 * count
        self.asks = channel
        if count >= self.worth * self._doubted:
            self.doubts = loop
            self._doubted = min(2 * self._doubted, MOST_DOUBTED)

    def _has_better(self, suspect: _Suspect) -> bool:
        rivals = (one for one in self.suspects if one.loop.shift == suspect.loop.shift)
        return any(one.count > suspect.count for one in rivals)
