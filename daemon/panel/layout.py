"""The picture of a desk: styled lines for any size of terminal, and what a click may hit. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

from antiphon.daemon import midi
from antiphon.daemon.panel import desk as desks
from antiphon.daemon.panel import roll
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.faders import FADERS, Fader, shown
from antiphon.daemon.panel.looks import Fragment, Line, Look

HELP = (
    ("space", "panic: everything silent at once, whatever else the keys do"),
    ("up, down", "choose a control; so do the digit or letter before its name"),
    ("left, right", "change it, with shift in larger steps; home and end go all the way"),
    ("delete", "leave it to the model"),
    ("u", "undo the last change made here"),
    ("t", "tap the beat"),
    ("g, x", "that was good: more of it; not that: it stops, and less of it comes back"),
    ("p, o", "load the next preset, the one before"),
    ("P", "save the controls as a preset: type a name, enter"),
    ("tab", "play on this keyboard: z and q rows; - = octave, [ ] velocity; tab ends it"),
    ("mouse", "click or drag a slider"),
    ("q, ctrl-c", "quit; a daemon that runs by itself goes on"),
    ("", ""),
    ("the roll", "goes by to the left; thin lines right of now are about to be played"),
    ("", "any key closes this"),
)

_TURNS = {"player": ("turn-player", " YOU "), "machine": ("turn-machine", " MACHINE ")}
_LABEL = 11
_VALUE = 9
_SHORTEST_BAR = 4
_WIDE, _NARROW = 38, _LABEL + _SHORTEST_BAR + _VALUE + 2
"""How much room a column of controls is given, and has to have."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a slider's way lies on the screen."""

    row: int
    column: int
    width: int
    name: str


@dataclass(frozen=True, slots=True)
class Screen:
    """The lines from the top, none wider than the terminal, and what can be clicked."""

    lines: tuple[Line, ...]
    targets: tuple[Target, ...] = ()


def hit(screen: Screen, row: int, column: int) -> tuple[str, float] | None:
    """The slider at a place, and where on its way, 0 to 1."""
    for target in screen.targets:
        if target.row == row and target.column <= column < target.column + target.width:
            return target.name, (column - target.column) / max(target.width - 1, 1)
    return None


