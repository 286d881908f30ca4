"""Events as text, one a line: ``player +0.250 on C4 v70``, ``machine +0.120 off C4``.

The number is the time since the previous event of either part, in seconds. Empty lines count for
nothing, nor does what stands after a ``#`` at a line's start or after a space. A time or velocity
off the model's grid moves to the nearest place on it. No torch.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from antiphon.model import events
from antiphon.model.errors import ModelError
from antiphon.model.events import Event

PARTS = {"player": events.PLAYER, "machine": events.MACHINE}
_NAMES = {who: name for name, who in PARTS.items()}

_COMMENT = re.compile(r"(^|\s)#.*")


def text_of(event: Event) -> str:
    """An event in words."""
    words = f"{_NAMES[event.who]} +{events.STEP_S[event.step]:.3f} {events.kind_name(event.kind)}"
    return f"{words} v{events.velocity_of(event.touch)}" if event.kind < events.KEYS else words


def event_of(text: str) -> Event:
    """The event of a line without comment; raises ValueError with what is wrong."""
    words = text.split()
    if not 4 <= len(words) <= 5:
        raise ValueError(f"{text!r} is no event: write it as in: player +0.250 on C4 v70")
    if words[0] not in PARTS:
        raise ValueError(f"{words[0]!r} is no part: write {' or '.join(PARTS)}")
    step = _step_of(words[1])
    kind = _kind_of(words[2], words[3])
    if kind >= events.KEYS:
        if len(words) == 5:
            raise ValueError(f"{words[4]!r} is too much: only a note's beginning has a velocity")
        return Event(PARTS[words[0]], step, kind)
    if len(words) < 5 or not words[4].startswith("v"):
        raise ValueError(f"{text!r} has no velocity: write it at the end, as in v70")
    return Event(PARTS[words[0]], step, kind, _touch_of(words[4]))


def _step_of(word: str) -> int:
    try:
        seconds = float(word)
    except ValueError:
        raise ValueError(f"{word!r} is no time: write seconds, as in +0.250") from None
    longest_s = round(events.LONGEST_S, 3)
    if not 0.0 <= seconds <= longest_s:
        raise ValueError(f"{word} is outside +0.000..+{longest_s:.3f} seconds")
    return events.step_of(seconds)


def _kind_of(word: str, what: str) -> int:
    if word == "on":
        return events.key_of(what)
    if word == "off":
        return events.NOTE_OFF + events.key_of(what)
    if word == "pedal" and what in ("down", "up"):
        return events.PEDAL_DOWN if what == "down" else events.PEDAL_UP
    raise ValueError(
        f"{f'{word} {what}'!r} is nothing that happens: write on C4, off C4, pedal down or pedal up"
    )


def _touch_of(word: str) -> int:
    try:
        velocity = int(word[1:])
    except ValueError:
        raise ValueError(f"{word!r} is no velocity: write v1 to v127") from None
    return events.touch_of(velocity)


def text(sequence: Iterable[Event]) -> str:
    """Events as text, a line each."""
    return "".join(f"{text_of(event)}\n" for event in sequence)


def read(path: Path) -> list[Event]:
    """The events of a text file. Raises ModelError that names the file and the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; give a MIDI file or one of events") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: neither text nor named .mid; give one of the two") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if content := _COMMENT.sub("", line).strip():
            try:
                found.append(event_of(content))
            except ValueError as error:
                raise ModelError(f"{path}, line {number}: {error}") from None
    if not found:
        raise ModelError(f"{path}: holds no events; write some as in: player +0.250 on C4 v70")
    return found
