"""Tells what comes back in of our own output from what the player plays. Pure: no I/O, no clock.

A loop, wherever it runs, brings back every message, in the order of sending and after the same
delay, its key shifted by the same interval or not at all. A very regular player does too, as far
as anybody can hear. So where it looks like a loop, something goes out that no player plays: if it
comes in again, there is one. What a loop brings is ignored until messages stay away.

A keyboard that plays on several channels at once is not even asked about: what was passed on for
the player and comes in again at once, on another channel, says nothing.

A loop through a program that keeps the note-offs of silent keys to itself is known by what no hand
can do: the same keys over and over, faster than any.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.session.ledger import PLAYER, Owner
from antiphon.daemon.session.probe import LONGEST_S, Prober, Proof

SHORT_S = 0.06
"""Up to where a delay is short; beyond `LONGEST_S` a loop is not known as one."""

SHORT_JITTER_S, LONG_JITTER_S = 0.02, 0.006
"""How far from the loop's delay a message may come."""

SUSPECT, SUSPECT_LATE = 3, 8
"""So many notes in a row look like a short loop or a long one; so does twice as many, and so on.

A melody that a sequencer plays, all notes alike, looks like a long one for a few notes.
"""

NO_HAND = 100
"""So many notes. A wheel that trembles does as much."""

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
    """Copies have the same ``mark`` and differ by key alone, which is 0 but for notes."""

    number: int
    time: float
    mark: bytes
    key: int
    channel: int
    is_players: bool

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

    def brings(self, sent: _Sent, now: float) -> bool:
        return sent.number == self.newest + 1 and self.loop.fits(now - sent.time)

    def stayed_away(self, sent: Iterable[_Sent], now: float) -> int:
        due_s = now - self.loop.delay_s - SHORT_JITTER_S
        return sum(one.number > self.newest and one.time < due_s for one in sent)


@dataclass
class _Stream:
    """Messages of one sort as they go out and come in."""

    no_hand: float = math.inf
    """So many in a row in a short loop, of the same keys, are one without a proof."""
    count: int = 0
    sent: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    suspects: dict[int, _Suspect] = field(default_factory=dict)
    """What may be a loop, by its shift."""
    known: dict[int, _Suspect] = field(default_factory=dict)
    """What is one."""
    asks: int | None = None
    """The channel on which there may be a loop."""

    def send(self, mark: bytes, key: int, channel: int, now: float, owner: Owner | None) -> None:
        self.count += 1
        self.sent.append(_Sent(self.count, now, mark, key, channel, owner == PLAYER))
        for shift, known in list(self.known.items()):
            if known.stayed_away(self.sent, now) >= GONE:
                del self.known[shift]

    def prove(self, loop: Loop, since: float) -> None:
        """There is a loop, which brought back all that was sent before that time."""
        if loop.shift not in self.known:
            newest = self.count - sum(one.time > since for one in self.sent)
            self.known[loop.shift] = _Suspect(loop, newest)
            self.suspects.clear()

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
        before, newest = self.suspects.get(shift), candidates[0]
        if before is None or not any(before.brings(one, now) for one in candidates):
            loop = Loop(now - newest.time, shift)
            asks_at = SUSPECT if loop.delay_s <= SHORT_S else SUSPECT_LATE
            self.suspects[shift] = _Suspect(loop, newest.number, asks_at=asks_at)
            return
        suspect = replace(before, newest=before.newest + 1, count=before.count + 1)
        if suspect.count >= suspect.asks_at:
            self.asks = newest.channel
            suspect = replace(suspect, asks_at=2 * suspect.count)
        self.suspects[shift] = suspect
        # One that moves keys runs out of them.
        if suspect.count >= self.no_hand and not shift and suspect.loop.delay_s <= SHORT_S:
            self.prove(suspect.loop, newest.time)


class Feedback:
    """Told of every message that goes out, and asked of every one that comes in."""

    def __init__(self) -> None:
        self._notes = _Stream(NO_HAND)
        self._others = _Stream()
        self._prober = Prober()
        self._sounding: dict[int, set[int]] = {channel: set() for channel in midi.CHANNELS}
        self._held: set[tuple[int, int]] = set()
        self._ignored: Counter[tuple[int, int]] = Counter()
        self._ended: dict[tuple[int, int], float] = {}
        self._had_loop = False

    @property
    def loop(self) -> Loop | None:
        """The loop that there is, as far as is known."""
        known = self._notes.known or self._others.known
        return next(iter(known.values())).loop if known else None

    def news(self, now: float) -> list[Problem | bytes]:
        """What to send to find out; of a loop that is found or gone a line for the user, once."""
        asks = self._questions(now)
        has_loop = bool(self._notes.known or self._others.known)
        if has_loop == self._had_loop:
            return asks
        self._had_loop = has_loop
        loop = self.loop
        if loop is None:
            return [*asks, Problem("the output comes back into the input no more")]
        return [
            *asks,
            Problem(
                f"the output comes back into the input, {loop.in_words}: what comes back is "
                "ignored; undo that connection"
            ),
        ]

    def sent(self, data: bytes, now: float, owner: Owner | None) -> None:
        """A message of the player's, of a plan's or of nobody's went out."""
        if midi.is_note_on(data):
            channel, key = midi.channel(data), midi.key(data)
            self._sounding[channel].add(key)
            self._notes.send(data[2:], key, channel, now, owner)
            if not self._notes.known:
                self._others.known.clear()
        elif midi.is_note_off(data):
            self._sounding[midi.channel(data)].discard(midi.key(data))
            self._ended[midi.channel(data), midi.key(data)] = now
        elif midi.is_channel_message(data):
            self._others.send(data, 0, midi.channel(data), now, owner)

    def comes_back(self, data: bytes, now: float) -> bool:
        """Whether a message that came in is our own and is to be ignored."""
        if midi.is_note_on(data):
            return self._note_comes_back(data, now)
        if midi.is_note_off(data):
            return self._end_comes_back((midi.channel(data), midi.key(data)), now)
        return midi.is_channel_message(data) and self._others.comes_back(
            data, 0, midi.channel(data), now
        )

    def _questions(self, now: float) -> list[Problem | bytes]:
        stream = next((one for one in (self._notes, self._others) if one.asks is not None), None)
        if stream is None or stream.asks is None:
            return []
        asked = self._prober.ask(stream.asks, self._sounding[stream.asks], now)
        if asked:
            stream.asks = None
        return list(asked)

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
        if proof := self._prober.ended(place[1], now):
            self._prove(proof, now)
        if self._ignored[place]:
            self._ignored[place] -= 1
            return True
        channel, key = place
        sent = (self._ended.get((channel, key - shift)) for shift in {0, *self._notes.known})
        return any(time is not None and now - time <= LONGEST_S for time in sent)

    def _prove(self, proof: Proof, now: float) -> None:
        loop = Loop(now - proof.asked, proof.shift)
        self._notes.prove(loop, proof.asked)
        self._others.prove(replace(loop, shift=0), proof.asked)


def _origins(among: deque[_Sent], mark: bytes, key: int, now: float) -> dict[int, list[_Sent]]:
    """By shift, the messages that this one may be a copy of, the newest first."""
    found: dict[int, list[_Sent]] = {}
    for one in reversed(among):
        if now - one.time > LONGEST_S:
            break
        if one.mark == mark:
            found.setdefault(key - one.key, []).append(one)
    return found
