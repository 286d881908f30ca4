"""The lines of the panel that stand alone: turn, music, ports, figures, log, hint. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from prompt_toolkit.utils import get_cwidth

from antiphon.daemon import midi
from antiphon.daemon.panel import desk as desks
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.looks import Fragment, Line, Look
from antiphon.daemon.panel.morph import Morph
from antiphon.daemon.ports.keyboards import lasting

_TURNS = {"player": ("turn-player", " YOU "), "machine": ("turn-machine", " MACHINE ")}
MOST_OF_NAME = 24

HEARD: Final[Mapping[str, tuple[str, int]]] = {
    "key": ("key", 8),
    "chord": ("chord", 6),
    "tempo": ("tempo_bpm", 5),
    "style": ("style", 9),
}
"""What is heard in the music: where the state has it, and how wide it gets."""

INVITATIONS: Final[Mapping[str, str]] = {
    "reply": "Play a phrase and stop: the machine answers.",
    "continue": "Play a phrase and stop: the machine goes on from it.",
    "together": "Play: the machine plays along.",
    "harmonise": "Play a note and hold it: the machine adds voices.",
    "trade": "Play your bars: the next ones are the machine's.",
    "silent": "Play: the machine listens, and stays silent.",
}


def turn(desk: Desk, now: float, look: Look) -> Line:
    """Whose turn it is and how near its end; what is asked for."""
    style, text = _TURNS.get(desk.turn, ("turn", f" {(desk.turn or 'no daemon').upper()} "))
    near = desks.nearness(desk, now)
    filled = round((near or 0.0) * 10)
    bar = "" if near is None else look.full * filled + look.rest * (10 - filled)
    asked = f"mode {desk.controls.get('mode', '?')}  style {desk.controls.get('style', '?')}"
    preset = f"  preset {desk.preset}" if desk.preset else ""
    other = f"  version {desk.other_version}: restart one" if desk.is_of_other_version else ""
    return (
        (f"class:{style}", f"{text:<9}"),
        ("class:player", f" {bar:<10}  "),
        ("", asked + preset),
        ("class:problem", other),
    )


def music(desk: Desk) -> Line:
    """What is heard in the music, each thing always in the same place."""
    fragments = [("class:faint", "heard")]
    for name, (place, width) in HEARD.items():
        value = desk.state.get(place)
        text = "-" if value in (None, "") else str(value)
        fragments += [("class:faint", f"  {name} "), ("", f"{text:<{width}}")]
    return tuple(fragments)


def invitation(desk: Desk) -> tuple[str, ...]:
    """What to do first, for who has never been here."""
    first = INVITATIONS.get(str(desk.controls.get("mode")), "Play.")
    if desk.piano is not None:
        return first, "These keys are a piano: the rows from z and from q."
    return first, "No keyboard at hand? Tab makes a piano of this one.", "? shows all keys."


def ports(desk: Desk, look: Look) -> Line:
    """Where the music comes from and goes to."""
    status = desk.status
    knobs = f", knobs from {_plug(status, 'controller')}" if status.get("controller") else ""
    sound = status.get("sound")
    heard = " + sound" if isinstance(sound, dict) and sound.get("sounds") else ""
    text = f"{_plug(status, 'input')} {look.arrow} {_plug(status, 'output')}{heard}{knobs}"
    # First, as the names of ports may go over the edge.
    kept = "recording" if status.get("recording") else "not recording"
    return (("class:faint", f"{kept}  {text} ({status.get('backend', '?')})"),)


def _plug(status: Mapping[str, Any], way: str) -> str:
    lost = status.get("lost")
    is_lost = isinstance(lost, list) and way in lost
    return f"{lasting(str(status.get(way, '?')))}{' (lost)' if is_lost else ''}"


def figures(desk: Desk) -> Line:
    """How fast the model is, how late notes were, what it costs."""
    performer = desk.status.get("performer")
    late = desk.status.get("lateness") or {}
    model = "the model is being loaded"
    if isinstance(performer, dict):
        model = f"{performer.get('provider', '?')}, step p50 {_ms(performer, 'step_p50_ms')}"
        model += f" p99 {_ms(performer, 'step_p99_ms')}"
    lateness = f"late p50 {_ms(late, 'p50_ms')} p99 {_ms(late, 'p99_ms')} ms"
    shares = desk.work.shares if desk.work else {}
    core = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return (("class:faint", f"{model}, {lateness}" + (f"; {core}" if core else "")),)


def _ms(figures: object, name: str) -> str:
    value = figures.get(name) if isinstance(figures, dict) else None
    return f"{value:.2f}" if isinstance(value, int | float) else "?"


def log(desk: Desk) -> Line:
    """The latest line for the user."""
    if desk.naming is not None:
        return (("class:strong", f"save preset as: {desk.naming}_"),)
    return (("class:problem", desk.log[-1] if desk.log else ""),)


def hint(desk: Desk) -> Line:
    """What may be pressed now."""
    if desk.naming is not None:
        return _keys(("enter", "saves"), ("esc", "leaves it"))
    if desk.menu is not None:
        return _keys(("enter", "takes it"), ("a-z", "find"), ("esc", "leaves"), ("space", "panic"))
    if desk.learning:
        return (("class:strong", f"move the knob for {desk.learning} (esc leaves it)"),)
    if desk.morph is not None:
        return _keys(("left, right", "morph"), ("enter", "ends"), ("u", "undo"), ("space", "panic"))
    if desk.piano is not None:
        lowest, velocity = midi.key_name(desk.piano.lowest), str(desk.piano.velocity)
        octave, touch = ("- =", f"from {lowest}"), ("[ ]", f"velocity {velocity}")
        return _keys(("z.. q..", "play"), octave, touch, ("tab", "ends"), ("space", "panic"))
    return _keys(
        *(("?", "help"), ("space", "panic"), ("u", "undo"), ("tab", "piano"), ("i", "ports")),
        *(("K", "knobs"), ("p", "presets"), ("q", "quit")),
    )


def _keys(*keys: tuple[str, str]) -> Line:
    line: list[Fragment] = []
    for key, meaning in keys:
        line += [("class:strong", key), ("class:faint", f" {meaning}  ")]
    return tuple(line)


def morph(morph: Morph, width: int, look: Look) -> tuple[Line, int, int]:
    """How far between two presets, and where the way begins and how long it is."""
    first, second = f"{morph.first[:MOST_OF_NAME]} ", f" {morph.second[:MOST_OF_NAME]}"
    way = max(width - get_cwidth(first + second) - len(" 0.00"), 1)
    filled = round(morph.share * way)
    line: Line = (
        ("class:strong", first),
        ("class:bar", look.full * filled),
        ("class:faint", look.rest * (way - filled)),
        ("class:strong", second),
        ("", f" {morph.share:.2f}"),
    )
    return line, get_cwidth(first), way
