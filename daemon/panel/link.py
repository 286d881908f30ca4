"""A panel's line to the daemon: held open, opened again when it is lost.

Threads of its own read and write, so that whoever draws never waits. What is said is not looked at.
"""

import json
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import sockets

AGAIN_S = 0.5
_MOST_WAITING = 100


class Link:
    """A context manager; `got` gets every line of the daemon's, `lost` is called when it is gone.

    Both are called on a thread of the link.
    """

    def __init__(
        self, path: Path, got: Callable[[dict[str, Any]], None], lost: Callable[[], None]
    ) -> None:
        self._path = path
        self._got = got
        self._lost = lost
        self._waiting: queue.Queue[Mapping[str, Any] | None] = queue.Queue(_MOST_WAITING)
        self._closing = threading.Event()
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=work, name="link", daemon=True)
            for work in (self._read_on, self._write_on)
        ]

    def __enter__(self) -> Self:
        """Start to connect."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up; the daemon ends what was played through here."""
        self._closing.set()
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        with self._lock:
            if self._connection is not None:
                with suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(sockets.PATIENCE_S)

    def send(self, request: Mapping[str, Any]) -> bool:
        """Send a request, without waiting; False if too many wait already."""
        try:
            self._waiting.put_nowait(request)
        except queue.Full:
            return False
        return True

    def _read_on(self) -> None:
        while not self._closing.is_set():
            was_there = False
            with suppress(AntiphonError), sockets.connect(self._path) as connection:
                was_there = True
                self._read(connection)
            if self._closing.is_set():
                return
            if was_there:
                self._lost()
            self._closing.wait(AGAIN_S)

    def _read(self, connection: socket.socket) -> None:
        with suppress(OSError), connection.makefile("rb") as lines:
            connection.settimeout(None)
            connection.sendall(_line({"do": "watch"}))
            with self._lock:
                self._connection = connection
            for line in lines:
                if self._closing.is_set():
                    break
                with suppress(ValueError):
                    content = json.loads(line)
                    if isinstance(content, dict):
                        self._got(content)
        with self._lock:
            self._connection = None

    def _write_on(self) -> None:
        while not self._closing.is_set() and (request := self._waiting.get()) is not None:
            connection = self._connection
            # While there is none a request is lost: the panel says that the daemon is gone.
            if connection is not None:
                with suppress(OSError):
                    connection.sendall(_line(request))


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
