"""Which notes go along with the player's keys at once, and whose they are. No I/O, no clock.

The performer tells them ahead of time, key by key; so that no note of them waits for it.
"""

import itertools
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Voices
from antiphon.daemon.session.ledger import Owner

FIRST_PLAN: Owner = 1 << 40
"""Each key struck has a plan of its own; the performer never counts so far."""

TOGETHER_S = 0.03
"""Keys struck within this time are one chord: the first has voices, and the others are some."""


@dataclass(frozen=True, slots=True)
class _Voiced:
    velocity: int
    most: int
    voices: tuple[bytes, ...]


@dataclass
class Chorus:
    """What was told of each key, and the plans of the keys that are down."""

    _told: dict[int, _Voiced] = field(default_factory=dict)
    _plans: dict[midi.Place, Owner] = field(default_factory=dict)
    _count: int = 0
    _began_s: float = float("-inf")

    def take(self, voices: Voices) -> None:
        """Go by these from now on, for the keys that they name.

        Raises `AntiphonError`, with nothing changed, for what is no note.
        """
        for data in itertools.chain.from_iterable(notes for _, notes in voices.voices):
            if not midi.is_note_on(data):
                raise AntiphonError(f"the performer has {midi.describe(data)} for a voice")
        for key, notes in voices.voices:
            self._told[key] = _Voiced(voices.velocity, voices.most, notes)

    def forget(self) -> list[Owner]:
        """No key has voices any more; the plans of those that are down."""
        self._told.clear()
        plans, self._plans = list(self._plans.values()), {}
        return plans

    def strike(self, data: bytes, now: float) -> tuple[Owner, int, list[bytes]] | None:
        """The plan of a key of the player's, how many voices it has, and which, the best first.

        They are as much softer or louder as it is than the one that they were made for.
        """
        told = self._told.get(midi.key(data))
        if told is None or now - self._began_s < TOGETHER_S:
            return None
        self._began_s = now
        plan = self._plans[midi.place(data)] = FIRST_PLAN + self._count
        self._count += 1
        louder = midi.velocity(data) - told.velocity
        return plan, told.most, [_louder(voice, louder) for voice in told.voices]

    def release(self, data: bytes) -> Owner | None:
        """The plan that ends with a key of the player's, None if there is none."""
        return self._plans.pop(midi.place(data), None)


def _louder(note_on: bytes, by: int) -> bytes:
    velocity = min(max(midi.velocity(note_on) + by, 1), 127)
    return midi.note_on(midi.channel(note_on), midi.key(note_on), velocity)
