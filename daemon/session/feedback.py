"""Tells what comes back in of our own output from what the player plays. Pure: no I/O, no clock.

A loop, wherever it runs, brings back every message, in the order of sending and after the same
delay, its key shifted by the same interval or not at all. Where so many in a row do, what the loop
brings is ignored from then on, until messages stay away.

A very regular player may look like a loop. But a loop brings nothing that was not sent: a note that
comes although the one that it would be a copy of was ignored shows that it was the player. And a
keyboard that plays on several channels at once is none: what was passed on for the player and comes
in again at once, on another channel, says nothing, until the loop is known by other messages.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.session.ledger import PLAYER, Owner

SHORT_S, LONGEST_S = 0.06, 1.0
"""Up to where a delay is short; beyond the longest a loop is not known as one."""

SHORT_JITTER_S, LONG_JITTER_S = 0.02, 0.006
"""How far from the loop's delay a message may come."""

SURE, SURE_LATE = 4, 8
"""So many notes in a row make a loop, if it is short, and if it is long or of other messages."""

GONE = 4
"""So many in a row that stay away end it."""

SPARED_S = 20.0
"""For so long a player who was taken for a loop is not taken for one again."""

LAYERS_S = 0.02
"""A keyboard has sent a note on all of its channels in this time: 16 of them by a MIDI cable."""

REMEMBERED = 24
"""So many messages may be under way in a loop; with more, a flood would cost too much."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What a loop does to a message: how many seconds later and semitones higher it comes back."""

    delay_s: float
    shift: int

    def fits(self, delay_s: float) -> bool:
        """Whether a message so long after another may be its copy."""
        jitter_s = SHORT_JITTER_S if self.delay_s <= SHORT_S else LONG_JITTER_S
        return abs(delay_s - self.delay_s) <= jitter_s

    @property
    def in_words(self) -> str:
        """For the user."""
        late = f"{self.delay_s * 1e3:.0f} ms later"
        return f"{late}, {self.shift:+d} semitones" if self.shift else late


