"""What the movement of a learned knob asks for, and what its lights should show. Pure.

Knows where each knob stands; values and messages in, requests and messages out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.daemon import midi
from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS, Control
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session.learned import PRESET, Kind, Learned, Source
from antiphon.daemon.session.takeover import TakeOver

_PRESSED = 64
_HIGHEST = 127


@dataclass(frozen=True, slots=True)
class Turn:
    """Set controls, by name."""

    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Press:
    """Do a deed."""

    deed: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Load a preset, by its place in the order of names, from 0."""

    number: int


Wish = Turn | Press | Pick


class Movements:
    """Where each knob stands, and which have their controls in hand."""

    def __init__(self) -> None:
        self._take_overs: dict[Source, TakeOver] = {}
        self._places: dict[Source, int] = {}
        """The latest value of each knob, heard from it or sent to it."""
        self._channels: dict[Source, int] = {}

    def moved(
        self, source: Source, target: str, data: bytes, values: Mapping[str, Value]
    ) -> Wish | None:
        """What a message asks for; raises `AntiphonError` for a program that picks nothing."""
        self._channels[source] = midi.channel(data)
        if source.kind is Kind.PROGRAM:
            return Pick(data[1]) if target == PRESET else Turn({target: _choice(target, data[1])})
        if source.kind is Kind.NOTE:
            return Press(target) if midi.is_note_on(data) else None
        place = midi.value(data)
        before, self._places[source] = self._places.get(source, 0), place
        if target in DEEDS:
            # Some buttons send nothing when they are let go.
            pressed = place >= _PRESSED and (before < _PRESSED or before == place)
            return Press(target) if pressed else None
        return self._turned(source, target, place / _HIGHEST, values)

    def learned(self, source: Source, data: bytes) -> None:
        """A knob was just given its control."""
        if source.kind is Kind.CC:
            self._channels[source] = midi.channel(data)
            self.lit(source, data)

    def forget_places(self) -> None:
        """The controller is another, or was away."""
        self._places.clear()

    def lights(self, known: Learned, values: Mapping[str, Value]) -> dict[Source, bytes]:
        """What to send back to the knobs that show something else than these values."""
        found = {}
        for source, target in known.items():
            control = control_of(target)
            if source.kind is not Kind.CC or control is None or control.name not in values:
                continue
            place = round((control.share(values[control.name]) or 0.0) * _HIGHEST)
            if self._places.get(source) != place:
                channel = self._channels.get(source, source.channel or 0)
                found[source] = midi.control_change(channel, source.number or 0, place)
        return found

    def lit(self, source: Source, data: bytes) -> None:
        """The knob now shows what was sent to it, and stands there."""
        self._places[source] = midi.value(data)
        self._take_over(source).set_to(midi.value(data) / _HIGHEST)

    def _turned(
        self, source: Source, target: str, place: float, values: Mapping[str, Value]
    ) -> Turn | None:
        control = control_of(target)
        if control is None:
            return None
        value, take_over = values[control.name], self._take_over(source)
        if not take_over.moves(place, control.share(value)):
            return None
        text = control.at(place)
        wanted = control.parse(text)
        take_over.put(control.share(wanted))
        return None if wanted == value else Turn({target: text})

    def _take_over(self, source: Source) -> TakeOver:
        return self._take_overs.setdefault(source, TakeOver())


def control_of(target: str) -> Control | None:
    """The control whose value stands for a target, None for one that has no value."""
    return CONTROLS.get(ALIASES.get(target, (target,))[0])


def _choice(target: str, number: int) -> str:
    choices = CONTROLS[target].choices
    if number < len(choices):
        return choices[number]
    raise AntiphonError(f"program {number + 1}: {target} has {len(choices)} choices")
