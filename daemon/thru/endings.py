"""What ended lately, to be ended again where a back end may have dropped it. No I/O, no clock."""

from dataclasses import dataclass
from typing import Final

from antiphon.daemon import midi

LATELY_S: Final = 1.0
"""What was said so lately may have been dropped."""
AGAIN_LATELY_S: Final = 0.1
"""The same of what has been said again: that something is dropped is told sooner than this."""
PAUSE_S: Final = 0.05
"""Before it is said again; twice as long each time, as a busy server drops on and on."""
MOST_TIMES: Final = 7

_ALL_OFF: Final = {
    channel: [midi.control_change(channel, control, 0) for control in range(120, 128)]
    for channel in midi.CHANNELS
}


@dataclass(slots=True)
class _Ending:
    said: float
    times: int = 0
    """How often it was said again."""
    is_due: bool = False
    at_least: int = 0
    """So often it is said again in any case."""

    @property
    def due(self) -> float:
        return self.said + PAUSE_S * float(1 << max(self.times - self.at_least, 0))


class RecentEndings:
    """The keys and pedals that were let go lately and have not been struck again."""

    def __init__(self) -> None:
        self._endings: dict[bytes, _Ending] = {}

    def send(self, data: bytes, now: float) -> None:
        """A message goes out."""
        if midi.is_note_on(data):
            self._endings.pop(midi.note_off(*midi.place(data)), None)
            for ending in _ALL_OFF[midi.channel(data)]:
                self._endings.pop(ending, None)
        elif midi.is_note_off(data):
            self._endings[midi.note_off(*midi.place(data))] = _Ending(now)
        elif midi.is_all_off(data):
            self._endings[data] = _Ending(now)
        elif midi.is_sustain(data):
            up = midi.sustain(midi.channel(data), 0)
            if midi.value(data) < 64:
                self._endings[up] = _Ending(now)
            else:
                self._endings.pop(up, None)

    def dropped(self, now: float) -> None:
        """What goes out just now may be dropped."""
        for data, ending in list(self._endings.items()):
            lately_s = AGAIN_LATELY_S if ending.times else LATELY_S
            if ending.times < MOST_TIMES and now - ending.said <= lately_s:
                ending.is_due = True
            elif not ending.is_due:
                del self._endings[data]

    def clear(self) -> None:
        """There is nobody left to say it to."""
        self._endings.clear()

    def insist(self, times: int, now: float) -> None:
        """Say all of them again, so often in any case."""
        for ending in self._endings.values():
            if now - ending.said <= LATELY_S:
                ending.is_due, ending.at_least = True, times

    def next_time(self) -> float | None:
        """When `again` has something to say."""
        return min((one.due for one in self._endings.values() if one.is_due), default=None)

    def again(self, now: float) -> bytes | None:
        """One of them to say again, None if none is due."""
        for data, ending in self._endings.items():
            if ending.is_due and ending.due <= now:
                ending.said = now
                ending.times += 1
                ending.is_due = ending.times < ending.at_least
                return data
        return None