@dataclass(frozen=True, slots=True)
class _Sent:
    """Copies have the same ``mark`` and differ by key alone, which is 0 but for notes.

    ``channel`` is where it was passed on for the player, None for what the machine played.
    """

    number: int
    time: float
    mark: bytes
    key: int
    channel: int | None = None

    def is_layered(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that comes in may be the same once more, on another channel."""
        is_same = (self.mark, self.key) == (mark, key) and self.channel not in (None, channel)
        return is_same and now - self.time <= LAYERS_S


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A loop that brought back ``count`` messages in a row, ``newest`` the last of them."""

    loop: Loop
    newest: int
    count: int
    enough: int

    @property
    def is_sure(self) -> bool:
        return self.count >= self.enough

    def brings(self, sent: _Sent, now: float) -> bool:
        in_order = self.is_sure or sent.number == self.newest + 1
        return in_order and self.loop.fits(now - sent.time)

    def stayed_away(self, sent: Iterable[_Sent], now: float) -> int:
        due_s = now - self.loop.delay_s - SHORT_JITTER_S
        return sum(one.number > self.newest and one.time < due_s for one in sent)


@dataclass
class _Stream:
    """Messages of one sort as they go out and come in; a suspect for each shift."""

    enough: int
    """How many in a row make a short loop."""
    count: int = 0
    sent: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    ignored: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    suspects: dict[int, _Suspect] = field(default_factory=dict)
    spared_until: float = 0.0

    @property
    def loop(self) -> Loop | None:
        return next((one.loop for one in self.suspects.values() if one.is_sure), None)

    def send(self, mark: bytes, key: int, channel: int | None, now: float) -> None:
        self.count += 1
        self.sent.append(_Sent(self.count, now, mark, key, channel))
        for shift, suspect in list(self.suspects.items()):
            if suspect.is_sure and suspect.stayed_away(self.sent, now) >= GONE:
                del self.suspects[shift]

    def comes_back(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that came in on a channel is one of a loop's."""
        if self._was_player(mark, key, now):
            self.suspects.clear()
            self.ignored.clear()
            self.spared_until = now + SPARED_S
        if now < self.spared_until:
            return False
        if not self.loop and any(one.is_layered(mark, key, channel, now) for one in self.sent):
            return False
        looped = False
        for shift, candidates in _origins(self.sent, mark, key, now).items():
            before = self.suspects.get(shift)
            brought = [one for one in candidates if before and before.brings(one, now)]
            if before and brought:
                newest = max(brought[0].number, before.newest)
                suspect = _Suspect(before.loop, newest, before.count + 1, before.enough)
            elif before and before.is_sure:
                continue
            else:
                suspect = self._suspected(candidates[0], shift, now)
            self.suspects[shift] = suspect
            looped = looped or suspect.is_sure
        if looped:
            self.ignored.append(_Sent(0, now, mark, key))
        return looped

    def _suspected(self, sent: _Sent, shift: int, now: float) -> _Suspect:
        loop = Loop(now - sent.time, shift)
        enough = SURE_LATE if loop.delay_s > SHORT_S else self.enough
        return _Suspect(loop, sent.number, 1, enough)

    def _was_player(self, mark: bytes, key: int, now: float) -> bool:
        return any(
            suspect.is_sure and suspect.loop.fits(now - one.time)
            for shift, candidates in _origins(self.ignored, mark, key, now).items()
            for one in candidates
            if (suspect := self.suspects.get(shift)) is not None
        )


class Feedback:
    """Told of every message that goes out, and asked of every one that comes in."""

    def __init__(self) -> None:
        self._notes = _Stream(SURE)
        self._others = _Stream(SURE_LATE)
        self._held: set[tuple[int, int]] = set()
        self._ignored: Counter[tuple[int, int]] = Counter()
        self._ended: dict[tuple[int, int], float] = {}
        self._has_loop = False

    @property
    def loop(self) -> Loop | None:
        """The loop that there is, as far as is known."""
        return self._notes.loop or self._others.loop

    def news(self) -> list[Problem]:
        """Where a loop is found or is gone, a line for the user, once."""
        loop = self.loop
        if (loop is not None) == self._has_loop:
            return []
        self._has_loop = loop is not None
        if loop is None:
            return [Problem("the output comes back into the input no more")]
        return [
            Problem(
                f"the output comes back into the input, {loop.in_words}: what comes back is "
                "ignored; undo that connection"
            )
        ]

    def sent(self, data: bytes, now: float, owner: Owner | None) -> None:
        """A message of the player's, of a plan's or of nobody's went out."""
        channel = midi.channel(data) if owner == PLAYER and midi.is_channel_message(data) else None
        if midi.is_note_on(data):
            self._notes.send(data[2:], midi.key(data), channel, now)
        elif midi.is_note_off(data):
            self._ended[midi.channel(data), midi.key(data)] = now
        elif midi.is_channel_message(data):
            self._others.send(data, 0, channel, now)

    def comes_back(self, data: bytes, now: float) -> bool:
        """Whether a message that came in is our own and is to be ignored."""
        if midi.is_note_on(data):
            return self._note_comes_back(data, now)
        if midi.is_note_off(data):
            return self._end_comes_back((midi.channel(data), midi.key(data)), now)
        return midi.is_channel_message(data) and self._others.comes_back(
            data, 0, midi.channel(data), now
        )

    def _note_comes_back(self, data: bytes, now: float) -> bool:
        place = midi.channel(data), midi.key(data)
        if self._notes.comes_back(data[2:], midi.key(data), midi.channel(data), now):
            self._ignored[place] += 1
            return True
        self._held.add(place)
        return False

    def _end_comes_back(self, place: tuple[int, int], now: float) -> bool:
        """Whether it ends nothing of the player's, who is never left with a note that sounds on."""
        if place in self._held:
            self._held.discard(place)
            return False
        if self._ignored[place]:
            self._ignored[place] -= 1
            return True
        return now - self._ended.get(place, -math.inf) <= LONGEST_S


def _origins(among: deque[_Sent], mark: bytes, key: int, now: float) -> dict[int, list[_Sent]]:
    """By shift, the messages that this one may be a copy of, the newest first."""
    found: dict[int, list[_Sent]] = {}
    for one in reversed(among):
        if now - one.time > LONGEST_S:
            break
        if one.mark == mark:
            found.setdefault(key - one.key, []).append(one)
    return found
