"""What was played, as the model's events: exact times onto the grid, messages into kinds.

Pure. Here lives what each part holds down; what to make of it is decided elsewhere.
"""

from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.model.events import (
    MACHINE,
    NOTE_OFF,
    PEDAL_DOWN,
    PEDAL_UP,
    PLAYER,
    Event,
    Grid,
    touch_of,
    velocity_of,
)

PEDAL_DEPTH = 64
"""A sustain pedal counts as down from here on, as the MIDI standard has it."""


@dataclass
class Hands:
    """The keys and the pedal that one part holds down."""

    keys: set[int] = field(default_factory=set)
    pedal: bool = False

    def kind_of(self, data: bytes) -> int | None:
        """The event kind of a message, or None where it changes nothing for the music."""
        if midi.is_note_on(data):
            return midi.key(data)
        if midi.is_note_off(data):
            return NOTE_OFF + midi.key(data) if midi.key(data) in self.keys else None
        if midi.is_sustain(data):
            down = midi.value(data) >= PEDAL_DEPTH
            return None if down == self.pedal else PEDAL_DOWN if down else PEDAL_UP
        return None

    def may_end(self, kind: int) -> bool:
        """Whether an event is no note, or the end of one that is held."""
        return kind >= PEDAL_DOWN or kind - NOTE_OFF in self.keys

    def follow(self, kind: int) -> None:
        """Take note of an event that happened."""
        if kind < NOTE_OFF:
            self.keys.add(kind)
        elif kind < PEDAL_DOWN:
            self.keys.discard(kind - NOTE_OFF)
        else:
            self.pedal = kind == PEDAL_DOWN

    def copy(self) -> "Hands":
        """An independent copy."""
        return Hands(set(self.keys), self.pedal)


class Context:
    """Turns messages with absolute times into events, in the order of their coming."""

    def __init__(self) -> None:
        self.hands = {PLAYER: Hands(), MACHINE: Hands()}
        self._grid: Grid | None = None

    @property
    def time_s(self) -> float | None:
        """The model's present: the time of the last event on the grid, None before the first."""
        return None if self._grid is None else self._grid.time_s

    def take(self, who: int, time_s: float, data: bytes) -> list[Event]:
        """The events of one message: one, none where nothing changes, two for a restruck key."""
        hands = self.hands[who]
        kind = hands.kind_of(data)
        if kind is None:
            return []
        kinds = [NOTE_OFF + kind, kind] if kind in hands.keys else [kind]
        if self._grid is None:
            self._grid = Grid(time_s)
        made = []
        for each in kinds:
            hands.follow(each)
            step = self._grid.step_to(time_s)
            if each < NOTE_OFF:
                made.append(Event(who, step, each, touch_of(midi.velocity(data))))
            else:
                made.append(Event(who, step, each))
        return made

    def accept(self, event: Event, time_s: float) -> None:
        """A machine's event that is in the engine already was really played at its ``time_s``."""
        self.hands[MACHINE].follow(event.kind)
        self._grid = Grid(time_s)


def message_of(event: Event, channel: int) -> bytes:
    """The MIDI message of an event."""
    if event.kind < NOTE_OFF:
        return midi.note_on(channel, event.kind, velocity_of(event.touch))
    if event.kind < PEDAL_DOWN:
        return midi.note_off(channel, event.kind - NOTE_OFF)
    return midi.sustain(channel, 127 if event.kind == PEDAL_DOWN else 0)
