"""Recognises that the output comes back into the input, and what of the input that is. Pure.

Nothing of the player's is touched to find out. A loop is known by the connections, where the back
end shows them; by the machine's own notes that come back, in order, as loud, and after the same
delay; or by a key that is struck oftener than anybody plays. What it then brings is an echo, until
messages stay away. Times are in seconds, shifts in semitones.
"""

import itertools
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem

JITTER_S: Final = 0.02
"""So far from the delay of its loop an echo may come."""
LONGEST_S: Final = 10.0
"""What comes back later is not recognised."""
WIRED_S: Final = 0.05
"""A bare connection brings everything back by then, give or take as much."""
ENOUGH: Final = 8
"""So many of the machine's notes in a row that come back are a loop."""
LIKELY: Final = 8
MOST_CANDIDATES: Final = 48
"""So many of what went out are tried for each note that comes in, and so many loops at once."""
REMEMBERED: Final = 256
GONE: Final = 4
"""So many messages in a row that stay away end a loop."""
TOO_FAST_S: Final = 0.02
TOO_MANY: Final = 64
"""So many strokes of one key, each so soon after the last, are not played: 50 a second."""


@dataclass(frozen=True, slots=True)
class _Sent:
    number: int
    time: float
    data: bytes


@dataclass(slots=True)
class _Candidate:
    """What may be a loop: it brought back so many notes in a row, and the next one is due."""

    delay_s: float
    shift: int
    next: int
    count: int = 1


