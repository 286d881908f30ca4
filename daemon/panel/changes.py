"""Changes of controls: shown at once, asked for, and taken back. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.messages import Value
from antiphon.daemon.panel import menu as menus
from antiphon.daemon.panel.desk import Desk, Undo, said
from antiphon.daemon.panel.effects import Effect, Request
from antiphon.daemon.panel.morph import Morph

ONE_CHANGE_S = 1.0
"""Moves of one slider that follow each other within this time are undone together."""

_MOST_UNDO = 100

Next = tuple[Desk, list[Effect]]
Texts = Mapping[str, str]


def change(desk: Desk, source: str, texts: Texts, now: float) -> Next:
    """Set controls, by name; what follows soon of the same source is undone with it."""
    if not desk.linked:
        return said(desk, "no daemon: nothing to change"), []
    before = {name: CONTROLS[name].show(desk.controls.get(name)) for name in texts}
    last = desk.undo[-1] if desk.undo else None
    undo = desk.undo
    if last is None or last.source != source or now - last.time > ONE_CHANGE_S:
        undo = (*undo, Undo(source, now, before))[-_MOST_UNDO:]
    else:
        undo = (*undo[:-1], replace(last, time=now))
    # Shown at once, so that a key that repeats goes on from there; the daemon has the last word.
    values: dict[str, Value] = {name: CONTROLS[name].parse(text) for name, text in texts.items()}
    desk = replace(desk, undo=undo, controls={**desk.controls, **values})
    return desk, [Request({"do": "set", "values": dict(texts)})]


def undone(desk: Desk) -> Next:
    """Take back the last change."""
    if not desk.undo or not desk.linked:
        return said(desk, "nothing to undo"), []
    last = desk.undo[-1]
    texts = dict(last.texts)
    desk = said(replace(desk, undo=desk.undo[:-1], morph=None), f"took back: {last.source}")
    return desk, [Request({"do": "set", "values": texts})]


def loaded(desk: Desk, name: str, texts: Texts, now: float) -> Next:
    """A preset was read."""
    desk, effects = change(desk, f"preset {name}", texts, now)
    return said(replace(desk, preset=name, morph=None), f"preset {name}"), effects


def morphing(desk: Desk, first: str, second: str, texts: tuple[Texts, Texts], now: float) -> Next:
    """Two presets were read, to go from one to the other; an empty first is what is so now."""
    start, end = texts
    if not first:
        start = {name: CONTROLS[name].show(desk.controls.get(name)) for name in CONTROLS}
    morph = Morph(first or menus.NOW, second, start, end)
    if not morph.texts():
        return said(desk, f"{first} and {second} name no control in common"), []
    return morphed(desk, morph, now)


def morphed(desk: Desk, morph: Morph, now: float) -> Next:
    """Go to a place between two presets."""
    return change(replace(desk, morph=morph), morph.source, morph.texts(), now)
