"""Ends of the player's notes that go out a little later than they came in. No I/O, no clock."""

from antiphon.daemon import midi


class Releases:
    """Keeps them until their time, with what follows of the same key."""

    def __init__(self) -> None:
        self._kept: dict[midi.Place, tuple[float, list[bytes]]] = {}

    def keep(self, note_off: bytes, until_s: float) -> None:
        """Keep one, of a key of which none is kept."""
        self._kept[midi.place(note_off)] = until_s, [note_off]

    def follows(self, data: bytes) -> bool:
        """Whether a message has to wait for the end of its key, and is kept too."""
        if not _is_note(data) or (place := midi.place(data)) not in self._kept:
            return False
        _, kept = self._kept[place]
        kept.append(data)
        return True

    def next_time(self) -> float | None:
        """When the first is due, None if there is none."""
        return min((until_s for until_s, _ in self._kept.values()), default=None)

    def due(self, now: float) -> list[list[bytes]]:
        """Take out what is due: each end with what follows."""
        return self._take([place for place, (until_s, _) in self._kept.items() if until_s <= now])

    def before(self, data: bytes) -> list[list[bytes]]:
        """Take out what must go first: all, before a pedal and the like."""
        is_other = midi.is_channel_message(data) and not _is_note(data)
        return self._take(list(self._kept) if is_other else [])

    def _take(self, places: list[midi.Place]) -> list[list[bytes]]:
        return [self._kept.pop(place)[1] for place in places]


def _is_note(data: bytes) -> bool:
    return midi.is_note_on(data) or midi.is_note_off(data)
