"""Frames between the session and the thru process: a kind, a time, a length, bytes.

Both ways: MIDI as it is, and everything else as a table in JSON.
"""

import json
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from typing import Any, Final

MOST_WAITING: Final = 1 << 23
"""So many bytes may wait for who does not read; what comes then is dropped."""

_HEADER: Final = struct.Struct("<BdI")
_PIPE_BYTES: Final = 1 << 20
_SET_PIPE_SIZE: Final = 1031
"""Of Linux's `fcntl`."""


class Kind(IntEnum):
    """What is in a frame."""

    RECEIVED = 1
    MOVED = 2
    CAME_BACK = 3
    PLAY = 4
    SEND = 5
    TABLE = 6


def frame(kind: Kind, time: float = 0.0, data: bytes = b"") -> bytes:
    """One frame."""
    return _HEADER.pack(kind, time, len(data)) + data


def table(content: dict[str, Any]) -> bytes:
    """A frame with a table."""
    return frame(Kind.TABLE, data=json.dumps(content).encode())


class Frames:
    """Puts frames together again from what a pipe brings."""

    def __init__(self) -> None:
        self._unread = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[Kind, float, bytes]]:
        """The frames that are complete now."""
        unread = self._unread + chunk if self._unread else chunk
        place = 0
        while len(unread) - place >= _HEADER.size:
            kind, time, length = _HEADER.unpack_from(unread, place)
            end = place + _HEADER.size + length
            if end > len(unread):
                break
            yield Kind(kind), time, unread[place + _HEADER.size : end]
            place = end
        self._unread = unread[place:]


class FrameWriter:
    """The writing end of a pipe: it never blocks, and what does not fit yet waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting = bytearray()
        self.lock = threading.Lock()
        self.dropped = 0
        with suppress(OSError, AttributeError):
            # Windows has it from Python 3.12 on.
            os.set_blocking(descriptor, False)
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _PIPE_BYTES)

    def put(self, data: bytes) -> None:
        """Write a frame, or keep it; raises `OSError` where nobody reads any more."""
        with self.lock:
            if self._waiting:
                if len(self._waiting) > MOST_WAITING:
                    self.dropped += 1
                    return
                self._waiting += data
                self._write_waiting()
                return
            written = self._write(data)
            if written < len(data):
                self._waiting += data[written:]

    def flush(self) -> bool:
        """Write what waits, as far as it fits; whether nothing waits any more."""
        with self.lock:
            self._write_waiting()
            return not self._waiting

    def _write_waiting(self) -> None:
        if self._waiting:
            del self._waiting[: self._write(bytes(self._waiting))]

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
