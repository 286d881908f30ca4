"""Ports and servers that come and go under a real `antiphon run`."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rtmidi

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Timed
from tests.end_to_end.conftest import PLENTY_S, sounding
from tests.fakes import performer

pytestmark = pytest.mark.jack

ON, OFF = midi.note_on(0, 60, 80), midi.note_off(0, 60)


@pytest.fixture
def server() -> Iterator[jackd.Server]:
    """A server of the test's own, to be ended and started again."""
    if not jackd.available():
        pytest.skip("no jackd here: apt install jackd2")
    with jackd.private_server() as server:
        yield server


@pytest.fixture
def daemon(server: jackd.Server, tmp_path: Path) -> Iterator[rig.Running]:
    del server
    with rig.running(tmp_path, performer=performer("well", tmp_path / "notes")) as running:
        running.wait_ready()
        yield running


def until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(round(PLENTY_S / 0.05)):
        if true():
            return
        pause.wait(0.05)
    pytest.fail("it never came true")


def hears(daemon: rig.Running) -> bool:
    """Whether messages go in and out."""
    del daemon
    with rig.Keyboard() as keys, rig.Ears() as ears:
        keys.feed(ON)
        keys.feed(OFF)
        return ears.wait_for(lambda sent: {ON, OFF} <= {data for _, data in sent}, PLENTY_S)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends_and_comes_back(
    daemon: rig.Running, server: jackd.Server, number: int
) -> None:
    assert hears(daemon)
    for _ in range(2):
        server.end(number)
        until(lambda: daemon.status()["lost"] == ["input", "output"])
        server.start()
        until(lambda: daemon.status()["lost"] == [])
        assert hears(daemon)
    assert daemon.process.poll() is None
    assert daemon.status()["restarts"] == 0
    told = [line for line in daemon.status()["problems"] if " longer than " not in line]
    assert len(told) == 8, told


def test_a_keyboard_and_a_synthesiser_that_come_and_go(
    server: jackd.Server, tmp_path: Path
) -> None:
    del server

    def plug() -> tuple[Any, Any]:
        keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="keys")
        keys.open_virtual_port("out")
        synth = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="synth")
        synth.open_virtual_port("in")
        return keys, synth

    def pull(*ports: Any) -> None:
        for port in ports:
            port.close_port()
            port.delete()

    # What is sent in the moment of connecting may be dropped: each is played until it is heard.
    def held_after(keys: Any, daemon: Any) -> bool:
        keys.send_message(ON)
        return bool(daemon.status()["messages"]["notes_held"] == 1)

    def heard_after(keys: Any, ears: Any) -> bool:
        keys.send_message(ON)
        keys.send_message(OFF)
        return bool(ears.get_message())

    looker = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="looker")
    keys, synth = plug()
    options = ["--input", "keys", "--output", "synth"]
    fake = performer("well", tmp_path / "notes")
    with rig.running(tmp_path, *options, performer=fake) as daemon:
        daemon.wait_ready()
        for _ in range(3):
            until(lambda keys=keys: held_after(keys, daemon))  # type: ignore[misc]
            pull(keys, synth)
            until(lambda: daemon.status()["lost"] == ["input", "output"])
            assert daemon.status()["messages"]["notes_held"] == 0
            # Our own ports stay: to close and open them would hold up whatever is played meanwhile.
            assert rig.INPUT_PORT in looker.get_ports()
            keys, synth = plug()
            until(lambda: daemon.status()["lost"] == [])
            until(lambda keys=keys, ears=synth: heard_after(keys, ears))  # type: ignore[misc]
    pull(keys, synth)
    looker.delete()


def test_ports_are_changed_while_playing(server: jackd.Server, tmp_path: Path) -> None:
    del server
    synths = [rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name) for name in ("first", "second")]
    keys = [rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name) for name in ("piano", "pads")]
    for port in (*synths, *keys):
        port.open_virtual_port("port")

    def heard(synth: Any) -> list[Timed]:
        messages = iter(synth.get_message, None)
        return [(time, bytes(data)) for data, time in messages]

    def held_after(keys: Any, daemon: rig.Running) -> bool:
        keys.send_message(OFF)
        keys.send_message(ON)
        return bool(daemon.status()["messages"]["notes_held"] == 1)

    options = ["--input", "piano", "--output", "first"]
    fake = performer("well", tmp_path / "notes")
    with rig.running(tmp_path, *options, performer=fake) as daemon:
        daemon.wait_ready()
        until(lambda: held_after(keys[0], daemon))
        daemon.ask(do="connect", output="second", input="pads")
        first = heard(synths[0])
        assert first
        assert sounding(first, 0) == []
        until(lambda: held_after(keys[1], daemon))
        with pytest.raises(AntiphonError, match="no MIDI port like 'third'"):
            daemon.ask(do="connect", output="third")
        daemon.ask(do="connect", output="")
        assert daemon.status()["output"] == rig.OUTPUT_PORT
        second = heard(synths[1])
        assert second
        assert sounding(second, 0) == []
        assert heard(synths[0]) == []
        daemon.ask(do="connect", controller="piano")
        daemon.ask(do="connect", controller="")
        assert daemon.status()["problems"] == []
    for port in (*synths, *keys):
        port.close_port()
        port.delete()