@dataclass(slots=True)
class _Loop:
    """A loop, and what it has yet to bring back."""

    delay_s: float
    shift: int
    jitter_s: float = JITTER_S
    is_wire: bool = False
    pending: deque[_Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    missed: int = 0

    def send(self, sent: _Sent) -> None:
        """A message goes out; a key beyond the last one does not come back."""
        is_note = midi.is_note_on(sent.data) or midi.is_note_off(sent.data)
        if not is_note or midi.key(sent.data) + self.shift in midi.KEYS:
            self.pending.append(sent)

    def brings(self, data: bytes, now: float) -> bool:
        """Whether a message is one that is due; each is brought once."""
        for sent in self.pending:
            is_in_time = abs(now - sent.time - self.delay_s) <= self.jitter_s
            if is_in_time and _is_copy(sent.data, data, self.shift):
                self.pending.remove(sent)
                self.missed = 0
                return True
        return False

    def is_gone(self, now: float) -> bool:
        """Whether messages stay away."""
        while self.pending and now - self.pending[0].time > self.delay_s + self.jitter_s:
            self.pending.popleft()
            self.missed += 1
        return not self.is_wire and self.missed >= GONE


class LoopDetector:
    """Told of every message that goes out, and asked of every one that comes in."""

    def __init__(self) -> None:
        self._count = 0
        self._sent: deque[_Sent] = deque(maxlen=REMEMBERED)
        self._own: deque[_Sent] = deque(maxlen=REMEMBERED)
        """The machine's notes; they are numbered one by one."""
        self._candidates: list[_Candidate] = []
        self._strokes: defaultdict[midi.Place, deque[float]] = defaultdict(
            lambda: deque(maxlen=TOO_MANY)
        )
        self._loops: list[_Loop] = []
        self._words = ""

    @property
    def are_known(self) -> bool:
        """Whether there is a loop, as far as is known."""
        return bool(self._loops)

    def send(self, data: bytes, now: float, *, is_own: bool) -> None:
        """A message goes out."""
        sent = _Sent(0, now, data)
        self._sent.append(sent)
        for loop in self._loops:
            loop.send(sent)
        if is_own and midi.is_note_on(data):
            self._count += 1
            self._own.append(_Sent(self._count, now, data))

    def is_echo(self, data: bytes, now: float) -> bool:
        """Whether a message that came in is our own, by a loop that is known."""
        return any(loop.brings(data, now) for loop in self._loops)

    def receive(self, data: bytes, now: float) -> list[Problem]:
        """A message came in that is no echo; what to tell the user of that."""
        if midi.is_note_on(data):
            if self._own:
                self._follow(data, now)
            self._count_stroke(data, now)
        return self.news(now)

    def wire(self, *, is_there: bool, now: float) -> list[Problem]:
        """The connections show a loop, or show none."""
        wired = [loop for loop in self._loops if loop.is_wire]
        if is_there and not wired:
            self._add(_Loop(WIRED_S, 0, WIRED_S, is_wire=True), now)
        elif not is_there:
            self._loops = [loop for loop in self._loops if not loop.is_wire]
        return self.news(now)

    def news(self, now: float) -> list[Problem]:
        """A line for the user while there is a loop."""
        if not self._loops and not self._words:
            return []
        self._loops = [loop for loop in self._loops if not loop.is_gone(now)]
        words = _in_words(self._loops[0]) if self._loops else ""
        if bool(words) == bool(self._words):
            return []
        self._words = words
        return [Problem(words, "loop")]

    def _follow(self, data: bytes, now: float) -> None:
        """The machine's notes that came back in order, this one perhaps the next of them."""
        self._candidates = [one for one in self._candidates if self._goes_on(one, data, now)]
        alike = [own for own in reversed(self._own) if own.data[2] == data[2]]
        # Few loops move keys: the same key first.
        alike.sort(key=lambda own: own.data[1] != data[1])
        for own in alike[:LIKELY]:
            delay_s, shift = now - own.time, midi.key(data) - midi.key(own.data)
            known = any(
                one.shift == shift and one.next == own.number + 1 for one in self._candidates
            )
            if not known and delay_s <= LONGEST_S and len(self._candidates) < MOST_CANDIDATES:
                self._candidates.append(_Candidate(delay_s, shift, own.number + 1))

    def _goes_on(self, one: _Candidate, data: bytes, now: float) -> bool:
        place = one.next - self._own[0].number
        if place >= len(self._own):
            return now - self._own[-1].time <= LONGEST_S
        if place < 0:
            return False
        due = self._own[place]
        late_s = now - due.time - one.delay_s
        is_due = abs(late_s) <= JITTER_S
        if is_due and _is_copy(due.data, data, one.shift) and due.data[2] == data[2]:
            one.next += 1
            one.count += 1
            if one.count >= ENOUGH:
                self._prove(one.delay_s, one.shift, now)
            return one.count < ENOUGH
        return late_s <= JITTER_S

    def _count_stroke(self, data: bytes, now: float) -> None:
        strokes = self._strokes[midi.place(data)]
        strokes.append(now)
        if len(strokes) == TOO_MANY and now - strokes[0] < (TOO_MANY - 1) * TOO_FAST_S:
            gaps = sorted(after - before for before, after in itertools.pairwise(strokes))
            strokes.clear()
            self._prove(gaps[len(gaps) // 2], 0, now)

    def _prove(self, delay_s: float, shift: int, now: float) -> None:
        self._add(_Loop(delay_s, shift), now)

    def _add(self, loop: _Loop, now: float) -> None:
        # What is older has come back already, and would seem to stay away.
        loop.pending.extend(sent for sent in self._sent if now - sent.time <= loop.delay_s)
        self._loops.append(loop)
        self._candidates.clear()


def _is_copy(sent: bytes, data: bytes, shift: int) -> bool:
    """Whether one message may be the other, so many semitones higher and louder or softer."""
    if midi.is_note_on(sent) or midi.is_note_off(sent):
        is_on = midi.is_note_on(sent)
        is_same = midi.is_note_on(data) if is_on else midi.is_note_off(data)
        return is_same and midi.key(data) == midi.key(sent) + shift
    return sent == data


def _in_words(loop: _Loop) -> str:
    how = "by a connection of the two" if loop.is_wire else _later(loop)
    return (
        f"the output comes back into the input, {how}: what comes back is ignored; "
        "undo that connection"
    )


def _later(loop: _Loop) -> str:
    late = f"{loop.delay_s * 1e3:.0f} ms later"
    return f"{late}, {loop.shift:+d} semitones" if loop.shift else late
