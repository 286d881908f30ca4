"""Tells what comes back in of our own output from what the player plays. Pure: no I/O, no clock.

A loop, wherever it runs, brings back every message, in the order of sending and after the same
delay, its key shifted by the same interval or not at all. A very regular player does too, as far
as anybody can hear. So where it looks like a loop, something goes out that no player plays: if it
comes in again, there is one. What a loop brings is ignored until messages stay away.

A keyboard that plays on several channels at once is not even asked about: what was passed on for
the player and comes in again at once, on another channel, says nothing.

A loop through a program that keeps the note-offs of silent keys to itself is known by notes that no
player could know of: the machine's own, and the player's with a velocity one step off.
"""

from collections import Counter
from dataclasses import replace

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.session.ledger import PLAYER, Owner
from antiphon.daemon.session.probe import LONGEST_S, Prober, Watermark
from antiphon.daemon.session.recurrence import UNKNOWABLE, Loop, Stream


class Feedback:
    """Told of every message that goes out, and asked of every one that comes in."""

    def __init__(self) -> None:
        self._notes, self._others = Stream(UNKNOWABLE), Stream()
        self._prober, self._watermark = Prober(), Watermark()
        self._sounding: dict[int, set[int]] = {channel: set() for channel in midi.CHANNELS}
        self._held: set[tuple[int, int]] = set()
        self._ignored: Counter[tuple[int, int]] = Counter()
        self._ended: dict[tuple[int, int], float] = {}
        self._is_marked = False
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

    def marked(self, data: bytes, owner: Owner | None) -> bytes:
        """What to send for a message: the same, or, where a loop is likely, what tells of it."""
        if owner != PLAYER or not midi.is_note_on(data):
            return data
        if self._notes.doubts:
            self._notes.doubts = False
            self._watermark.begin()
        marked = self._watermark.laid_on(data)
        self._is_marked = marked != data
        return marked

    def sent(self, data: bytes, now: float, owner: Owner | None) -> None:
        """A message of the player's, of a plan's or of nobody's went out."""
        if midi.is_note_on(data):
            channel, key = midi.channel(data), midi.key(data)
            self._sounding[channel].add(key)
            is_players = owner == PLAYER and not self._is_marked
            self._notes.send(data[2:], key, channel, now, is_players=is_players)
            if not self._notes.known:
                self._others.known.clear()
        elif midi.is_note_off(data):
            self._sounding[midi.channel(data)].discard(midi.key(data))
            self._ended[midi.channel(data), midi.key(data)] = now
        elif midi.is_channel_message(data):
            self._others.send(data, 0, midi.channel(data), now, is_players=owner == PLAYER)

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
        had_loop = bool(self._notes.known)
        is_looped = self._notes.comes_back(data[2:], midi.key(data), midi.channel(data), now)
        if is_looped and not had_loop:
            for known in list(self._notes.known.values()):
                self._prove(known.loop, now)
        if is_looped:
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
            self._prove(Loop(now - proof.asked, proof.shift), proof.asked)
        if self._ignored[place]:
            self._ignored[place] -= 1
            return True
        channel, key = place
        sent = (self._ended.get((channel, key - shift)) for shift in {0, *self._notes.known})
        return any(time is not None and now - time <= LONGEST_S for time in sent)

    def _prove(self, loop: Loop, since: float) -> None:
        self._notes.prove(loop, since)
        self._others.prove(replace(loop, shift=0), since)
        self._watermark.end()
