"""What the process of the built-in sound is started with, what it is told, and what it tells."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Self

from antiphon.daemon.config import AudioSettings

FRAME: Final = 3
"""Bytes of one message on the pipe: the longest of a channel, shorter ones filled up with zeros."""
ALIVE: Final = b"\xfe\0\0"
"""Active sensing: whoever plays is alive."""
USER_ERROR: Final = 2
"""Its exit code where the user has to help: a library or a soundfont is missing."""
SERVER_LOST: Final = 3
"""Its exit code where the sound server ended, after which its library cannot be used again."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Everything that it is told at its start."""

    audio: AudioSettings
    backend: str
    """The MIDI back end, whose connections may say that somebody else sounds."""
    output: str
    """Our virtual output, which it sounds for while nobody listens there; empty for always."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `command` made of them."""
        content = json.loads(text)
        return cls(**{**content, "audio": AudioSettings(**content["audio"])})


@dataclass(frozen=True, slots=True)
class State:
    """Whether it sounds; by what, or why not."""

    sounds: bool = False
    words: str = "off"


def command(orders: Orders) -> list[str]:
    """The command line of a process with these orders."""
    # -P: a file in the current folder must not stand in for a module.
    return [sys.executable, "-P", "-m", "antiphon.daemon.audio", json.dumps(asdict(orders))]


def frame(data: bytes) -> bytes:
    """A message of a channel as it goes through the pipe."""
    return data.ljust(FRAME, b"\0")


def messages(frames: bytes) -> Iterator[bytes]:
    """The messages of whole frames; those that are none of a channel are left out."""
    for start in range(0, len(frames), FRAME):
        one = frames[start : start + FRAME]
        if 0x80 <= one[0] < 0xF0:
            yield one[:2] if one[0] & 0xF0 in (0xC0, 0xD0) else one
