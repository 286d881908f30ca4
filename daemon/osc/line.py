"""The lines to the control socket: one to ask on, one to hear of changes. Both are held open."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import sockets
from antiphon.daemon.session.control import Table

_CHUNK = 65_536


class Line:
    """Asks and waits for the answer; connects when it has to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connected = ExitStack()
        self._hangs_up = True

    def ask(self, request: Mapping[str, Any]) -> Table:
        """The daemon's answer; raises `AntiphonError` with its complaint, or if there is none."""
        try:
            if self._hangs_up:
                self._connect()
            self._connection.sendall(json.dumps(request).encode() + b"\n")
            answer: Table = json.loads(self._lines.readline())
        except (OSError, ValueError):
            # An answer that comes too late must not be taken for that to the next question.
            self._hangs_up = True
            raise AntiphonError("the daemon does not answer") from None
        if "error" in answer:
            raise AntiphonError(str(answer["error"]))
        return answer

    def close(self) -> None:
        """Hang up."""
        self._connected.close()
        self._hangs_up = True

    def _connect(self) -> None:
        self.close()
        self._connection = self._connected.enter_context(sockets.connect(self._path))
        self._lines = self._connected.enter_context(self._connection.makefile("rb"))
        self._hangs_up = False


class Watch:
    """A context manager: hears every change from its beginning on, without waiting for one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running = ExitStack()
        self._unread = b""

    def __enter__(self) -> Self:
        """Connect; raises `AntiphonError` if no daemon answers."""
        self._connection = self._running.enter_context(sockets.connect(self._path))
        self._connection.sendall(b'{"do": "watch"}\n')
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._running.close()

    def fileno(self) -> int:
        """For `select`."""
        return self._connection.fileno()

    def read(self) -> Iterator[Table]:
        """What came; to be called when there is something. Raises `OSError` at the end."""
        chunk = self._connection.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        yield from map(json.loads, lines)
