"""Whether the server behind our ports still lives: felt on the sockets that its library holds.

JACK tells its clients of its end by a callback that python-rtmidi does not pass on, and its library
goes on listing the ports of a server that is gone. The kernel knows: the connections hang up.
Nothing here reads from them or writes to them.
"""

import os
import select
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_OPEN_FILES = Path("/proc/self/fd")
# Not in Python's `select` everywhere; the number is the same on every Linux.
HUNG_UP = getattr(select, "POLLRDHUP", 0x2000) | 0x10
"""What `poll` is asked, and tells, of a connection whose other end is gone."""


def connections(service: str) -> list[int]:
    """Duplicates of the connected sockets of this process whose other end is a `service` server.

    Empty where the system does not tell, so that the end of a server goes unnoticed there.
    """
    found = []
    with suppress(OSError):
        for entry in list(_OPEN_FILES.iterdir()):
            with suppress(OSError, ValueError):
                copy = os.dup(int(entry.name))
                if _leads_to(service, copy):
                    found.append(copy)
                else:
                    os.close(copy)
    return found


def _leads_to(service: str, copy: int) -> bool:
    try:
        end = socket.socket(fileno=copy)
    except OSError:
        return False
    try:
        return Path(str(end.getpeername())).name.startswith(f"{service}_")
    except OSError:
        return False
    finally:
        end.detach()


def answers(address: str) -> bool:
    """Whether a server takes connections at a Unix address."""
    with socket.socket(socket.AF_UNIX) as visitor:
        try:
            visitor.connect(address)
        except OSError:
            return False
    return True


class Pulse:
    """Waits until the server hangs up, a time is over, or somebody wakes it."""

    def __init__(self) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._held: list[int] = []
        self.address = ""
        """Where the server of the latest connections takes new ones; empty before the first."""

    def hold(self, copies: Sequence[int]) -> None:
        """Watch these connections, and none of those before; they are closed here."""
        self.drop()
        self._held = list(copies)
        for copy in copies:
            end = socket.socket(fileno=copy)
            with suppress(OSError):
                self.address = str(end.getpeername())
            end.detach()

    def drop(self) -> None:
        """Watch nothing."""
        held, self._held = self._held, []
        for copy in held:
            os.close(copy)

    def wait(self, timeout_s: float | None) -> bool:
        """Whether the server hung up; False if the time is over or somebody woke it."""
        if not self._held:
            ready, _, _ = select.select([self._ear], [], [], timeout_s)
            if ready:
                self._ear.recv(1024)
            return False
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        for copy in self._held:
            poll.register(copy, HUNG_UP)
        events = poll.poll(None if timeout_s is None else timeout_s * 1e3)
        woken = [number for number, _ in events if number == self._ear.fileno()]
        if woken:
            self._ear.recv(1024)
        return len(events) > len(woken)

    def wake(self) -> None:
        """End a `wait`, on any thread."""
        self._mouth.send(b"!")

    def close(self) -> None:
        """Give everything up."""
        self.drop()
        self._ear.close()
        self._mouth.close()
