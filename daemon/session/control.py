"""The control socket: the server in the daemon, and what its clients call.

One JSON object a line each way. What a request does is decided by the `answer` that the server is
given; here are lines, connections, and who may connect.
"""

import itertools
import json
import logging
import queue
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import sockets
from antiphon.daemon.session.pace import Pace

Table = dict[str, Any]

_log = logging.getLogger("antiphon.control")

_LONGEST_LINE = 65_536
_MOST_CLIENTS = 64
_MOST_A_SECOND, _MOST_AT_ONCE = 1000.0, 1000.0
"""Requests of one client: more than any instrument plays, fewer than would hold up the music."""
_MOST_CHANGES_WAITING = 1000
_MOST_CHANGES_MADE = 10_000
"""Beyond this a change is lost: this process itself cannot keep up, and notes come first."""
_BUNCH_S = 0.02
"""Changes that come within this time go out together: clients that wake often cost the music."""


class HungUpError(AntiphonError):
    """The daemon ended before it answered."""


def _nothing(_: int) -> None:
    """Nobody needs to know that a client is gone."""


class Server:
    """Answers every client on threads of its own, and pushes changes to those that watch.

    `answer` gets a request and the number of the client that makes it, `gone` that number when the
    client has left, however it did.
    """

    def __init__(
        self,
        path: Path,
        answer: Callable[[Table, int], Table],
        gone: Callable[[int], None] = _nothing,
    ) -> None:
        self.path = path
        self._answer = answer
        self._gone = gone
        self._lock = threading.Lock()
        self._clients: set[_Client] = set()
        self._numbers = itertools.count()
        self._clock = MonotonicClock()
        self._changes: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._watched = False
        self._closing = threading.Event()
        self.hung_up = 0
        """How many clients that watch did not read what there was."""

    @property
    def watched(self) -> bool:
        """Whether anybody watches: what only watchers would see need not be made otherwise."""
        return self._watched

    def __enter__(self) -> Self:
        """Listen; raises `AntiphonError` if another daemon does so on the same path."""
        self._socket, self._token = sockets.listen(self.path)
        self._thread = threading.Thread(target=self._accept, name="control", daemon=True)
        self._thread.start()
        self._publisher = threading.Thread(target=self._push, name="control push", daemon=True)
        self._publisher.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on everybody and remove the socket."""
        self._closing.set()
        self._changes.put(None)
        self._publisher.join()
        # Closing a socket does not wake a thread that waits in accept; a caller does.
        with suppress(OSError, AntiphonError), sockets.connect(self.path):
            pass
        self._thread.join()
        self._socket.close()
        self.path.unlink(missing_ok=True)
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.hang_up()
            client.thread.join(sockets.PATIENCE_S)

    def publish(self, change: Mapping[str, Any]) -> None:
        """Push a change to every client that watches: by a queue alone, so it never blocks."""
        if self._watched and self._changes.qsize() < _MOST_CHANGES_MADE:
            self._changes.put(change)

    def _push(self) -> None:
        while (change := self._changes.get()) is not None:
            line = _line(change)
            with self._lock:
                watching = [client for client in self._clients if client.watches]
                self._watched = bool(watching)
            for client in watching:
                self.hung_up += not client.push(line)
            if self._changes.empty():
                self._closing.wait(_BUNCH_S)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                # Such as too many open files: the next one may find a place.
                self._closing.wait(_BUNCH_S)
                continue
            if self._closing.is_set() or not self._welcome(connection):
                connection.close()

    def _welcome(self, connection: socket.socket) -> bool:
        """Begin to serve a client; whether it may come in."""
        if not sockets.is_own(connection) or len(self._clients) >= _MOST_CLIENTS:
            return False
        sockets.bound(connection)
        client = _Client(connection, next(self._numbers))
        client.thread = threading.Thread(
            target=self._serve, args=(client,), name="control client", daemon=True
        )
        with self._lock:
            self._clients.add(client)
        try:
            client.thread.start()
        except RuntimeError:
            # No more threads are to be had.
            with self._lock:
                self._clients.discard(client)
            return False
        return True

    def _serve(self, client: "_Client") -> None:
        try:
            with client.connection, client.connection.makefile("rb") as lines:
                if self._token and not sockets.knows(self._token, lines.readline(_LONGEST_LINE)):
                    return
                while line := lines.readline(_LONGEST_LINE):
                    if not line.endswith(b"\n"):
                        client.send(_line({"error": f"a line is at most {_LONGEST_LINE} bytes"}))
                        return
                    self._closing.wait(client.pace.wait_s(self._clock.now()))
                    client.send(_line(self._reply(client, line)))
                    # Only now: a change must not come before the status that it changes.
                    client.start_pushing()
        except OSError:
            # The client is gone.
            return
        finally:
            with self._lock:
                self._clients.discard(client)
            client.changes.put(None)
            self._gone(client.number)

    def _reply(self, client: "_Client", line: bytes) -> Table:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise AntiphonError("a request is a JSON object")
            if request.get("do") == "watch":
                with self._lock:
                    client.watches = self._watched = True
            return self._answer(request, client.number)
        except (ValueError, RecursionError) as error:
            return {"error": f"not JSON: {error}"}
        except AntiphonError as error:
            return {"error": str(error)}
        except Exception as error:
            # Whatever it is, the others are to be answered, and this one told.
            # Not the request itself: what is played must not get into the log.
            _log.exception("a request went wrong")
            return {"error": f"{type(error).__name__}: {error}; please report this"}


class _Client:
    """One connection; replies and changes share it, a whole line at a time."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.connection = connection
        self.number = number
        self.thread: threading.Thread
        self.changes: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.watches = self._pushes = self.is_deaf = False
        self.pace = Pace(_MOST_A_SECOND, _MOST_AT_ONCE)
        self._sending = threading.Lock()

    def send(self, line: bytes) -> None:
        with self._sending:
            self.connection.sendall(line)

    def start_pushing(self) -> None:
        if self.watches and not self._pushes:
            self._pushes = True
            threading.Thread(target=self._push_all, name="control push", daemon=True).start()

    def push(self, line: bytes) -> bool:
        """Have it sent; False when it has just become clear that nobody reads."""
        if self.changes.qsize() >= _MOST_CHANGES_WAITING:
            # It does not read: the others must not wait, nor memory grow.
            self.hang_up()
            told, self.is_deaf = self.is_deaf, True
            return told
        self.changes.put(line)
        return True

    def hang_up(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _push_all(self) -> None:
        while (line := self.changes.get()) is not None:
            lines = [line]
            with suppress(queue.Empty):
                while more := self.changes.get_nowait():
                    lines.append(more)
                # That was the end, for the loop outside to see.
                self.changes.put(None)
            try:
                self.send(b"".join(lines))
            except OSError:
                # It left, or read nothing for too long, and would find half a line.
                self.hang_up()
                return


def ask(path: Path, request: Mapping[str, Any]) -> Table:
    """Send one request and return the answer; raises `AntiphonError` with the daemon's own."""
    with sockets.connect(path) as connection, connection.makefile("rb") as lines:
        try:
            connection.sendall(_line(request))
            line = lines.readline()
        except OSError as error:
            raise AntiphonError(f"the daemon on {path} does not answer: {error}") from None
    if not line:
        raise HungUpError(f"the daemon on {path} hung up")
    answer: Table = json.loads(line)
    if "error" in answer:
        raise AntiphonError(str(answer["error"]))
    return answer


def watch(path: Path) -> Iterator[Table]:
    """The daemon's answer to `watch`, then every change until it stops."""
    return hold(path, {"do": "watch"})


def hold(path: Path, *requests: Mapping[str, Any]) -> Generator[Table, None, None]:
    """What the daemon says to requests, and then of itself, on a line held open until closed."""
    with (
        sockets.connect(path) as connection,
        connection.makefile("rb") as lines,
        # A daemon that is killed may cut a line short.
        suppress(OSError, ValueError),
    ):
        connection.sendall(b"".join(_line(request) for request in requests))
        connection.settimeout(None)
        for line in lines:
            yield json.loads(line)


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
