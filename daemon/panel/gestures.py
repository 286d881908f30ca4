"""What keys and the mouse do on the panel: desk and key in, next desk and effects out. Pure.

Keys have the names that prompt_toolkit gives them. The shell around this does what is asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.messages import Value
from antiphon.daemon.panel import piano as keyboard
from antiphon.daemon.panel.desk import Desk, Undo, said
from antiphon.daemon.panel.faders import BY_NAME, FADERS, PLACES, moved, placed, reset
from antiphon.daemon.panel.piano import Piano
from antiphon.daemon.presets import LONGEST_NAME

ONE_CHANGE_S = 1.0
"""Moves of one slider that follow each other within this time are undone together."""

_MOST_UNDO = 100


@dataclass(frozen=True, slots=True)
class Request:
    """Send this to the daemon."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Keep the controls of now under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class NextPreset:
    """Load the preset `steps` after the one named `current`, in the order of names."""

    current: str
    steps: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Close the panel."""


Effect = Request | SavePreset | NextPreset | Quit
Next = tuple[Desk, list[Effect]]


def pressed(desk: Desk, key: str, now: float) -> Next:
    """What a key does; keys without a meaning do nothing."""
    if key == " ":
        return _panic(desk)
    if key == "c-c":
        return _quit(desk)
    if desk.naming is not None:
        return _name(desk, key)
    if desk.help:
        return replace(desk, help=False), []
    if desk.piano is not None and key in ("escape", "c-i"):
        return _put_away(desk, desk.piano)
    if desk.piano is not None and len(key) == 1:
        piano, played = keyboard.struck(desk.piano, key.lower(), now)
        return replace(desk, piano=piano), [_play(data) for data in played]
    if key in PLACES:
        return replace(desk, chosen=PLACES[key]), []
    if key in STEPS:
        return _step(desk, STEPS[key], now)
    if key in ACTIONS:
        return ACTIONS[key](desk)
    return _aim(desk, key, now)


def clicked(desk: Desk, name: str, share: float, now: float) -> Next:
    """A slider was touched at `share`, 0 to 1, of its way."""
    fader = BY_NAME[name]
    desk = replace(desk, chosen=FADERS.index(fader))
    if fader.control.choices:
        steps = -1 if share < 0.5 else 1
        text = moved(fader.control, desk.controls.get(name), steps)
        return _change(desk, name, {name: text}, now)
    return _change(desk, name, {name: placed(fader.control, share)}, now)


def dragged(desk: Desk, name: str, share: float, now: float) -> Next:
    """The mouse moved over a slider with its button down; a choice is made by a click alone."""
    return (desk, []) if CONTROLS[name].choices else clicked(desk, name, share, now)


def ticked(desk: Desk, now: float) -> Next:
    """Time went by: keys that were struck here end."""
    if desk.piano is None or not desk.piano.held:
        return desk, []
    piano, played = keyboard.passed(desk.piano, now)
    return replace(desk, piano=piano), [_play(data) for data in played]


def loaded(desk: Desk, name: str, texts: Mapping[str, str], now: float) -> Next:
    """A preset was read."""
    desk, effects = _change(desk, f"preset {name}", texts, now)
    return said(replace(desk, preset=name), f"preset {name}"), effects


def _change(desk: Desk, source: str, texts: Mapping[str, str], now: float) -> Next:
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


def _step(desk: Desk, steps: int, now: float) -> Next:
    control = FADERS[desk.chosen].control
    text = moved(control, desk.controls.get(control.name), steps)
    return _change(desk, control.name, {control.name: text}, now)


def _aim(desk: Desk, key: str, now: float) -> Next:
    control = FADERS[desk.chosen].control
    texts = {"home": placed(control, 0.0), "end": placed(control, 1.0), "delete": reset(control)}
    texts["c-h"] = texts["delete"]
    if key not in texts:
        return desk, []
    return _change(desk, control.name, {control.name: texts[key]}, now)


def _panic(desk: Desk) -> Next:
    if desk.piano is not None:
        desk = replace(desk, piano=keyboard.lifted(desk.piano)[0])
    return said(desk, "panic: everything is silent"), [Request({"do": "panic"})]


def _quit(desk: Desk) -> Next:
    return desk, [Quit()]


def _undo(desk: Desk) -> Next:
    if not desk.undo or not desk.linked:
        return said(desk, "nothing to undo"), []
    last = desk.undo[-1]
    texts = dict(last.texts)
    desk = said(replace(desk, undo=desk.undo[:-1]), f"took back: {last.source}")
    return desk, [Request({"do": "set", "values": texts})]


def _name(desk: Desk, key: str) -> Next:
    typed = desk.naming or ""
    if key == "c-m" and typed:
        return replace(desk, naming=None, preset=typed), [SavePreset(typed)]
    if key in ("escape", "c-m"):
        return replace(desk, naming=None), []
    if key in ("c-h", "delete"):
        return replace(desk, naming=typed[:-1]), []
    if len(key) == 1 and len(typed) < LONGEST_NAME:
        return replace(desk, naming=typed + key), []
    return desk, []


def _put_away(desk: Desk, piano: Piano) -> Next:
    _, played = keyboard.lifted(piano)
    return replace(desk, piano=None), [_play(data) for data in played]


def _play(data: bytes) -> Request:
    return Request({"do": "play", "data": data.hex()})


def _choose(steps: int) -> Callable[[Desk], Next]:
    return lambda desk: (replace(desk, chosen=(desk.chosen + steps) % len(FADERS)), [])


STEPS: Mapping[str, int] = {"left": -1, "right": 1, "s-left": -5, "s-right": 5}

ACTIONS: Mapping[str, Callable[[Desk], Next]] = {
    "up": _choose(-1),
    "down": _choose(1),
    "?": lambda desk: (replace(desk, help=True), []),
    "u": _undo,
    "t": lambda desk: (desk, [Request({"do": "tap"})]),
    "g": lambda desk: (said(desk, "good: more like that"), [Request({"do": "good"})]),
    "x": lambda desk: (said(desk, "not that: less of it"), [Request({"do": "bad"})]),
    "p": lambda desk: (desk, [NextPreset(desk.preset, 1)]),
    "o": lambda desk: (desk, [NextPreset(desk.preset, -1)]),
    "P": lambda desk: (replace(desk, naming=desk.preset), []),
    "c-i": lambda desk: (replace(desk, piano=Piano()), []),
    "q": _quit,
}

NAMED_KEYS = (
    *("up", "down", "left", "right", "s-left", "s-right", "home", "end", "delete"),
    *("c-h", "c-i", "c-m", "c-c", "escape"),
)
"""Keys that are no characters; the shell listens for these and for every character."""
