"""The picture of a desk: styled lines for any size of terminal, and what a click may hit. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

from antiphon.daemon.panel import roll, strips
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.faders import FADERS, Fader, shown
from antiphon.daemon.panel.gestures import MORPH
from antiphon.daemon.panel.looks import Fragment, Line, Look
from antiphon.daemon.panel.menu import Menu

HELP = (
    ("space", "panic: everything silent at once, whatever else the keys do"),
    ("up, down", "choose a control; so do the digit or letter before its name"),
    ("left, right", "change it, with shift in larger steps; home and end go all the way"),
    ("delete", "leave it to the model"),
    ("u", "undo the last change made here"),
    ("t", "tap the beat"),
    ("g, x", "good: more like that; not that: it stops, and less of it returns"),
    ("p, o", "load the next preset, the one before"),
    ("P, L", "save the controls as a preset; load one by its name"),
    ("M", "morph from one preset to another with left and right; enter ends it"),
    ("i", "ports: where to listen and what to play on, changed at once"),
    ("K, enter", "learn: the knob that moves next moves the control; delete forgets"),
    ("r, R", "record, or stop it; keep the last two minutes all the same"),
    ("F", "forget what was liked, and what was played"),
    ("tab", "play on these keys: rows z, q; - = octave, [ ] velocity; tab ends"),
    ("mouse", "click or drag a slider, click a line of a list"),
    ("q, ctrl-c", "quit; a daemon that runs by itself goes on"),
    ("", ""),
    ("the roll", "goes by to the left; thin lines right of now are about to be played"),
    ("lists", "up and down, or type a part of the name; enter takes it, esc leaves"),
    ("", "any key closes this"),
)

_LABEL = 11
_NUMBER = 4
_CHOICE = 12
"""The longest value of a control of either kind, a choice with the marks around it."""
_LEFT, _RIGHT = ("class:faint", "< "), ("class:faint", ">")
"""A choice goes either way: by the arrows, or by a click on either half."""
_SHORTEST_BAR = 4
_WIDE, _NARROW = 38, _LABEL + 1 + _CHOICE + 2
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
    top: list[Line] = [strips.turn(desk, now, look)]
    bottom: list[Line] = []
    if height >= 12:
        top.append(strips.music(desk))
    if height >= 16:
        bottom += [strips.ports(desk, look), strips.figures(desk)]
    if height >= 4:
        bottom.append(strips.log(desk))
    if height >= 3:
        bottom.append(strips.hint(desk))
    room = height - len(top) - len(bottom)
    most = room if room < 6 else room // 2 + 1
    columns = _columns(width, most)
    sliders = min(-(-len(FADERS) // columns), most)
    rows = room - sliders
    drawn = roll.drawn(desk.notes, desk.planned, now, (width, rows), look)
    if desk.linked and not (desk.notes or desk.planned):
        drawn = _invited(drawn, strips.invitation(desk), width)
    if desk.menu is not None:
        steered, targets = _menu(desk.menu, len(top) + rows, sliders, width)
    else:
        steered, targets = _faders(desk, len(top) + rows, sliders, width // columns, columns, look)
    if desk.morph is not None and len(bottom) > 1:
        bottom[-2], column, way = strips.morph(desk.morph, width, look)
        targets = (*targets, Target(height - 2, column, way, MORPH))
    lines = (*top, *drawn, *steered, *bottom)
    return Screen(tuple(_fit(line, width, look) for line in lines), targets)


def _invited(drawn: list[Line], lines: Sequence[str], width: int) -> list[Line]:
    """An empty roll says what to do, where there is room for it."""
    longest = max(map(len, lines))
    top = (len(drawn) - len(lines)) // 2
    if top < 1 or longest >= width:
        return drawn
    left = " " * ((width - longest) // 2)
    told: list[Line] = [(("class:faint", left + line),) for line in lines]
    return [*drawn[:top], *told, *drawn[top + len(lines) :]]


def _help() -> list[Line]:
    return [(("class:strong", f" {keys:<12}"), ("", text)) for keys, text in HELP]


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
            value, way = _slide(fader, desk, max(width - _LABEL - 1 - 2, 0), look)
            line += [(style, f"{label:<{_LABEL}}"), ("", " "), *value, ("", "  ")]
            if way:
                where = top + row - first, column * width + _LABEL + 1
                targets.append(Target(*where, way, fader.name))
        lines.append(tuple(line))
    return lines, tuple(targets)


def _menu(menu: Menu, top: int, rows: int, width: int) -> tuple[list[Line], tuple[Target, ...]]:
    """The title, if there is room, and as many entries, with the chosen one among them."""
    head: list[Line] = []
    if rows > 1:
        head.append((("class:strong", f"{menu.title}: {menu.typed}_"),))
    room = rows - len(head)
    first = min(max(menu.chosen - room // 2, 0), max(len(menu.found) - room, 0))
    shown = list(enumerate(menu.found))[first : first + room]
    lines = [*head]
    targets = []
    for place, entry in shown:
        style = "class:chosen" if place == menu.chosen else ""
        targets.append(Target(top + len(lines), 0, width, str(place)))
        lines.append(((style, f" {entry.text} "),))
    lines += [()] * (rows - len(lines))
    if not shown and room:
        lines[-room] = (("class:faint", " nothing like that; backspace"),)
    return lines, tuple(targets)


def _slide(fader: Fader, desk: Desk, room: int, look: Look) -> tuple[list[Fragment], int]:
    """A value in so much room, with the way to it where there is enough, and how long that is."""
    control, value = fader.control, desk.controls.get(fader.name)
    text = shown(control, value) if fader.name in desk.controls else "?"
    if control.choices:
        if room < _CHOICE:
            return [("", f"{text:<{room}}")], 0
        wide = _CHOICE - len("< >")
        choice = ("", f"{text[:wide]:<{wide}}")
        return [_LEFT, choice, _RIGHT, ("", " " * (room - _CHOICE))], _CHOICE
    bar = room - 1 - _NUMBER
    if bar < _SHORTEST_BAR:
        return [("", f"{text:<{room}}")], 0
    end = ("", f" {text[:_NUMBER]:>{_NUMBER}}")
    where = control.share(value)
    if where is None:
        return [("class:faint", look.unset * bar + end[1])], bar
    filled = max(1, round(where * bar)) if where else 0
    way = ("class:bar", look.full * filled), ("class:faint", look.rest * (bar - filled))
    return [*way, end], bar


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
