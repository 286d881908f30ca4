"""Waits beside the session process, and ends what sounds if that hangs or is killed.

Started as ``python -m antiphon.daemon.guardian STATE`` with one JSON object a line on standard
input; an input that ends without a farewell is the session process's death. On JACK it also makes
connections again that were lost with one of their ends.
"""

import json
import os
import select
import signal
import sys
from dataclasses import replace
from typing import Any, Final

from antiphon.daemon.guardian.heartbeat import Heartbeat
from antiphon.daemon.guardian.libjack import Jack, Wire
from antiphon.daemon.guardian.state import State, hand_on
from antiphon.daemon.guardian.will import silence
from antiphon.daemon.guardian.wires import Wires
from antiphon.daemon.ports import pulse
from antiphon.daemon.ports.names import client_name, others
from antiphon.daemon.ports.protocols import Way
from antiphon.daemon.session import sounding

JACK: Final = "jack"
OUTPUT: Final = f"{client_name(Way.OUTPUT, JACK)}:out"
LOOK_S: Final = 0.5
"""How often pulse and connections are looked at: a look reads shared memory, and asks nobody."""

_CHUNK: Final = 65_536


class Guardian:
    """One guardian, as long as the server lives that it began with."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._wires = Wires(Wire(*pair) for pair in state.known)
        self._jack: Jack | None = None
        self._connections: list[int] = []
        self._unread = b""
        self._heartbeats = {place: Heartbeat() for place in (sounding.SESSION, sounding.THRU)}

    def guard(self) -> None:
        """Until the session process ends, well or badly."""
        while True:
            if self._state.backend == JACK:
                self._look()
            self._feel_pulse()
            poll = select.poll()
            poll.register(sys.stdin.fileno(), select.POLLIN)
            for connection in self._connections:
                poll.register(connection, pulse.HUNG_UP)
            events = poll.poll(LOOK_S * 1e3)
            heard = [number for number, _ in events if number == sys.stdin.fileno()]
            if heard and not self._hear():
                return
            if len(events) > len(heard):
                self._begin_anew()

    def _hear(self) -> bool:
        """Do what the session process says; whether it goes on."""
        chunk = os.read(sys.stdin.fileno(), _CHUNK)
        if not chunk:
            self._silence()
            return False
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            told: dict[str, Any] = json.loads(line)
            if told["is"] == "bye":
                return False
            if told["is"] == "silence":
                self._silence()
            if told["is"] == "lost":
                self._silence()
                self._wires.lost()
            if told["is"] == "output":
                self._state = replace(self._state, output=told["name"])
        return True

    def _silence(self) -> None:
        if self._state.backend == JACK:
            played_on = self._wires.sinks(OUTPUT)
        else:
            played_on = [name for name in others([self._state.output]) if name]
        silence(self._state.backend, played_on, self._state.sounding)

    def _feel_pulse(self) -> None:
        memory = os.pread(self._state.sounding, sounding.THRU + 1, 0)
        sounds = any(memory[: sounding.SIZE])
        stopped = [
            heartbeat.stopped(memory[place], sounds=sounds)
            for place, heartbeat in self._heartbeats.items()
        ]
        if any(stopped):
            self._silence()

    def _look(self) -> None:
        try:
            if self._jack is None:
                self._jack = Jack("antiphon-guardian")
                self._connections = pulse.connections(JACK)
            ports = self._jack.ports()
            own = ports.difference(others(ports))
            for wire in self._wires.look(ports, self._jack.wires(own)):
                self._jack.connect(wire)
        except OSError:
            # The server is gone, or not there yet.
            return

    def _begin_anew(self) -> None:
        """The server ended. JACK's library cannot be used again by a process that met that."""
        hand_on(replace(self._state, known=tuple(sorted(self._wires.known))))


def main(arguments: list[str]) -> int:
    """Guard; whatever ends everybody else must not end this before its work is done."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    Guardian(State.from_json(arguments[0])).guard()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
