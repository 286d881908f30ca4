"""Ends of the player's notes that go out a little later than they came in. No I/O, no clock."""

from antiphon.daemon import midi
from antiphon.daemon.session.chorus import Place


class Releases:
    """Keeps them until their time, or until something comes that must not overtake them."""

    def __init__(self) -> None:
        self._kept: dict[Place, tuple[float, bytes]] = {}

    def keep(self, note_off: bytes, until_s: float) -> None:
        """Keep one, of a key of which none is kept."""
        self._kept[midi.channel(note_off), midi.key(note_off)] = until_s, note_off

    def next_time(self) -> float | None:
        """When the first is due, None if there is none."""
        return min((until_s for until_s, _ in self._kept.values()), default=None)

    def due(self, now: float) -> list[bytes]:
        """Take out what is due."""
        return self._take([place for place, (until_s, _) in self._kept.items() if until_s <= now])

    def before(self, data: bytes) -> list[bytes]:
        """Take out what must go first: the end of that key, or all before what is no note."""
        if midi.is_note_on(data) or midi.is_note_off(data):
            place = midi.channel(data), midi.key(data)
            return self._take([place] if place in self._kept else [])
        return self._take(list(self._kept) if midi.is_channel_message(data) else [])

    def _take(self, places: list[Place]) -> list[bytes]:
        return [self._kept.pop(place)[1] for place in places]
