"""What keys and the mouse do on the panel: desk and key in, next desk and effects out. Pure.

Keys have the names that prompt_toolkit gives them. The shell around this does what is asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.panel import menu as menus
from antiphon.daemon.panel import piano as keyboard
from antiphon.daemon.panel.changes import Next, change, morphed, undone
from antiphon.daemon.panel.desk import Desk, said
from antiphon.daemon.panel.effects import (
    NextPreset,
    OfferMorph,
    OfferPresets,
    OfferTargets,
    Quit,
    Request,
    SavePreset,
    TellReleases,
)
from antiphon.daemon.panel.faders import BY_NAME, FADERS, PLACES, moved, placed, reset
from antiphon.daemon.panel.menu import Menu
from antiphon.daemon.panel.morph import Morph
from antiphon.daemon.panel.piano import Piano
from antiphon.daemon.presets import LONGEST_NAME

MORPH = "morph"
"""What `layout` calls the slider of a morph."""


def pressed(desk: Desk, key: str, now: float) -> Next:
    """What a key does; keys without a meaning do nothing."""
    if key == " ":
        return _panic(desk)
    if key == "c-c":
        return _quit(desk)
    if desk.naming is not None:
        return _name(desk, key)
    if desk.help or (key == "?" and desk.menu is None):
        return replace(desk, help=not desk.help), []
    if desk.menu is not None:
        menu, effects = menus.keyed(desk.menu, key)
        return replace(desk, menu=menu), effects
    if key == "escape" and desk.learning:
        return desk, [Request({"do": "learn", "stop": True})]
    if desk.morph is not None and key in ("escape", "c-m"):
        return replace(desk, morph=None), []
    if desk.morph is not None and key in MORPH_KEYS:
        return morphed(desk, MORPH_KEYS[key](desk.morph), now)
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


def repeated(desk: Desk, key: str, now: float) -> Next:
    """A key is held down, as a terminal says that tells of releases."""
    is_struck = desk.piano is not None and key.lower() in desk.piano.held
    return (desk, []) if is_struck else pressed(desk, key, now)


def released(desk: Desk, key: str) -> Next:
    """A key was let go."""
    if desk.piano is None:
        return desk, []
    piano, played = keyboard.released(desk.piano, key.lower())
    return replace(desk, piano=piano), [_play(data) for data in played]


def let_go(desk: Desk) -> Next:
    """The terminal is no longer the one that is typed into: it will hear of no release."""
    if desk.piano is None:
        return desk, []
    piano, played = keyboard.lifted(desk.piano)
    return replace(desk, piano=piano), [_play(data) for data in played]


def felt(desk: Desk) -> Desk:
    """The terminal says that it will tell of releases."""
    if desk.piano is None:
        return desk
    return replace(desk, piano=replace(desk.piano, feels_releases=True))


def clicked(desk: Desk, name: str, share: float, now: float) -> Next:
    """What `layout` calls `name` was touched at `share`, 0 to 1, of its way."""
    if desk.menu is not None:
        return _picked(desk, desk.menu, name)
    if name == MORPH:
        return (desk, []) if desk.morph is None else morphed(desk, desk.morph.placed(share), now)
    if name not in BY_NAME:
        return desk, []
    fader = BY_NAME[name]
    desk = replace(desk, chosen=FADERS.index(fader))
    if fader.control.choices:
        steps = -1 if share < 0.5 else 1
        text = moved(fader.control, desk.controls.get(name), steps)
        return change(desk, name, {name: text}, now)
    return change(desk, name, {name: placed(fader.control, share)}, now)


def dragged(desk: Desk, name: str, share: float, now: float) -> Next:
    """The mouse moved over a slider with its button down; a choice is made by a click alone."""
    is_slider = name == MORPH or (name in CONTROLS and not CONTROLS[name].choices)
    return clicked(desk, name, share, now) if is_slider and desk.menu is None else (desk, [])


def ticked(desk: Desk, now: float) -> Next:
    """Time went by: keys that were struck here end."""
    if desk.piano is None or not desk.piano.held:
        return desk, []
    piano, played = keyboard.passed(desk.piano, now)
    return replace(desk, piano=piano), [_play(data) for data in played]


def _picked(desk: Desk, menu: Menu, name: str) -> Next:
    if not name.isdecimal() or int(name) >= len(menu.found):
        return desk, []
    closed, effects = menus.keyed(replace(menu, chosen=int(name)), "c-m")
    return replace(desk, menu=closed), effects


def _step(desk: Desk, steps: int, now: float) -> Next:
    control = FADERS[desk.chosen].control
    text = moved(control, desk.controls.get(control.name), steps)
    return change(desk, control.name, {control.name: text}, now)


def _aim(desk: Desk, key: str, now: float) -> Next:
    control = FADERS[desk.chosen].control
    texts = {"home": placed(control, 0.0), "end": placed(control, 1.0), "delete": reset(control)}
    texts["c-h"] = texts["delete"]
    if key not in texts:
        return desk, []
    return change(desk, control.name, {control.name: texts[key]}, now)


def _panic(desk: Desk) -> Next:
    if desk.piano is not None:
        desk = replace(desk, piano=keyboard.lifted(desk.piano)[0])
    return said(desk, "panic: everything is silent"), [Request({"do": "panic"})]


def _quit(desk: Desk) -> Next:
    return desk, [Quit()] if desk.piano is None else [TellReleases(wanted=False), Quit()]


def _take_keyboard(desk: Desk) -> Next:
    return replace(desk, piano=Piano()), [TellReleases(wanted=True)]


def _learn(desk: Desk) -> Next:
    return desk, [OfferTargets(FADERS[desk.chosen].name)]


def _record(desk: Desk) -> Next:
    return desk, [Request({"do": "record", "on": not desk.status.get("recording")})]


def _ask(what: str) -> Callable[[Desk], Next]:
    request = Request({"do": what})
    return lambda desk: (desk, [request])


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
    return replace(desk, piano=None), [*map(_play, played), TellReleases(wanted=False)]


def _play(data: bytes) -> Request:
    return Request({"do": "play", "data": data.hex()})


def _choose(steps: int) -> Callable[[Desk], Next]:
    return lambda desk: (replace(desk, chosen=(desk.chosen + steps) % len(FADERS)), [])


MORPH_KEYS: Mapping[str, Callable[[Morph], Morph]] = {
    "left": lambda morph: morph.moved(-1),
    "right": lambda morph: morph.moved(1),
    "s-left": lambda morph: morph.moved(-5),
    "s-right": lambda morph: morph.moved(5),
    "home": lambda morph: morph.placed(0.0),
    "end": lambda morph: morph.placed(1.0),
}

STEPS: Mapping[str, int] = {"left": -1, "right": 1, "s-left": -5, "s-right": 5}

ACTIONS: Mapping[str, Callable[[Desk], Next]] = {
    "up": _choose(-1),
    "down": _choose(1),
    "u": undone,
    "t": _ask("tap"),
    "g": lambda desk: (said(desk, "good: more like that"), [Request({"do": "good"})]),
    "x": lambda desk: (said(desk, "not that: less of it"), [Request({"do": "bad"})]),
    "p": lambda desk: (desk, [NextPreset(desk.preset, 1)]),
    "o": lambda desk: (desk, [NextPreset(desk.preset, -1)]),
    "P": lambda desk: (replace(desk, naming=desk.preset), []),
    "L": lambda desk: (desk, [OfferPresets()]),
    "M": lambda desk: (desk, [OfferMorph()]),
    "K": _learn,
    "i": _ask("ports"),
    "r": _record,
    "R": _ask("keep"),
    "F": lambda desk: (replace(desk, menu=menus.forgetting()), []),
    "c-i": _take_keyboard,
    "q": _quit,
}

NAMED_KEYS = (
    *("up", "down", "left", "right", "s-left", "s-right", "home", "end", "delete"),
    *("c-h", "c-i", "c-m", "c-c", "escape"),
)
"""Keys that are no characters; the shell listens for these and for every character."""
