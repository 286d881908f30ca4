"""The built-in sound, heard on a private JACK server: notes sound, and end whatever happens."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.audio import fluid, soundfonts
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.bench.microphone import Microphone
from tests.end_to_end.conftest import PLENTY_S
from tests.fakes import performer

pytestmark = [
    pytest.mark.jack,
    pytest.mark.skipif(not jackd.available(), reason="no jackd here: apt install jackd2"),
    pytest.mark.skipif(bool(fluid.lacking()), reason=fluid.lacking()),
    pytest.mark.skipif(soundfonts.find() is None, reason="no soundfont here"),
]

QUIET_SAMPLES = jackd.RATE_HZ // 4
LOUD, QUIET = 1e-3, 1e-4
ORGAN = bytes((0xC0, 16))
"""A piano would fall silent by itself."""
HELD = midi.note_on(0, 60, 110)


class Room:
    """A daemon with a sound of its own, and a microphone before it."""

    def __init__(self, daemon: rig.Running, microphone: Microphone) -> None:
        self.daemon, self.microphone = daemon, microphone

    def hold(self) -> None:
        """Hold a key until it is heard."""
        began = len(self.microphone.samples)
        for _ in range(round(PLENTY_S)):
            # Again: a server that waits for nobody may drop a message on a busy machine.
            self.microphone.feed(ORGAN)
            self.microphone.feed(HELD)
            if self.microphone.wait_for(
                lambda heard: bool((np.abs(heard[began:]) > LOUD).any()), timeout_s=1.0
            ):
                return
        pytest.fail(f"nothing sounds: {self.daemon.status()}, {self.daemon.errors()}")

    def await_silence(self) -> None:
        began = len(self.microphone.samples)

        def silent(heard: Any) -> bool:
            latest = heard[began:][-QUIET_SAMPLES:]
            return len(latest) == QUIET_SAMPLES and bool((np.abs(latest) < QUIET).all())

        assert self.microphone.wait_for(silent, PLENTY_S), "it sounds on"

    def sound(self) -> dict[str, Any]:
        table: dict[str, Any] = self.daemon.status()["sound"]
        return table

    def await_status(self, enough: Callable[[dict[str, Any]], bool]) -> None:
        pause = threading.Event()
        for _ in range(round(PLENTY_S / 0.1)):
            if enough(self.sound()):
                return
            pause.wait(0.1)
        pytest.fail(f"the sound is {self.sound()}; {self.daemon.errors()}")


@pytest.fixture
def server() -> Iterator[jackd.Server]:
    # One that goes on at once when a client is killed.
    with jackd.private_server(256, jackd.USUAL) as server:
        yield server


@pytest.fixture
def room(server: jackd.Server, tmp_path: Path) -> Iterator[Room]:
    assert server.name
    mute = performer("well", tmp_path / "told")
    with rig.running(tmp_path, performer=mute, audio="auto") as daemon:
        daemon.wait_ready()
        daemon.set(mode="silent")
        with Microphone() as microphone:
            yield Room(daemon, microphone)


def test_a_note_sounds_until_it_is_let_go(room: Room) -> None:
    room.hold()
    room.microphone.feed(midi.note_off(0, 60))
    room.await_silence()
    assert room.sound()["sounds"] is True


def test_panic_ends_what_sounds(room: Room) -> None:
    room.microphone.feed(midi.sustain(0, 127))
    room.hold()
    room.daemon.ask(do="panic")
    room.await_silence()


def test_what_is_connected_sounds_instead(room: Room) -> None:
    room.hold()
    process = children(room.daemon, "antiphon.daemon.audio")
    with rig.Ears():
        room.await_status(lambda sound: not sound["sounds"])
        assert "connected" in room.sound()["words"]
        room.await_silence()
    room.await_status(lambda sound: bool(sound["sounds"]))
    # The same: it rested, and was not started again.
    assert children(room.daemon, "antiphon.daemon.audio") == process
    assert room.daemon.errors() == ""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP", "SIGTERM"])
def test_what_becomes_of_the_midi_process_ends_its_sound(room: Room, name: str) -> None:
    room.hold()
    modules = ("antiphon.daemon.audio", "antiphon.daemon.guardian")
    beside = [Path(f"/proc/{children(room.daemon, module)}") for module in modules]
    room.daemon.process.send_signal(getattr(signal, name))
    try:
        room.await_silence()
    finally:
        room.daemon.process.send_signal(signal.SIGCONT)
        room.daemon.process.terminate()
        # Before the server goes: what still leaves it would disturb the next one of its name.
        pause = threading.Event()
        for _ in range(round(PLENTY_S / 0.1)):
            if any(folder.exists() for folder in beside):
                pause.wait(0.1)


def test_a_sound_that_is_killed_comes_back(server: jackd.Server, tmp_path: Path) -> None:
    mute = performer("well", tmp_path / "told")
    with rig.running(tmp_path, performer=mute, audio="on") as daemon:
        daemon.wait_ready()
        with Microphone() as microphone:
            room = Room(daemon, microphone)
            room.await_status(lambda sound: bool(sound["sounds"]))
            os.kill(children(daemon, "antiphon.daemon.audio"), signal.SIGKILL)
            room.await_status(lambda sound: not sound["sounds"])
            room.await_status(lambda sound: bool(sound["sounds"]))
            assert daemon.errors().count("the built-in sound ended") == 1
        with Microphone() as microphone:
            Room(daemon, microphone).hold()
    assert server.name


def test_a_server_that_is_started_anew_is_sounded_on_again(
    server: jackd.Server, tmp_path: Path
) -> None:
    mute = performer("well", tmp_path / "told")
    with rig.running(tmp_path, performer=mute, audio="on") as daemon:
        daemon.wait_ready()
        with Microphone() as microphone:
            room = Room(daemon, microphone)
            room.await_status(lambda sound: bool(sound["sounds"]))
        server.end()
        room.await_status(lambda sound: not sound["sounds"])
        server.start()
        server.wait_ready()
        room.await_status(lambda sound: bool(sound["sounds"]))


def children(daemon: rig.Running, module: str) -> int:
    """The child of the daemon's that runs a module."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text(errors="replace")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if module in command and parent == daemon.process.pid:
            return int(folder.name)
    raise AssertionError(f"no {module} runs")
