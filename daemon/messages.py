"""What crosses the pipe between the MIDI process and the performer, one JSON object a line.

Values and their coding only: who sends what and when is decided elsewhere. Times are seconds of
the shared monotonic clock; MIDI data is raw bytes, hexadecimal on the wire.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from antiphon.daemon.errors import AntiphonError

Value = str | int | float | bool | None
Timed = tuple[float, bytes]

EARLIER = 0
"""The plan number of what an earlier performer played, in a history told again."""

LARGEST = 1e12
"""No time is farther from zero, in seconds, nor any figure: what is made of those is not exact."""

MOST_VERDICTS, LONGEST_VERDICT = 64, 128
"""So many verdicts are kept, each on so many messages at most."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The player's message number `seq`, counted from 1, as it came in at `time`."""

    seq: int
    time: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A machine's message of `plan`, meant for `planned`, really sent at `time`."""

    plan: int
    planned: float
    time: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What `plan` had left was taken back, or the plan refused, at `time`."""

    plan: int
    time: float


@dataclass(frozen=True, slots=True)
class Beat:
    """Beat number `beat`, in quarters, falls at `time`, the next one a `period` later.

    `source` says by what: "midi", "link", "tap" or "heard". `counted`: the numbers are those of
    the song. `running`: the song plays. A period of 0 says that no beat is known. The performer
    tells the beat that it hears, where others are to be given it.
    """

    source: str
    time: float
    beat: float
    period: float
    counted: bool = False
    running: bool = False

    def time_of(self, beat: float) -> float:
        """When a beat falls."""
        return self.time + (beat - self.beat) * self.period

    def at(self, time: float) -> float:
        """The beat at a time, with its fraction."""
        return self.beat + (time - self.time) / self.period


@dataclass(frozen=True, slots=True)
class Settings:
    """Controls that changed, by name; None stands for a control left to the model."""

    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Latency:
    """From now on what is sent is sent `latency_s` before its time: it takes so long to sound."""

    latency_s: float


@dataclass(frozen=True, slots=True)
class Judge:
    """The player says of what the machine played last that it was good, or that it was not."""

    time: float
    good: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was judged, its times in seconds from its beginning.

    The performer answers a `Judge` with it, and learns from it when it is told it back.
    """

    good: bool
    messages: tuple[Timed, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget every verdict, and what the player has played."""

    time: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a `State`."""

    time: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The performer may be played with; what it runs and how fast a step is."""

    model: str
    provider: str
    load_s: float
    step_p50_ms: float
    step_p99_ms: float
    digest: str = ""
    """SHA-256 of the model's file, in hexadecimal."""
    choice: str = ""
    """Why it runs where it does, in words."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Add `messages` to `plan`; `heard` is the last `Heard.seq` that they take into account."""

    plan: int
    heard: int
    yields: bool
    messages: tuple[Timed, ...]


@dataclass(frozen=True, slots=True)
class Voices:
    """From now on each of these keys of the player's has voices, which sound while it is down.

    `voices`: by key, note-ons, the best first; `most` of them sound, those whose key is free. They
    are as they go with a key struck with `velocity`. Without any, no key has voices any more.
    """

    velocity: int
    most: int
    voices: tuple[tuple[int, tuple[bytes, ...]], ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take back what `plan` has later than `after`, and end its notes that sound then."""

    plan: int
    after: float


@dataclass(frozen=True, slots=True)
class Took:
    """One round of the performer's, for the recording; told before what came of it.

    It took in as many messages as there are times but one, each at its time, and did a step's work
    at the last.
    """

    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How the performer is doing, for `status` and the panel."""

    turn: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for the user."""

    text: str


ToPerformer = Heard | Sent | Withdrawn | Beat | Settings | Latency | Judge | Verdict | Forget | Ask
FromPerformer = Ready | Schedule | Voices | Cancel | Verdict | Took | State | Beat | Problem
Message = ToPerformer | FromPerformer

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
