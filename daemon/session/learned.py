"""Which knob moves what: the file that holds it, and its words. No MIDI is heard or sent here.

A file is TOML that its user may write: `"cc 21 channel 1" = "density"`, a line a knob.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from antiphon.daemon import midi, toml, wholefile
from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS, nearest
from antiphon.daemon.errors import AntiphonError

PRESET = "preset"
"""What a program change can pick, beside the choices of a control."""

_MAPS = Path(__file__).parent / "maps"
_TAKEN = frozenset((0, 32, midi.SUSTAIN, *range(120, 128)))
"""The banks that go with program changes, the pedal, and what is no controller at all."""


class Kind(Enum):
    """What a knob, a pad or a button sends."""

    CC = "cc"
    NOTE = "note"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a movement comes from: channel 0 to 15, or None for any; programs have no number."""

    kind: Kind
    number: int | None = None
    channel: int | None = None

    def __str__(self) -> str:
        """As a file has it; `read_source` gives it back."""
        number = "" if self.number is None else f" {self.number}"
        where = "" if self.channel is None else f" channel {self.channel + 1}"
        return f"{self.kind.value}{number}{where}"

    def heads(self) -> Iterator[bytes]:
        """How the messages begin that come from here."""
        number = b"" if self.number is None else bytes((self.number,))
        channels = midi.CHANNELS if self.channel is None else (self.channel,)
        for status in _STATUSES[self.kind]:
            for channel in channels:
                yield bytes((status | channel,)) + number


_STATUSES: Mapping[Kind, tuple[int, ...]] = {
    Kind.CC: (0xB0,),
    Kind.NOTE: (0x90, 0x80),
    Kind.PROGRAM: (0xC0,),
}
_WORDS = re.compile(r"(?:(cc|note) (\d{1,3})|(program))(?: channel (\d{1,2}))?")

Learned = Mapping[Source, str]
"""The name of a control, of an alias or a deed, or `preset`, by what moves it."""


def read_source(text: str) -> Source:
    """The source of its words; raises `AntiphonError` with an example."""
    found = _WORDS.fullmatch(" ".join(text.lower().split()))
    if found:
        kind, number, program, channel = found.groups()
        source = Source(
            Kind(kind or program),
            None if number is None else int(number),
            None if channel is None else int(channel) - 1,
        )
        if (source.number or 0) < 128 and source.channel in (None, *midi.CHANNELS):
            return source
    raise AntiphonError(f"{text!r} is no knob: write it as 'cc 21 channel 1', 'note 36', 'program'")


def source_of(data: bytes) -> Source | None:
    """Where a message comes from, if that is something that may be learned."""
    if not midi.is_channel_message(data):
        return None
    status, channel = data[0] & 0xF0, midi.channel(data)
    if status == 0xB0 and data[1] not in _TAKEN:
        return Source(Kind.CC, data[1], channel)
    if midi.is_note_on(data):
        return Source(Kind.NOTE, data[1], channel)
    return Source(Kind.PROGRAM, None, channel) if status == 0xC0 else None


def checked(target: str) -> str:
    """A target that there is; raises `AntiphonError` naming the nearest."""
    name = target.strip().lower()
    targets = (*CONTROLS, *ALIASES, *DEEDS, PRESET)
    if name not in targets:
        raise AntiphonError(f"nothing to learn named {target!r}{nearest(name, targets)}")
    return name


def can_move(source: Source, target: str) -> bool:
    """Whether a kind of message makes sense for a target."""
    if source.kind is Kind.PROGRAM:
        return target == PRESET or (target in CONTROLS and bool(CONTROLS[target].choices))
    if source.kind is Kind.NOTE:
        # A key that moved a control would be one less to play with.
        return target in DEEDS
    return target != PRESET


def heads_that_can_move(target: str) -> frozenset[bytes]:
    """How the messages begin that can be learned for a target."""
    sources = [Source(Kind.PROGRAM)]
    sources += [Source(Kind.CC, number) for number in midi.KEYS if number not in _TAKEN]
    sources += [Source(Kind.NOTE, number) for number in midi.KEYS]
    return frozenset(
        head for source in sources if can_move(source, target) for head in source.heads()
    )


def from_toml(text: str) -> dict[Source, str]:
    """What a file holds; raises `AntiphonError` naming what is wrong."""
    content = toml.read(text)
    learned = {}
    for words, target in content.items():
        source, name = read_source(words), checked(str(target))
        if not can_move(source, name):
            raise AntiphonError(f"{source} cannot move {name}")
        learned[source] = name
    return learned


def to_toml(learned: Learned) -> str:
    """The file of what was learned."""
    return "".join(f'"{source}" = "{target}"\n' for source, target in learned.items())


def load(path: Path) -> dict[Source, str]:
    """What was learned; nothing where there is no file. Raises `AntiphonError` naming the file."""
    try:
        return from_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise AntiphonError(f"cannot read {path}: {error}") from None
    except AntiphonError as error:
        raise AntiphonError(f"{path}: {error}") from None


def save(path: Path, learned: Learned) -> None:
    """Write what was learned; raises `AntiphonError`."""
    try:
        wholefile.write(path, to_toml(learned))
    except OSError as error:
        raise AntiphonError(f"cannot write {path}: {error.strerror}") from None


def map_names() -> list[str]:
    """The controllers of which the places of the knobs are known."""
    return sorted(path.stem for path in _MAPS.glob("*.toml"))


def load_map(name: str) -> dict[Source, str]:
    """The map of a controller; raises `AntiphonError` naming the nearest."""
    known = name.strip().lower()
    if known not in map_names():
        raise AntiphonError(
            f"no map {name!r}{nearest(known, map_names())}; there is {', '.join(map_names())}"
        )
    return load(_MAPS / f"{known}.toml")
