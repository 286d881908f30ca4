"""The lines of the panel that stand alone: turn, music, ports, figures, log, hint. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from prompt_toolkit.utils import get_cwidth

from antiphon.daemon import midi
from antiphon.daemon.panel import desk as desks
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.looks import Line, Look
from antiphon.daemon.panel.morph import Morph

_TURNS = {"player": ("turn-player", " YOU "), "machine": ("turn-machine", " MACHINE ")}
MOST_OF_NAME = 24

HEARD: Final[Mapping[str, str]] = {
    "key": "key",
    "chord": "chord",
    "tempo": "tempo_bpm",
    "style": "style",
}
"""What is heard in the music, and where the state has it."""


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
    """What is heard in the music, and the computer's keyboard."""
    state = desk.state
    parts = [f"{name} {_heard(state, name)}" for name in HEARD]
    if desk.piano is not None:
        name = midi.key_name(desk.piano.lowest)
        parts.append(f"keyboard from {name}, velocity {desk.piano.velocity} (tab ends)")
    return (("class:faint", "heard  "), ("", "  ".join(parts)))


def _heard(state: Mapping[str, Any], name: str) -> str:
    value = state.get(HEARD[name])
    return "-" if value in (None, "") else str(value)


def ports(desk: Desk, look: Look) -> Line:
    """Where the music comes from and goes to."""
    status = desk.status
    knobs = f", knobs from {_plug(status, 'controller')}" if status.get("controller") else ""
    sound = status.get("sound")
    heard = " + sound" if isinstance(sound, dict) and sound.get("sounds") else ""
    text = f"{_plug(status, 'input')} {look.arrow} {_plug(status, 'output')}{heard}{knobs}"
    kept = "recording" if status.get("recording") else "not recording"
    return (("class:faint", f"{text} ({status.get('backend', '?')}), {kept}"),)


def _plug(status: Mapping[str, Any], way: str) -> str:
    lost = status.get("lost")
    is_lost = isinstance(lost, list) and way in lost
    return f"{status.get(way, '?')}{' (lost)' if is_lost else ''}"


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
        return (("class:faint", "enter saves  esc leaves it"),)
    if desk.menu is not None:
        return (("class:faint", "enter takes it  type to find  esc leaves  space=panic"),)
    if desk.learning:
        return (("class:strong", f"move the knob for {desk.learning} (esc leaves it)"),)
    if desk.morph is not None:
        return (("class:faint", "left, right morph  enter ends  u=undo  space=panic"),)
    return (("class:faint", "?help space=panic u=undo tab=keys i=ports K=knob p=preset q=quit"),)


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
