"""Messages on the pipe between the session process and the performer, one JSON object a line.

MIDI data is hexadecimal there. What cannot have been written by ``encode`` is refused.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import (
    LARGEST,
    Ask,
    Beat,
    Cancel,
    Forget,
    Heard,
    Judge,
    Latency,
    Message,
    Problem,
    Ready,
    Schedule,
    Sent,
    Settings,
    State,
    Timed,
    Took,
    Value,
    Verdict,
    Voices,
    Withdrawn,
)

_KINDS: dict[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        *(Heard, Sent, Withdrawn, Beat, Settings, Latency, Judge, Verdict, Forget, Ask),
        *(Ready, Schedule, Voices, Cancel, Took, State, Problem),
    )
}

_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def encode(message: Message) -> bytes:
    """One line, ending in a newline; `decode` gives an equal message back."""
    return _JSON.encode(as_table(message)).encode() + b"\n"


def as_table(message: Message) -> dict[str, object]:
    """The fields of a message as JSON has them, and its kind under `is`."""
    content: dict[str, object] = {"is": type(message).__name__}
    for name in _KNOWN[type(message)]:
        content[name] = _plain(getattr(message, name))
    return content


def decode(line: bytes) -> Message:
    """The message of one line; raises `AntiphonError` for anything that `encode` cannot make."""
    try:
        return from_table(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AntiphonError(f"not a message between processes: {line[:80]!r} ({error})") from None


def from_table(content: Any) -> Message:
    """The message of a table that `as_table` made; raises an error of Python's for any other.

    A field with a default may be missing: an older journal does not have it.
    """
    kind = _KINDS[content["is"]]
    known, needed = _KNOWN[kind], _NEEDED[kind]
    given = content.keys() - {"is"}
    if not needed <= given <= known.keys():
        raise ValueError("other fields than expected")
    # Any: each reader gives what the annotation of its field says.
    values: dict[str, Any] = {name: known[name](content[name]) for name in given}
    return kind(**values)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _integer(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a whole number from 0")
    return value


def _number(value: object) -> float:
    if type(value) not in (int, float) or not -LARGEST <= value <= LARGEST:  # type: ignore[operator]
        raise ValueError(f"{value!r} is not a number")
    return float(value)  # type: ignore[arg-type]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def _data(value: object) -> bytes:
    return bytes.fromhex(_text(value))


def _timed(value: object) -> tuple[Timed, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return tuple((_number(time), _data(data)) for time, data in value)


def _voices(value: object) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return tuple((_integer(key), tuple(_data(note) for note in notes)) for key, notes in value)


def _times(value: object) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return tuple(_number(time) for time in value)


def _values(value: object) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not a table")
    for item in value.values():
        if item is not None and not isinstance(item, bool | str):
            _number(item)
    return value


# Keyed by the annotation itself, so that a field of a new type fails at the first use of it.
_READERS: dict[object, Callable[[object], object]] = {
    int: _integer,
    float: _number,
    bool: _truth,
    str: _text,
    bytes: _data,
    tuple[Timed, ...]: _timed,
    tuple[float, ...]: _times,
    tuple[tuple[int, tuple[bytes, ...]], ...]: _voices,
    dict[str, Value]: _values,
}
# Once, not for each message: a flood of them must get through.
_KNOWN = {kind: {one.name: _READERS[one.type] for one in fields(kind)} for kind in _KINDS.values()}
_NEEDED = {kind: {f.name for f in fields(kind) if f.default is MISSING} for kind in _KNOWN}
