"""What goes out and comes back in, in order, after the same delay: a loop, or what looks like one.

Pure: no I/O, no clock. Times are in seconds, keys and shifts in semitones.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from antiphon.daemon import midi
from antiphon.daemon.session.probe import LONGEST_S

SHORT_S = 0.06
"""Up to where a delay is short; beyond `LONGEST_S` a loop is not known as one."""

JITTER_S, LONG_JITTER_S = 0.02, 0.006
"""How far from a loop's delay a message may come; and from one's that is long and not known yet."""

SUSPECT, SUSPECT_LATE = 3, 8
"""So many notes in a row look like a short loop or a long one; so does twice as many, and so on.

A melody that a sequencer plays, all notes alike, looks like a long one for a few notes.
"""

DOUBTED = 8
"""After so many in a row the player's notes go out with another velocity for a while."""

UNKNOWABLE = 8
"""So many notes in a row that no player could know of. A pedal does as the machine's by chance."""

GONE = 4
"""So many in a row that stay away end it."""

LAYERS_S = 0.02
"""A keyboard has sent a note on all of its channels in this time: 16 of them by a MIDI cable."""

REMEMBERED = 24
"""So many messages may be under way in a loop; with more, a flood would cost too much."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What a loop does to a message: how many seconds later and semitones higher it comes back."""

    delay_s: float
    shift: int

    def fits(self, delay_s: float, jitter_s: float = JITTER_S) -> bool:
        """Whether a message so long after another may be its copy."""
        return abs(delay_s - self.delay_s) <= jitter_s

    def seems_to_fit(self, delay_s: float) -> bool:
        """The same of a loop that may be none: the longer, the more exact it has to be."""
        return self.fits(delay_s, JITTER_S if self.delay_s <= SHORT_S else LONG_JITTER_S)

    @property
    def in_words(self) -> str:
        """For the user."""
        late = f"{self.delay_s * 1e3:.0f} ms later"
        return f"{late}, {self.shift:+d} semitones" if self.shift else late


@dataclass(frozen=True, slots=True)
class _Sent:
    """Copies have the same ``mark`` and differ by key alone, which is 0 but for notes."""

    number: int
    time: float
    mark: bytes
    key: int
    channel: int
    is_players: bool
    """Whether it is as the player played it: no other could be played again on purpose."""

    def is_layered(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that comes in may be the same once more, on another channel."""
        is_same = self.is_players and (self.mark, self.key) == (mark, key)
        return is_same and self.channel != channel and now - self.time <= LAYERS_S


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A loop that brought back ``count`` messages in a row, ``newest`` the last of them."""

    loop: Loop
    newest: int
    count: int = 1
    asks_at: int = SUSPECT
    unknowable: int = 0
    """How many of them no player could know of."""

    def awaited(self, sent: Iterable[_Sent]) -> Iterator[_Sent]:
        """What it has not brought back yet, but for keys that it moves out of all keyboards."""
        for one in sent:
            if one.number > self.newest and one.key + self.loop.shift in midi.KEYS:
                yield one

    def stayed_away(self, sent: Iterable[_Sent], now: float) -> int:
        due_s = now - self.loop.delay_s - JITTER_S
        return sum(one.time < due_s for one in self.awaited(sent))


@dataclass
class Stream:
    """Messages of one sort as they go out and come in."""

    unknowable: float = math.inf
    """So many in a row that no player could know of are a loop's."""
    count: int = 0
    sent: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    suspects: dict[int, _Suspect] = field(default_factory=dict)
    """What may be a loop, by its shift."""
    known: dict[int, _Suspect] = field(default_factory=dict)
    """What is one."""
    asks: int | None = None
    """The channel on which there may be a loop."""
    doubts: bool = False
    """Whether questions did not help."""

    def send(self, mark: bytes, key: int, channel: int, now: float, *, is_players: bool) -> None:
        """A message goes out, as the player played it or another."""
        self.count += 1
        self.sent.append(_Sent(self.count, now, mark, key, channel, is_players))
        for shift, known in list(self.known.items()):
            if known.stayed_away(self.sent, now) >= GONE:
                del self.known[shift]

    def prove(self, loop: Loop, since: float) -> None:
        """There is a loop, which brought back all that was sent before that time."""
        if loop.shift not in self.known:
            newest = self.count - sum(one.time > since for one in self.sent)
            self.known[loop.shift] = _Suspect(loop, newest)
            self.suspects.clear()
            self.doubts = False

    def comes_back(self, mark: bytes, key: int, channel: int, now: float) -> bool:
        """Whether a message that came in on a channel is one of a loop's."""
        if not self.known and any(one.is_layered(mark, key, channel, now) for one in self.sent):
            return False
        looped = False
        for shift, candidates in _origins(self.sent, mark, key, now).items():
            known = self.known.get(shift)
            if known is None:
                self._suspect(shift, candidates, now)
                looped = looped or shift in self.known
                continue
            brought = [one.number for one in candidates if known.loop.fits(now - one.time)]
            if brought:
                self.known[shift] = replace(known, newest=max(known.newest, *brought))
                looped = True
        return looped

    def _suspect(self, shift: int, candidates: list[_Sent], now: float) -> None:
        before = self.suspects.get(shift)
        due = next(before.awaited(self.sent), None) if before else None
        if not (before and due in candidates and before.loop.seems_to_fit(now - due.time)):
            loop = Loop(now - candidates[0].time, shift)
            asks_at = SUSPECT if loop.delay_s <= SHORT_S else SUSPECT_LATE
            self.suspects[shift] = _Suspect(loop, candidates[0].number, asks_at=asks_at)
            return
        suspect = replace(
            before,
            newest=due.number,
            count=before.count + 1,
            unknowable=before.unknowable + (not due.is_players),
        )
        if suspect.count >= suspect.asks_at:
            self.asks = due.channel
            suspect = replace(suspect, asks_at=2 * suspect.count)
        self.doubts = self.doubts or suspect.count == DOUBTED
        self.suspects[shift] = suspect
        if suspect.unknowable >= self.unknowable:
            self.prove(suspect.loop, due.time)


def _origins(among: deque[_Sent], mark: bytes, key: int, now: float) -> dict[int, list[_Sent]]:
    """By shift, the messages that this one may be a copy of, the newest first."""
    found: dict[int, list[_Sent]] = {}
    for one in reversed(among):
        if now - one.time > LONGEST_S:
            break
        if one.mark == mark:
            found.setdefault(key - one.key, []).append(one)
    return found
