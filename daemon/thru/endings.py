"""What ended lately, to be ended again where a back end may have dropped it. No I/O, no clock."""

from typing import Final

from antiphon.daemon import midi

LATELY_S: Final = 1.0
"""What was said so lately may have been dropped."""
LONGEST_S: Final = 5.0
"""An ending is said again for so long at most, while a server drops on and on."""


_ALL_OFF: Final = {
    channel: [midi.control_change(channel, control, 0) for control in range(120, 128)]
    for channel in midi.CHANNELS
}


class RecentEndings:
    """The keys and pedals that were let go lately and have not been struck again."""

    def __init__(self) -> None:
        self._said: dict[bytes, tuple[float, float]] = {}
        """When each was said at first, and when again."""

    def send(self, data: bytes, now: float) -> None:
        """A message goes out."""
        if midi.is_note_on(data):
            self._said.pop(midi.note_off(*midi.place(data)), None)
            for ending in _ALL_OFF[midi.channel(data)]:
                self._said.pop(ending, None)
        elif midi.is_all_off(data):
            self._said[data] = now, now
        elif midi.is_note_off(data):
            self._said[midi.note_off(*midi.place(data))] = now, now
        elif midi.is_sustain(data):
            up = midi.sustain(midi.channel(data), 0)
            if midi.value(data) < 64:
                self._said[up] = now, now
            else:
                self._said.pop(up, None)

    def again(self, now: float) -> list[bytes]:
        """What to say again."""
        lately = {
            data: (first, now)
            for data, (first, last) in self._said.items()
            if now - last <= LATELY_S and now - first <= LONGEST_S
        }
        self._said = lately
        return [*lately]
