"""What an OSC message asks for. Pure: whether it can be done is the daemon's business."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from antiphon.daemon.controls import DEEDS, Control, nearest, parse
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc.packets import Arg, Message
from antiphon.daemon.osc.tree import (
    ADDRESSES,
    CONTROL,
    FADER,
    PRESET,
    PRESETS,
    RECORD,
    ROOT,
    SENT,
    STATUS,
    STATUSES,
    SUBSCRIBE,
    TARGETS,
    UNSUBSCRIBE,
    control_of,
)

_LONGEST: Final = 100
"""Of an address or a text that is wrong, so much is looked at and told."""

_ANSWERS: Final = frozenset(branch.address for branch in SENT) - frozenset(ADDRESSES)


@dataclass(frozen=True, slots=True)
class Set:
    """Set a control or an alias; whoever sent it to `address` knows what it is now."""

    address: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """Tell what is at these addresses."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Do:
    """Do a deed."""

    deed: str


@dataclass(frozen=True, slots=True)
class Record:
    """Begin a recording, or end it."""

    on: bool


@dataclass(frozen=True, slots=True)
class Save:
    """Save the controls as a preset."""

    name: str


@dataclass(frozen=True, slots=True)
class Load:
    """Set what a preset says."""

    name: str


@dataclass(frozen=True, slots=True)
class Morph:
    """Set what lies at `share`, 0 to 1, of the way from one preset to another."""

    first: str
    second: str
    share: float


@dataclass(frozen=True, slots=True)
class List:
    """Tell which presets there are."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send changes to the sender, at this port of its or at the one it sends from."""

    port: int | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Send no more there."""

    port: int | None


Wish = Set | Query | Do | Record | Save | Load | Morph | List | Subscribe | Unsubscribe


def understood(message: Message) -> Wish | None:
    """What a message asks for, None for nothing; raises `AntiphonError` naming what is wrong.

    A button that is let go asks for nothing, nor does what another daemon of ours sends: an
    answer to that would be answered for ever.
    """
    parent, _, name = message.address.rpartition("/")
    if parent in _PARENTS:
        return _PARENTS[parent](name, message)
    if message.address in _ALONE:
        return _ALONE[message.address](message)
    if message.address in _ANSWERS:
        return None
    if message.address.startswith(f"{PRESET}/"):
        # The names may stand in the address: a fader sends a number alone.
        do, *words = message.address.removeprefix(f"{PRESET}/").split("/")
        if do == "morph":
            return _morph((*words, *message.args))
        if do in _PRESETS:
            return _preset(do, (*words, *message.args))
    address = message.address[:_LONGEST]
    raise AntiphonError(f"no address {address}{nearest(address, ADDRESSES)}")


_PRESETS: Final[Mapping[str, Callable[[str], Wish]]] = {"save": Save, "load": Load}


def _control(name: str, message: Message) -> Wish:
    known = _known(name, TARGETS, "control")
    address = f"{CONTROL}/{known}"
    if not message.args:
        return Query((address,))
    text = _text(control_of(known), known, _one(message))
    parse(known, text)
    return Set(address, known, text)


def _fader(name: str, message: Message) -> Wish:
    known = _known(name, TARGETS, "control")
    address = f"{FADER}/{known}"
    if not message.args:
        return Query((address,))
    return Set(address, known, control_of(known).at(_share(_one(message))))


def _status(name: str, message: Message) -> Wish:
    known = _known(name, STATUSES, "value of the status")
    if message.args:
        raise AntiphonError(f"{STATUS}/{known} can be asked for, and not set")
    return Query((f"{STATUS}/{known}",))


def _record(message: Message) -> Wish:
    if not message.args:
        return Query((RECORD,))
    value = _one(message)
    on = {"on": True, "off": False}.get(value) if isinstance(value, str) else value
    if on is None:
        raise AntiphonError(f"{RECORD} takes 1 or 0")
    return Record(bool(on))


def _deed(name: str) -> Callable[[Message], Wish | None]:
    return lambda message: Do(name) if _is_press(message.args) else None


_PARENTS: Final[Mapping[str, Callable[[str, Message], Wish]]] = {
    CONTROL: _control,
    FADER: _fader,
    STATUS: _status,
}
_ALONE: Final[Mapping[str, Callable[[Message], Wish | None]]] = {
    CONTROL: lambda _: Query(tuple(f"{CONTROL}/{name}" for name in TARGETS)),
    FADER: lambda _: Query(tuple(f"{FADER}/{name}" for name in TARGETS)),
    STATUS: lambda _: Query(tuple(f"{STATUS}/{name}" for name in STATUSES)),
    RECORD: _record,
    PRESETS: lambda _: List(),
    SUBSCRIBE: lambda message: Subscribe(_port(message)),
    UNSUBSCRIBE: lambda message: Unsubscribe(_port(message)),
    **{f"{ROOT}/{name}": _deed(name) for name in DEEDS},
}


def _preset(do: str, args: tuple[Arg, ...]) -> Wish | None:
    if not args or not isinstance(args[0], str) or len(args) > 2:
        raise AntiphonError(f"{PRESET}/{do} takes the name of a preset")
    return _PRESETS[do](args[0]) if _is_press(args[1:]) else None


def _morph(args: tuple[Arg, ...]) -> Wish:
    match args:
        case (str(first), str(second), share):
            return Morph(first, second, _share(share))
    raise AntiphonError(f"{PRESET}/morph takes two names and a number from 0 to 1")


def _is_press(args: tuple[Arg, ...]) -> bool:
    """Whether a button was pressed: with nothing, or with anything but zero."""
    return not args or bool(args[0])


def _known(name: str, names: Iterable[str], noun: str) -> str:
    word = name[:_LONGEST].lower()
    if word not in names:
        raise AntiphonError(f"no {noun} {word!r}{nearest(word, names)}")
    return word


def _one(message: Message) -> Arg:
    if len(message.args) != 1:
        raise AntiphonError(f"{message.address[:_LONGEST]} takes one value")
    return message.args[0]


def _share(value: Arg) -> float:
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise AntiphonError(f"expected a number from 0 to 1, not {str(value)[:_LONGEST]}")
    return float(value)


def _port(message: Message) -> int | None:
    if not message.args:
        return None
    value = _one(message)
    if not isinstance(value, int | float) or not 1 <= value <= 65535:
        raise AntiphonError(f"a port is a number from 1 to 65535, not {str(value)[:_LONGEST]}")
    return int(value)


def _text(control: Control, name: str, value: Arg) -> str:
    """A value as `antiphon set` takes it."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if value is None:
        return control.unset
    if isinstance(value, bool):
        return ("off", "on")[value] if control.choices else str(int(value))
    if not math.isfinite(value):
        raise AntiphonError(f"{name}={value}: expected {control.expected}")
    if control.choices:
        place = round(value)
        if not 0 <= place < len(control.choices):
            last = len(control.choices) - 1
            raise AntiphonError(
                f"{name}={value:g}: expected {control.expected}, or its place from 0 to {last}"
            )
        return control.choices[place]
    # Seven digits: all that a number of OSC has.
    return str(round(value)) if control.is_whole else f"{value:.7g}"
