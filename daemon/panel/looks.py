"""How the panel draws: with block characters, or in plain ASCII; and its colours. Values only.

The colours have a contrast of at least 3 to white and to black, as nobody can tell which a
terminal has behind them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Fragment = tuple[str, str]
Line = tuple[Fragment, ...]

COLOURS: Mapping[str, str] = {
    "player": "#5f87d7",
    "machine": "#d75f00",
    "planned": "#af875f",
    "faint": "#878787",
}

STYLES: Mapping[str, str] = {
    **COLOURS,
    "player-machine": f"{COLOURS['player']} bg:{COLOURS['machine']}",
    "machine-player": f"{COLOURS['machine']} bg:{COLOURS['player']}",
    "turn-player": f"bold reverse {COLOURS['player']}",
    "turn-machine": f"bold reverse {COLOURS['machine']}",
    "turn": "bold reverse",
    "chosen": "reverse",
    "bar": COLOURS["player"],
    "problem": f"bold {COLOURS['machine']}",
    "strong": "bold",
}

_PARTS = ("", "player", "machine", "planned")
_SAME = {"player": "█", "machine": "█", "planned": "═"}


@dataclass(frozen=True, slots=True)
class Look:
    """The characters of one way to draw; `cell` draws one place of the roll."""

    keys_per_row: int
    cell: Callable[[tuple[int, ...]], Fragment]
    full: str
    rest: str
    unset: str
    arrow: str
    clean: Callable[[str], str]


def _plain_cell(stack: tuple[int, ...]) -> Fragment:
    name = _PARTS[stack[0]] if stack[0] < len(_PARTS) else "faint"
    return (f"class:{name}" if name else "", " #o.|"[stack[0]])


def _block_cell(stack: tuple[int, ...]) -> Fragment:
    if len(stack) == 1:
        return "class:faint", "│"
    upper, lower = (_PARTS[part] for part in stack)
    if upper == lower:
        return (f"class:{upper}", _SAME[upper]) if upper else ("", " ")
    # A planned note beside one that sounds gives way: one cell has one shape.
    if not lower or lower == "planned":
        if upper:
            return f"class:{upper}", "▔" if upper == "planned" else "▀"
        return "class:planned", "▁"
    if not upper or upper == "planned":
        return f"class:{lower}", "▄"
    return f"class:{upper}-{lower}", "▀"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _ascii(text: str) -> str:
    return _printable(text).encode("ascii", "replace").decode("ascii")


ASCII = Look(1, _plain_cell, "=", "-", ".", "->", _ascii)
BLOCKS = Look(2, _block_cell, "━", "─", "·", "→", _printable)
