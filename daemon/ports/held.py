"""What the player holds down at a port, to be let go when it is lost. No I/O."""

from antiphon.daemon import midi


class HeldKeys:
    """The keys and pedals that are down."""

    def __init__(self) -> None:
        self._keys: set[midi.Place] = set()
        self._pedals: set[int] = set()

    def follow(self, data: bytes) -> None:
        """A message of the player's."""
        if midi.is_note_on(data):
            self._keys.add(midi.place(data))
        elif midi.is_note_off(data):
            self._keys.discard(midi.place(data))
        elif midi.is_sustain(data):
            (self._pedals.add if midi.value(data) else self._pedals.discard)(midi.channel(data))

    def let_go(self) -> list[bytes]:
        """What lets go of all of it; nothing is held then."""
        ends = [midi.note_off(*place) for place in sorted(self._keys)]
        ends += [midi.sustain(channel, 0) for channel in sorted(self._pedals)]
        self._keys.clear()
        self._pedals.clear()
        return ends
