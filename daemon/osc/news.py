"""What the daemon tells, as OSC messages. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from antiphon.daemon.controls import ALIASES, parse
from antiphon.daemon.messages import Value
from antiphon.daemon.osc.packets import Arg, Message
from antiphon.daemon.osc.tree import (
    CONTROL,
    FADER,
    KEPT,
    PROBLEM,
    RECORD,
    SOLVED,
    STATUS,
    STATUSES,
    Figure,
    control_of,
)
from antiphon.daemon.osc.wishes import Set


def of_controls(values: Mapping[str, Value]) -> Iterator[Message]:
    """What controls are told as; an alias shows the first of those that it sets."""
    shown = {**values, **{name: values[of[0]] for name, of in ALIASES.items() if of[0] in values}}
    for name, value in shown.items():
        control = control_of(name)
        told = control.unset if value is None else value
        yield Message(f"{CONTROL}/{name}", (told,))
        share = control.share(value)
        if share is not None:
            yield Message(f"{FADER}/{name}", (float(share),))


def of_status(change: Mapping[str, Any]) -> Iterator[Message]:
    """What a status, or a change of one, is told as."""
    if "recording" in change:
        yield Message(RECORD, (int(change["recording"] is not None),))
    for name, figure in STATUSES.items():
        if figure.path[0] in change:
            yield Message(f"{STATUS}/{name}", (_figure(figure, change),))


def of_change(change: Mapping[str, Any]) -> Iterator[Message]:
    """What anything that the daemon pushes is told as."""
    yield from of_controls(change.get("controls", {}))
    yield from of_status(change)
    for address, name in ((KEPT, "kept"), (PROBLEM, "problem"), (SOLVED, "solved")):
        if name in change:
            yield Message(address, (str(change[name]),))


def granted(wish: Set) -> Message | None:
    """What is told at the address of a wish once it has been granted."""
    values = parse(wish.name, wish.text)
    return next((m for m in of_controls(values) if m.address == wish.address), None)


def _figure(figure: Figure, value: Any) -> Arg:
    for name in figure.path:
        value = value.get(name) if isinstance(value, Mapping) else None
    kind = type(figure.none)
    if kind is float and isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, kind) else figure.none