def picture(desk: Desk, now: float, size: tuple[int, int], look: Look) -> Screen:
    """The whole screen, `size` columns by rows."""
    width, height = size
    if width < 1 or height < 1:
        return Screen(())
    if desk.help:
        return Screen(tuple(_fit(line, width, look) for line in _help()[:height]))
    top: list[Line] = [_turn(desk, now, look)]
    bottom: list[Line] = []
    if height >= 12:
        top.append(_music(desk))
    if height >= 16:
        bottom += [_ports(desk, look), _figures(desk)]
    if height >= 4:
        bottom.append(_log(desk))
    if height >= 3:
        bottom.append(_hint(desk))
    room = height - len(top) - len(bottom)
    most = room if room < 6 else max(1, room // 2)
    columns = _columns(width, most)
    sliders = min(-(-len(FADERS) // columns), most)
    rows = room - sliders
    drawn = roll.drawn(desk.notes, desk.planned, now, (width, rows), look)
    faders, targets = _faders(desk, len(top) + rows, sliders, width // columns, columns, look)
    lines = (*top, *drawn, *faders, *bottom)
    return Screen(tuple(_fit(line, width, look) for line in lines), targets)


def _help() -> list[Line]:
    return [(("class:strong", f" {keys:<12}"), ("", text)) for keys, text in HELP]


def _turn(desk: Desk, now: float, look: Look) -> Line:
    style, text = _TURNS.get(desk.turn, ("turn", f" {(desk.turn or 'no daemon').upper()} "))
    near = desks.nearness(desk, now)
    filled = round((near or 0.0) * 10)
    bar = "" if near is None else look.full * filled + look.rest * (10 - filled)
    asked = f"mode {desk.controls.get('mode', '?')}  style {desk.controls.get('style', '?')}"
    preset = f"  preset {desk.preset}" if desk.preset else ""
    return (
        (f"class:{style}", f"{text:<9}"),
        ("class:player", f" {bar:<10}  "),
        ("", asked + preset),
    )


def _music(desk: Desk) -> Line:
    state = desk.state
    parts = [
        f"key {state.get('key') or '?'}",
        f"chord {state.get('chord') or '?'}",
    ]
    for name, label in (("tempo_bpm", "tempo"), ("style_heard", "style heard")):
        if state.get(name) is not None:
            parts.append(f"{label} {state[name]}")
    if desk.piano is not None:
        name = midi.key_name(desk.piano.lowest)
        parts.append(f"keyboard from {name}, velocity {desk.piano.velocity} (tab ends)")
    return (("", "  ".join(parts)),)


def _ports(desk: Desk, look: Look) -> Line:
    status = desk.status
    text = f"{status.get('input', '?')} {look.arrow} {status.get('output', '?')}"
    kept = "recording" if status.get("recording") else "not recording"
    return (("class:faint", f"{text} ({status.get('backend', '?')}), {kept}"),)


def _figures(desk: Desk) -> Line:
    performer = desk.status.get("performer")
    late = desk.status.get("lateness") or {}
    model = "the model is being loaded"
    if isinstance(performer, dict):
        model = f"{performer.get('provider', '?')}, step p50 {_ms(performer, 'step_p50_ms')}"
        model += f" p99 {_ms(performer, 'step_p99_ms')} ms"
    lateness = f"late p50 {_ms(late, 'p50_ms')} p99 {_ms(late, 'p99_ms')} ms"
    return (("class:faint", f"{model}; {lateness}"),)


def _ms(figures: object, name: str) -> str:
    value = figures.get(name) if isinstance(figures, dict) else None
    return f"{value:.2f}" if isinstance(value, int | float) else "?"


def _log(desk: Desk) -> Line:
    if desk.naming is not None:
        return (("class:strong", f"save preset as: {desk.naming}_"),)
    return (("class:problem", desk.log[-1] if desk.log else ""),)


def _hint(desk: Desk) -> Line:
    if desk.naming is not None:
        return (("class:faint", "enter saves  esc leaves it"),)
    return (("class:faint", "?help space=panic u=undo tab=keys p=preset q=quit"),)


def _columns(width: int, rows: int) -> int:
    """As few columns of controls as show them all, for bars as long as can be."""
    fewest, most = max(1, width // _WIDE), max(1, width // _NARROW)
    enough = -(-len(FADERS) // max(rows, 1))
    return min(max(enough, min(fewest, 3)), most)


def _faders(
    desk: Desk, top: int, rows: int, width: int, columns: int, look: Look
) -> tuple[list[Line], tuple[Target, ...]]:
    """As many rows of controls as there is room for, with the chosen one among them."""
    tall = -(-len(FADERS) // columns)
    first = min(max(desk.chosen % tall - rows // 2, 0), tall - rows)
    lines, targets = [], []
    for row in range(first, first + rows):
        line: list[Fragment] = []
        for column in range(columns):
            place = column * tall + row
            if place >= len(FADERS):
                continue
            fader = FADERS[place]
            label = f"{fader.key:<1} {fader.label}"[:_LABEL]
            style = "class:chosen" if place == desk.chosen else ""
            bar = max(width - _LABEL - _VALUE - 2, 0)
            line += [(style, f"{label:<{_LABEL}}"), ("", " ")]
            line += _slide(fader, desk, bar, look)
            if bar >= _SHORTEST_BAR:
                where = top + row - first, column * width + _LABEL + 1
                targets.append(Target(*where, bar, fader.name))
        lines.append(tuple(line))
    return lines, tuple(targets)


def _slide(fader: Fader, desk: Desk, bar: int, look: Look) -> Sequence[Fragment]:
    control, value = fader.control, desk.controls.get(fader.name)
    text = shown(control, value) if fader.name in desk.controls else "?"
    end = f" {text[:_VALUE]:<{_VALUE}}"
    if bar < _SHORTEST_BAR:
        return [("", end)]
    if control.choices:
        place = control.choices.index(str(value)) + 1 if value in control.choices else 0
        filled = round(place / len(control.choices) * bar)
    else:
        where = control.share(value)
        if where is None:
            return [("class:faint", look.unset * bar), ("", end)]
        filled = max(1, round(where * bar)) if where else 0
    return [
        ("class:bar", look.full * filled),
        ("class:faint", look.rest * (bar - filled)),
        ("", end),
    ]


def _fit(line: Line, width: int, look: Look) -> Line:
    """The line cut to the width, every character one that can be shown."""
    kept: list[Fragment] = []
    room = width
    for style, text in line:
        part = ""
        for char in look.clean(text):
            room -= get_cwidth(char)
            if room < 0:
                return (*kept, (style, part))
            part += char
        kept.append((style, part))
    return tuple(kept)
