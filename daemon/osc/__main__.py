"""Takes and answers OSC by UDP beside the session process: nothing that comes can delay a note.

Started as ``python -m antiphon.daemon.osc SETTINGS``; ends when its standard input does. What the
daemon should know goes to standard output, a JSON object a line.
"""

import ipaddress
import json
import logging
import os
import select
import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import presets
from antiphon.daemon.clock import Clock, MonotonicClock, worked_s
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc.line import Line, Watch
from antiphon.daemon.osc.listeners import Address, Letter
from antiphon.daemon.osc.packets import MOST_BYTES, encode
from antiphon.daemon.osc.service import Service

BUNCH_S: Final = 0.01
"""Packets that come within this time are done together: a fader sends hundreds a second."""
REST, LONGEST_REST_S = 3.0, 0.2
"""After a batch it rests so many times as long as it worked: a flood gets a quarter of a core."""
LOOK_S: Final = 0.5
REPORT_S: Final = 1.0
AGAIN_S: Final = 2.0
COMPLAINT_S: Final = 60.0
"""The same is complained of so often at most."""

_MOST_READ: Final = 1000
"""Packets of one batch: what waits longer, the system drops."""

_log = logging.getLogger("antiphon.osc")


class Post:
    """The socket, the lines to the daemon, and what goes to and fro between them."""

    def __init__(self, door: socket.socket, control: Path, clock: Clock) -> None:
        self._door = door
        self._control = control
        self._clock = clock
        self._line = Line(control)
        self._service = Service(self._line.ask, presets.folder())
        self._watch: Watch | None = None
        self._pause = threading.Event()
        self._rests_until = clock.now()
        self._reported: Mapping[str, int] = {}
        self._reported_at = clock.now()
        self._complaints: dict[str, float] = {}

    def serve(self) -> None:
        """For ever."""
        while True:
            ready = self._wait()
            if self._watch in ready:
                self._pass_on()
            if self._door in ready:
                before_s = worked_s()
                self._send(self._take())
                rest_s = min(REST * (worked_s() - before_s), LONGEST_REST_S)
                self._rests_until = self._clock.now() + max(BUNCH_S, rest_s)
            self._mind_watch()
            self._report()

    def _wait(self) -> list[socket.socket | Watch]:
        """Where something has come in; while it rests, only what the daemon says counts."""
        rest_s = max(0.0, self._rests_until - self._clock.now())
        doors: list[socket.socket | Watch] = [self._watch] if self._watch else []
        if not rest_s:
            doors.append(self._door)
        elif not doors:
            # Windows does not wait for nothing.
            self._pause.wait(rest_s)
            return []
        return select.select(doors, [], [], rest_s or LOOK_S)[0]

    def _take(self) -> list[Letter]:
        packets = [*read(self._door)]
        try:
            return self._service.take(packets, self._clock.now())
        except Exception as error:
            # Whatever it is, the next packets are to be answered.
            _log.exception("a packet went wrong: %.200r", packets)
            self._complain("wrong", f"{type(error).__name__}: {error}; please report this")
            return []

    def _pass_on(self) -> None:
        assert self._watch is not None  # noqa: S101 (it was ready)
        try:
            for change in self._watch.read():
                self._send(self._service.news(change))
        except OSError:
            # The daemon ended, or found us too slow; in that case it is asked again.
            self._watch.__exit__()
            self._watch = None

    def _mind_watch(self) -> None:
        """Hear of changes for as long as anybody wants them: each costs the daemon something."""
        if self._service.listeners and self._watch is None:
            try:
                self._watch = Watch(self._control).__enter__()
            except AntiphonError:
                # It is ending.
                return
        elif self._watch is not None and not self._service.listeners:
            self._watch.__exit__()
            self._watch = None

    def _send(self, letters: Iterable[Letter]) -> None:
        for message, address in letters:
            try:
                self._door.sendto(encode(message), address)
            except OSError:
                # Nobody is there, or the network is down: as with every packet that gets lost.
                continue

    def _report(self) -> None:
        now = self._clock.now()
        if now - self._reported_at < REPORT_S:
            return
        self._service.listeners.expire(now)
        counts, before = self._service.report(), self._reported
        if counts == before:
            return
        self._reported, self._reported_at = counts, now
        tell(counts=counts)
        if counts["malformed"] > before.get("malformed", 0):
            sender = self._service.stranger
            self._complain("malformed", f"what comes in from {named(sender)} is not OSC")
        if counts["left_out"] > before.get("left_out", 0):
            self._complain("left_out", "more comes in than can be done: some of it is left out")

    def _complain(self, kind: str, text: str) -> None:
        now = self._clock.now()
        if now - self._complaints.get(kind, -COMPLAINT_S) >= COMPLAINT_S:
            self._complaints[kind] = now
            tell(problem=f"OSC: {text}")


def read(door: socket.socket) -> Iterable[tuple[bytes, Address]]:
    """What waits, each packet with its sender, cut where it is too long."""
    for _ in range(_MOST_READ):
        try:
            yield door.recvfrom(MOST_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            # On Windows, one that was too long, or the echo of one that nobody took.
            continue


def opened(host: str, port: int) -> socket.socket:
    """A socket that packets come in at; raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
    )[0]
    door = socket.socket(family, kind, protocol)
    try:
        door.bind(address)
        door.setblocking(False)
    except OSError:
        door.close()
        raise
    return door


def named(address: Address | None) -> str:
    """An address in words."""
    return "nobody" if address is None else f"{address[0]} port {address[1]}"


def tell(**what: Any) -> None:
    """Tell the daemon something."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Open, again and again if need be, and serve."""
    logging.basicConfig(format="%(message)s")
    settings = json.loads(arguments[0])
    threading.Thread(target=_end_with_input, daemon=True).start()
    door = _open(settings["host"], settings["port"])
    address: Address = door.getsockname()
    tell(address=f"{address[0]}:{address[1]}")
    if not ipaddress.ip_address(address[0]).is_loopback:
        tell(problem=f"OSC is open to the network on {named(address)}: whoever is in it can steer")
    with door:
        Post(door, Path(settings["control"]), MonotonicClock()).serve()
    return 0


def _open(host: str, port: int) -> socket.socket:
    told = ""
    while True:
        try:
            door = opened(host, port)
        except OSError as error:
            problem = f"OSC: cannot listen on {host} port {port}: {error.strerror or error}"
        else:
            if told:
                tell(problem=f"OSC: listens on {host} port {port} now")
            return door
        if problem != told:
            told = problem
            tell(problem=f"{problem}; set [osc] host and port, or free it")
        threading.Event().wait(AGAIN_S)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    # The daemon is gone; nothing here is worth waiting for.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
