"""What sounds at the output now: keys and pedals, each with its owner. No I/O, no time.

An owner is the player or one of the machine's plans. A channel and key has at most one owner at
a time, because the output never gets a second note-on before the note-off.
"""

from dataclasses import dataclass

from antiphon.daemon import midi

Owner = int

PLAYER: Owner = -1
"""The player; every other owner is the number of a plan, from 0."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that stops: what its owner does, and what the output must get for it.

    The two differ for a pedal that another's foot still holds down.
    """

    own: bytes
    out: bytes | None


class Ledger:
    """The keys that are down at the output and the value of each owner's pedal."""

    def __init__(self) -> None:
        self._keys: dict[tuple[int, int], Owner] = {}
        self._pedals: dict[int, dict[Owner, int]] = {}

    def __len__(self) -> int:
        """How many keys are down."""
        return len(self._keys)

    def holder(self, channel: int, key: int) -> Owner | None:
        """Whose note sounds on that channel and key."""
        return self._keys.get((channel, key))

    def keys(self, owner: Owner, channel: int) -> list[int]:
        """The keys of an owner that sound on a channel."""
        held = self._keys.items()
        return [key for (where, key), who in held if where == channel and who == owner]

    def strike(self, owner: Owner, channel: int, key: int) -> None:
        """Note that a note-on goes out; the key must be free."""
        if (channel, key) in self._keys:
            raise ValueError(f"key {key} of channel {channel} sounds already")
        self._keys[channel, key] = owner

    def release(self, channel: int, key: int) -> None:
        """Note that a note-off goes out."""
        self._keys.pop((channel, key), None)

    def pedal(self, channel: int) -> int:
        """Where the pedal of a channel stands: as deep as the deepest foot on it."""
        return max(self._pedals.get(channel, {}).values(), default=0)

    def tread(self, owner: Owner, channel: int, value: int) -> None:
        """Note where an owner's foot is, 0 (up) to 127."""
        feet = self._pedals.setdefault(channel, {})
        if value:
            feet[owner] = value
        else:
            feet.pop(owner, None)

    def treading(self, channel: int) -> list[Owner]:
        """Whose feet are on the pedal of a channel."""
        return list(self._pedals.get(channel, {}))

    def owners(self) -> set[Owner]:
        """Everybody who has a key or a pedal down."""
        feet = (owner for owners in self._pedals.values() for owner in owners)
        return {*self._keys.values(), *feet}

    def end(self, owner: Owner) -> list[Ending]:
        """Forget all that sounds of one owner; what ends it, keys before pedals."""
        places = [place for place, who in self._keys.items() if who == owner]
        endings = []
        for channel, key in places:
            del self._keys[channel, key]
            off = midi.note_off(channel, key)
            endings.append(Ending(off, off))
        for channel, feet in self._pedals.items():
            if owner in feet:
                before = self.pedal(channel)
                del feet[owner]
                after = self.pedal(channel)
                out = midi.sustain(channel, after) if after != before else None
                endings.append(Ending(midi.sustain(channel, 0), out))
        return endings
