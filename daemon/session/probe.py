"""What is sent out to learn whether the output comes back into the input. Pure: no I/O, no clock.

Keys that do not sound are let go, in an order that nobody plays: where just these come in again,
that was no player. A note-off of a silent key is nothing to any instrument, but some programs keep
it to themselves. So, at need, the player's notes go out a step of velocity louder or softer, and
end some hundredths of a second later, at random, which nobody hears: where just those come in
again, that was no player either.
"""

import itertools
import random
from collections import deque
from dataclasses import dataclass
from typing import Final

from antiphon.daemon import midi

KEYS: Final = 4
_LOWEST, _HIGHEST = 36, 84
"""In the middle, so that a circle that moves keys does not lose them."""
REST_S: Final = 0.1
"""The least time between two: who plays like a machine is asked often."""
LONGEST_S: Final = 10.0
"""After so long it is answered no more."""
MARKED: Final = 10
MARKED_ENDS: Final = 20
"""So many notes in a row bear the watermark, and so many ends."""
LATER_S: Final = 0.013
"""By so much later one of `ONE_OF` of them goes out, by more than a loop is inexact.

No more and no oftener than that: in a loop each round makes the note longer.
"""
ONE_OF: Final = 4


@dataclass(frozen=True, slots=True)
class Proof:
    """The output came back, so many semitones higher, of what was sent at this time."""

    asked: float
    shift: int


@dataclass(frozen=True, slots=True)
class _Probe:
    time: float
    keys: tuple[int, ...]


class Prober:
    """Asks, and knows an answer. Its dice are loaded: a recorded jam must replay to the same."""

    def __init__(self) -> None:
        self._dice = random.Random(1)  # noqa: S311 (no secret)
        self._asked: deque[_Probe] = deque(maxlen=round(LONGEST_S / REST_S))
        self._ends: deque[int] = deque(maxlen=KEYS)

    def ask(self, channel: int, sounding: set[int], now: float) -> list[bytes]:
        """What to send on a channel where these keys sound; nothing, if it is too soon."""
        if self._asked and now - self._asked[-1].time < REST_S:
            return []
        silent = [key for key in range(_LOWEST, _HIGHEST) if key not in sounding]
        if len(silent) < KEYS:
            return []
        keys = tuple(self._dice.sample(silent, KEYS))
        # A sequencer that stops may let go of all keys there are, one after the other.
        if _is_run(keys):
            return []
        self._asked.append(_Probe(now, keys))
        return [midi.note_off(channel, key) for key in keys]

    def ended(self, key: int, now: float) -> Proof | None:
        """A key that nobody held was let go; what that proves."""
        self._ends.append(key)
        if len(self._ends) < KEYS:
            return None
        for probe in self._asked:
            shifts = {end - sent for end, sent in zip(self._ends, probe.keys, strict=True)}
            if len(shifts) == 1 and now - probe.time <= LONGEST_S:
                return Proof(probe.time, shifts.pop())
        return None


class Watermark:
    """Velocities one step off and ends a little late; of loaded dice too."""

    def __init__(self) -> None:
        self._dice = random.Random(2)  # noqa: S311 (no secret)
        self._notes = self._ends = 0
        self._lots: list[float] = []

    def begin(self, delay_s: float) -> None:
        """Lay it on the next notes, to tell whether all comes back after this delay."""
        self._notes = MARKED
        # What is later than it comes back would change places with that.
        self._ends = MARKED_ENDS if delay_s > LATER_S else 0

    def end(self) -> None:
        """Lay it on no more."""
        self._notes = self._ends = 0

    def laid_on(self, note_on: bytes) -> bytes:
        """The note with it, or as it was."""
        if not self._notes:
            return note_on
        self._notes -= 1
        velocity = midi.velocity(note_on) + self._dice.choice((-1, 1))
        # Velocity 0 would end a note, and there is none above 127.
        velocity = {0: 2, 128: 126}.get(velocity, velocity)
        return midi.note_on(midi.channel(note_on), midi.key(note_on), velocity)

    def later_s(self) -> float | None:
        """How much later the end of a note has to go out for it, None for as it was."""
        if not self._ends:
            return None
        self._ends -= 1
        if not self._lots:
            self._lots = self._dice.sample([LATER_S] + [0.0] * (ONE_OF - 1), ONE_OF)
        return self._lots.pop()


def _is_run(keys: tuple[int, ...]) -> bool:
    return len({after - before for before, after in itertools.pairwise(keys)}) == 1
