"""The kitty keyboard protocol: how a terminal is asked for it, and keys out of what it sends. Pure.

By it a terminal tells when a key is let go, which the older ways of terminals cannot. It is
described in kitty's documentation as "comprehensive keyboard handling in terminals".
"""

import re
from dataclasses import dataclass
from enum import Enum

_DISAMBIGUATE, _EVENTS, _ALL_KEYS, _TEXT = 1, 2, 8, 16
_SHIFT, _CTRL, _LOCKS = 1, 4, 64 | 128

ASK = f"\x1b[>{_DISAMBIGUATE | _EVENTS | _ALL_KEYS | _TEXT}u\x1b[?u\x1b[?1004h"
"""Begin; a terminal that can, answers. It also tells when another window is typed into."""

LEAVE = "\x1b[?1004l\x1b[<u"


class Action(Enum):
    """What became of a key; the numbers are the protocol's."""

    PRESS = 1
    REPEAT = 2
    RELEASE = 3


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key and what became of it; `code` stays the same until it is let go, `name` may not.

    `name` is empty for a key without a meaning here, such as shift alone.
    """

    code: str
    name: str
    action: Action


@dataclass(frozen=True, slots=True)
class Answer:
    """What the terminal says that it does."""

    feels_releases: bool


@dataclass(frozen=True, slots=True)
class Away:
    """Another window is typed into, or this one again."""


SEQUENCE = re.compile(
    r"\x1b\[(?:"
    r"\?(?P<flags>\d+)u"
    r"|(?P<focus>[IO])"
    r"|(?P<code>\d+)(?::[\d:]*)?;?(?P<modifiers>\d*)(?::(?P<event>\d+))?(?:;(?P<text>[\d:]*))?u"
    r"|(?P<number>\d+);(?P<held>\d+)(?::(?P<what>\d+))?(?P<letter>[~A-DFHPQS])"
    r")"
)
"""Any sequence of the protocol's; nothing that the older ways know but keys with modifiers."""

UNFINISHED = re.compile(r"\x1b(?:\[\??[\d:;]*)?\Z")
"""The end of what was read, if it may be the beginning of such a sequence."""

_CODES = {9: "c-i", 13: "c-m", 27: "escape", 127: "c-h"}
_LETTERS = {"A": "up", "B": "down", "C": "right", "D": "left", "F": "end", "H": "home"}
_NUMBERS = {"3": "delete"}
_FUNCTIONAL = range(57344, 63744)
"""Of Unicode's private area: keys that write nothing."""


def read(sequence: str) -> Stroke | Answer | Away | None:
    """What a sequence of the protocol says; None for anything else."""
    found = SEQUENCE.fullmatch(sequence)
    if found is None:
        return None
    if found["flags"] is not None:
        return Answer(bool(int(found["flags"]) & _EVENTS))
    if found["focus"] is not None:
        return Away()
    modifiers = max(int(found["modifiers"] or found["held"] or 1) - 1, 0) & ~_LOCKS
    event = int(found["event"] or found["what"] or 1)
    action = Action(event) if event in (1, 2, 3) else Action.PRESS
    if found["letter"] is not None:
        code = found["number"] + found["letter"]
        names = _NUMBERS if found["letter"] == "~" else _LETTERS
        key = found["number"] if found["letter"] == "~" else found["letter"]
        return Stroke(code, _modified(names.get(key, ""), modifiers), action)
    return Stroke(found["code"], _named(int(found["code"]), modifiers, found["text"]), action)


def _modified(name: str, modifiers: int) -> str:
    if modifiers == 0 or not name:
        return name
    return f"s-{name}" if modifiers == _SHIFT and name in ("left", "right") else ""


def _named(code: int, modifiers: int, text: str | None) -> str:
    if code in _CODES:
        return _CODES[code] if modifiers in (0, _SHIFT) else ""
    char = _char(text.partition(":")[0]) if text else _char(str(code))
    if code in _FUNCTIONAL and not text:
        return ""
    if modifiers == _CTRL:
        return f"c-{chr(code)}" if chr(code).isascii() and chr(code).isalpha() else ""
    if modifiers not in (0, _SHIFT):
        return char if text else ""
    return char.upper() if modifiers == _SHIFT and not text else char


def _char(digits: str) -> str:
    code = int(digits) if digits else 0
    char = chr(code) if 0 < code <= 0x10FFFF else ""
    return char if char.isprintable() else ""
