"""Tells what comes back in of our own output from what the player plays. Pure: no I/O, no clock.

A loop, wherever it runs, brings back every message, in the order of sending and after the same
delay, its key shifted by the same interval or not at all. A very regular player does too, as far
as anybody can hear. So where it looks like a loop, something goes out that no player plays: if it
comes in again, there is one. What a loop brings is ignored until messages stay away.

A keyboard that plays on several channels at once is not even asked about: what was passed on for
the player and comes in again at once, on another channel, says nothing.

A loop through a program that keeps the note-offs of silent keys to itself is known by notes that no
player could know of: the machine's own, and the player's with a velocity one step off. Through one
that changes velocities it is known by when notes end, the machine's, and the player's at random a
little late. Where it is too short for that it goes round faster than anybody plays: then one note
is not passed on, and either comes again, as from a player, or the round is over.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.session.chorus import FIRST_PLAN
from antiphon.daemon.session.ledger import PLAYER, Owner
from antiphon.daemon.session.probe import Prober, Watermark
from antiphon.daemon.session.races import Races
from antiphon.daemon.session.recurrence import EXACT_S, Stream
from antiphon.daemon.session.releases import Releases
from antiphon.daemon.session.returns import JITTER_S, Loop, Tells

UNISON_S = 1.0
"""So long after a key was let go, another hand that held the same key lets go of it."""


class Feedback:
    """Told of every message that goes out, and asked of every one that comes in."""

    def __init__(self) -> None:
        self._struck = Stream()
        """Notes, each as loud as it was."""
        self._keys = Stream(worth=2)
        """The same notes, however loud: who plays along with the machine may strike its keys."""
        self._let_go = Stream(jitter_s=EXACT_S, worth=2)
        self._others = Stream()
        self._streams = self._struck, self._keys, self._let_go, self._others
        self._prober, self._watermark, self._releases = Prober(), Watermark(), Releases()
        self._races = Races()
        self._sounding: dict[int, set[int]] = {channel: set() for channel in midi.CHANNELS}
        self._held: set[midi.Place] = set()
        self._ignored: Counter[midi.Place] = Counter()
        self._ended: dict[midi.Place, float] = {}
        self._is_marked, self._end_tells = False, Tells.NOTHING
        self._missing: tuple[int, float, Loop] | None = None
        self._had_loop = False

    @property
    def loop(self) -> Loop | None:
        """The loop that there is, as far as is known."""
        known = self._keys.returns.loops or self._others.returns.loops
        return known[0] if known else None

    def news(self, now: float) -> list[Problem | bytes]:
        """What to send to find out; of a loop a line for the user while it is there."""
        asks = self._questions(now)
        loop = self.loop
        if (loop is not None) == self._had_loop:
            return asks
        self._had_loop = loop is not None
        if loop is None:
            return [*asks, Problem("", "circle")]
        words = (
            f"the output comes back into the input, {loop.in_words}: what comes back is ignored; "
            "undo that connection"
        )
        return [*asks, Problem(words, "circle")]

    def marked(self, data: bytes, owner: Owner | None) -> bytes:
        """What to send for a message: the same, or, where a loop is likely, what tells of it."""
        if not (_is_players(owner) and midi.is_note_on(data)):
            return data
        for stream in (self._struck, self._let_go):
            if stream.doubts is not None:
                self._watermark.begin(stream.doubts.delay_s)
                stream.doubts = None
        marked = self._watermark.laid_on(data)
        self._is_marked = marked != data
        return marked

    def passes(self, data: bytes, now: float) -> Iterator[bytes]:
        """What is to be heard of the player now that a message came in that is no loop's.

        Where a loop is likely the end of a note is kept for a moment, and what follows of its key
        sooner than a hand could strike it again: `due` has them then.
        """
        for kept in self._releases.before(data):
            yield from self._in_order(kept, Tells.NOTHING)
        if self._releases.follows(data):
            return
        later_s = self._watermark.later_s() if midi.is_note_off(data) else None
        if later_s:
            self._releases.keep(data, now + later_s)
        else:
            self._end_tells = Tells.NOTHING if later_s is None else Tells.SOON
            yield data

    def due(self, now: float) -> Iterator[bytes]:
        """What was kept until now."""
        for kept in self._releases.due(now):
            yield from self._in_order(kept, Tells.LATE)

    def _in_order(self, kept: list[bytes], end_tells: Tells) -> Iterator[bytes]:
        """An end and what follows of its key, which tells nothing."""
        for message in kept:
            self._end_tells = end_tells
            end_tells = Tells.NOTHING
            yield message

    def next_time(self) -> float | None:
        """When `due` has something, None if nothing is kept."""
        return self._releases.next_time()

    def withholds(self, data: bytes, now: float) -> bool:
        """Whether a note of the player's is not to be passed on, for it may go round."""
        if self._missing is not None or not midi.is_note_on(data):
            return False
        place = midi.place(data)
        gap_s = self._races.gap_s(place)
        if gap_s is None:
            return False
        self._races.begins_anew(place)
        self._missing = midi.key(data), now + gap_s, Loop(gap_s, 0)
        return True

    def sent(self, data: bytes, now: float, owner: Owner | None) -> None:
        """A message of the player's, of a plan's or of nobody's went out."""
        if midi.is_note_on(data):
            self._note_went_out(data, now, owner)
        elif midi.is_note_off(data):
            self._end_went_out(data, now, owner)
        elif midi.is_channel_message(data):
            # A pedal does as the machine's by chance.
            self._others.returns.send(data, 0, midi.channel(data), now, Tells.NOTHING)

    def comes_back(self, data: bytes, now: float) -> bool:
        """Whether a message that came in is our own and is to be ignored."""
        self._look_for_the_missing(data, now)
        if midi.is_note_on(data):
            return self._note_comes_back(data, now)
        if midi.is_note_off(data):
            return self._end_comes_back(data, now)
        return midi.is_channel_message(data) and self._others.comes_back(
            data, 0, midi.channel(data), now
        )

    def _questions(self, now: float) -> list[Problem | bytes]:
        asking = [one for one in self._streams if one.asks is not None]
        if not asking or (channel := asking[0].asks) is None:
            return []
        asked = self._prober.ask(channel, self._sounding[channel], now)
        if asked:
            for one in asking:
                one.asks = None
        return list(asked)

    def _note_went_out(self, data: bytes, now: float, owner: Owner | None) -> None:
        channel, key = midi.place(data)
        self._sounding[channel].add(key)
        tells = Tells.NOTHING if _is_players(owner) else Tells.ALL
        self._keys.returns.send(b"", key, channel, now, Tells.NOTHING)
        self._struck.returns.send(
            data[2:], key, channel, now, Tells.ALL if self._is_marked else tells
        )
        if not self._keys.returns.loops:
            self._let_go.returns.forget()
            self._others.returns.forget()

    def _end_went_out(self, data: bytes, now: float, owner: Owner | None) -> None:
        channel, key = place = midi.place(data)
        if key in self._sounding[channel]:
            self._sounding[channel].discard(key)
            tells = self._end_tells if _is_players(owner) else Tells.ALL
            self._let_go.returns.send(b"", key, channel, now, tells)
        self._ended[place] = now

    def _note_comes_back(self, data: bytes, now: float) -> bool:
        channel, key = place = midi.place(data)
        self._races.strikes(place, now)
        is_looped = self._keys.comes_back(b"", key, channel, now)
        if not is_looped:
            self._struck.comes_back(data[2:], key, channel, now)
            if self._struck.proof:
                self._prove(self._struck.proof, now)
                is_looped = True
        if is_looped:
            self._ignored[place] += 1
            return True
        self._held.add(place)
        return False

    def _end_comes_back(self, data: bytes, now: float) -> bool:
        """Whether it ends nothing of the player's, who is never left with a note that sounds on."""
        channel, key = place = midi.place(data)
        self._let_go.comes_back(b"", key, channel, now)
        if self._let_go.proof:
            self._prove(self._let_go.proof, now)
        if place in self._held:
            self._held.discard(place)
            return False
        if proof := self._prober.ended(key, now):
            self._prove(Loop(now - proof.asked, proof.shift), now)
        if self._ignored[place]:
            self._ignored[place] -= 1
            return True
        return any(
            self._is_end_of(channel, key, loop, now) for loop in self._keys.returns.loops
        ) or (now - self._ended.get(place, -math.inf) <= UNISON_S)

    def _is_end_of(self, channel: int, key: int, loop: Loop, now: float) -> bool:
        ended = self._ended.get((channel, key - loop.shift), -math.inf)
        return now - ended <= loop.delay_s + JITTER_S

    def _look_for_the_missing(self, data: bytes, now: float) -> None:
        """Whether what was not passed on came in again nevertheless."""
        if self._missing is None:
            return
        key, due, loop = self._missing
        if now > due + JITTER_S:
            self._missing = None
            self._prove(loop, now)
        elif midi.is_note_on(data) and midi.key(data) == key:
            self._missing = None

    def _prove(self, loop: Loop, now: float) -> None:
        since = now - loop.delay_s
        self._keys.prove(loop, since)
        self._others.prove(replace(loop, shift=0), since)
        self._struck.calm()
        self._let_go.prove(loop, since)
        self._watermark.end()


def _is_players(owner: Owner | None) -> bool:
    """Whether a player could know of it: the voices of ``harmonise`` go along with the keys."""
    return owner == PLAYER or (owner is not None and owner >= FIRST_PLAN)
