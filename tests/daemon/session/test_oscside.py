"""The process that speaks OSC, between a real socket and the control socket of a few lines."""

import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from antiphon.daemon.config import OscSettings
from antiphon.daemon.controls import Controls, as_values, changed
from antiphon.daemon.osc.packets import Arg, Message, decode, encode
from antiphon.daemon.session import oscside
from antiphon.daemon.session.control import Server
from antiphon.daemon.session.oscside import OscSide

PLENTY_S = 20.0


@dataclass
class Stand:
    """A daemon of a few lines, and a program that speaks OSC to it."""

    port: int
    program: socket.socket
    controls: Controls = field(default_factory=Controls)
    troubles: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    server: Server = field(init=False)
    side: OscSide = field(init=False)

    def ask(self, request: Mapping[str, Any], _: int) -> dict[str, Any]:
        if request["do"] == "set":
            self.controls, changes = changed(self.controls, request["values"])
            self.server.publish({"controls": changes})
            return {"controls": changes}
        return {"status": {"controls": as_values(self.controls), "turn": "idle"}}

    @property
    def port_of_program(self) -> int:
        return int(self.program.getsockname()[1])

    def send(self, address: str, *args: Arg) -> None:
        self.program.sendto(encode(Message(f"/antiphon/{address}", args)), ("127.0.0.1", self.port))

    def hear(self, wanted: Message) -> None:
        """Wait for a message."""
        while decode(self.program.recv(65_536)) != [wanted]:
            pass


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def stand(folder: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Stand]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program:
        program.bind(("127.0.0.1", 0))
        program.settimeout(PLENTY_S)
        made = Stand(port or free_port(), program)
        path = folder / "control.sock"
        with Server(path, made.ask) as made.server:
            settings = OscSettings(enabled=True, host=host, port=made.port)
            with OscSide(settings, path, made.troubles.put) as made.side:
                yield made


def wait_for(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(round(PLENTY_S / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it never came true")


def told(it: Stand, name: str) -> Any:
    return it.side.table()["osc"].get(name)


def test_it_is_asked_and_subscribed_to_and_sees_what_others_change(tmp_path: Path) -> None:
    with stand(tmp_path) as it:
        wait_for(lambda: told(it, "address") == f"127.0.0.1:{it.port}")
        it.send("control/echo", 0.5)
        it.send("control/echo")
        it.hear(Message("/antiphon/control/echo", (0.5,)))
        it.send("subscribe")
        it.hear(Message("/antiphon/status/turn", ("idle",)))
        it.ask({"do": "set", "values": {"style": "jazz"}}, 0)
        it.hear(Message("/antiphon/control/style", ("jazz",)))
        wait_for(lambda: told(it, "subscribers") == 1)
        it.send("unsubscribe")
        wait_for(lambda: told(it, "subscribers") == 0)


def test_nonsense_is_told_once_and_counted(tmp_path: Path) -> None:
    with stand(tmp_path) as it:
        wait_for(lambda: bool(told(it, "address")))
        for data in (b"GET / HTTP/1.1", b"#bundle\0" + b"\xff" * 40, bytes(60_000), b""):
            it.program.sendto(data, ("127.0.0.1", it.port))
        wait_for(lambda: told(it, "malformed") == 4)
        trouble = it.troubles.get(timeout=PLENTY_S)
        assert trouble == f"OSC: what comes in from 127.0.0.1 port {it.port_of_program} is not OSC"
        it.send("control/eagerness")
        it.hear(Message("/antiphon/control/eagerness", (0.5,)))
        assert it.troubles.empty()


@pytest.mark.skipif(os.name != "posix", reason="a process is killed by its number")
def test_it_is_started_again_when_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oscside, "PAUSE_S", 0.01)
    with stand(tmp_path) as it:
        wait_for(lambda: bool(told(it, "address")))
        child = it.side._child
        assert child is not None
        os.kill(child.process_id, signal.SIGKILL)
        assert it.troubles.get(timeout=PLENTY_S) == "OSC ended, and is being started again"
        wait_for(lambda: bool(told(it, "address")))
        it.send("control/eagerness")
        it.hear(Message("/antiphon/control/eagerness", (0.5,)))
    assert child.exit_code is not None


def test_a_port_that_is_taken_is_told_and_taken_when_it_is_free(tmp_path: Path) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with stand(tmp_path, port=port) as it:
            trouble = it.troubles.get(timeout=PLENTY_S)
            assert trouble.startswith(f"OSC: cannot listen on 127.0.0.1 port {port}: ")
            assert "set [osc] host and port" in trouble
            assert told(it, "address") == ""
            other.close()
            trouble = it.troubles.get(timeout=PLENTY_S)
            assert trouble == f"OSC: listens on 127.0.0.1 port {port} now"


def test_a_door_to_the_network_is_told(tmp_path: Path) -> None:
    with stand(tmp_path, host="0.0.0.0") as it:  # noqa: S104 (that is what is tried)
        assert "OSC is open to the network" in it.troubles.get(timeout=PLENTY_S)


def test_where_it_is_off_nothing_is_started(tmp_path: Path) -> None:
    with OscSide(OscSettings(), tmp_path / "control.sock", print) as side:
        assert side.table() == {"osc": None}
        assert side._child is None
