"""What keeps the built-in sound, with a few lines in a child process in place of it."""

import os
import queue
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from antiphon.daemon import midi
from antiphon.daemon.audio import fluid
from antiphon.daemon.audio.orders import ALIVE, USER_ERROR, Orders, frame
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import AudioSettings
from antiphon.daemon.ports.protocols import MemoryInput, MemoryOutput, Ports
from antiphon.daemon.session import speaker
from antiphon.daemon.session.speaker import Speaker

CHILD = """
import json, os, sys, time
way, heard = sys.argv[1:3]
def say(**news):
    os.write(1, json.dumps(news).encode() + b"\\n")
if way == "lacks":
    say(problem="install it")
    sys.exit(2)
say(sounds=True, words=f"piano in {os.getpid()}")
if way == "hangs":
    time.sleep(1000)
with open(heard, "ab", buffering=0) as file:
    while chunk := os.read(0, 4096):
        file.write(chunk)
"""
ON, OFF = midi.note_on(0, 60, 80), midi.note_off(0, 60)
PLENTY_S = 20.0


class Stand:
    """A speaker over ports in memory, and what it tells."""

    def __init__(self, folder: Path, enabled: str = "auto") -> None:
        self.output = MemoryOutput(MonotonicClock(), "antiphon:out")
        self.silenced: list[str] = []
        bare = Ports(
            "memory", MemoryInput(), self.output, silence=lambda: self.silenced.append("past")
        )
        self.speaker = Speaker(AudioSettings(enabled=enabled), bare)
        self.ports = self.speaker.ports
        self.states: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self.troubles: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._heard = folder / "heard"

    @contextmanager
    def playing(self) -> Iterator[None]:
        with self.speaker.playing(lambda: self.states.put(self.ports.sound()), self.troubles.put):
            yield

    def await_sound(self, *, sounds: bool = True) -> int:
        """The process that sounds, or sounded."""
        while (state := self.states.get(timeout=PLENTY_S))["sounds"] != sounds:
            pass
        return int(str(state["words"]).rpartition(" ")[2]) if sounds else 0

    @property
    def heard(self) -> bytes:
        return self._heard.read_bytes()


@pytest.fixture(autouse=True)
def way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """How the child behaves; the last word counts."""
    ways = ["well"]

    def command(_: Orders) -> list[str]:
        return [sys.executable, "-c", CHILD, ways[-1], str(tmp_path / "heard")]

    monkeypatch.setattr(speaker, "command", command)
    monkeypatch.setattr(speaker, "PAUSE_S", 0.0)
    monkeypatch.setattr(speaker, "FAREWELL_S", PLENTY_S)
    return ways


@pytest.mark.parametrize(
    ("enabled", "output", "is_wanted"),
    [
        ("auto", "antiphon-out:out", True),
        ("auto", "FluidSynth:midi", False),
        ("on", "FluidSynth:midi", True),
        ("off", "antiphon-out:out", False),
    ],
)
def test_when_it_is_wanted(enabled: str, output: str, is_wanted: bool) -> None:
    assert speaker.wanted(AudioSettings(enabled=enabled), output) is is_wanted


def test_without_the_library_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluid, "lacking", lambda: "")
    assert speaker.is_possible(AudioSettings())
    assert not speaker.is_possible(AudioSettings(enabled="off"))
    monkeypatch.setattr(fluid, "lacking", lambda: "install it")
    assert not speaker.is_possible(AudioSettings())


def test_what_goes_out_is_sounded_and_ends_with_the_daemon(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    with stand.playing():
        stand.await_sound()
        for data in (ON, midi.CLOCK, b"\xf0\x01\xf7", OFF):
            stand.ports.passed(data)
        stand.ports.alive()
        stand.ports.silence()
    rest = b"".join(frame(data) for data in midi.panic_messages())
    assert stand.heard == frame(ON) + frame(OFF) + ALIVE + rest
    assert stand.silenced == ["past"]


def test_one_that_ends_is_started_again_and_told_of_once(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    with stand.playing():
        first = stand.await_sound()
        os.kill(first, 9)
        stand.await_sound(sounds=False)
        assert stand.await_sound() != first
        assert "starting it again" in stand.troubles.get(timeout=PLENTY_S)
    assert stand.troubles.empty()


def test_what_the_user_has_to_do_is_said_once_and_the_jam_goes_on(
    tmp_path: Path, way: list[str]
) -> None:
    way.append("lacks")
    stand = Stand(tmp_path)
    with stand.playing():
        assert stand.troubles.get(timeout=PLENTY_S) == "no built-in sound: install it"
        stand.await_sound(sounds=False)
        stand.ports.passed(ON)
        way.append("well")
        stand.speaker.plays_on("antiphon:out")
        stand.await_sound()
    # What passed while there was no sound harmed nothing, and is not sounded late.
    assert stand.heard == b""
    assert stand.troubles.empty()
    assert USER_ERROR == 2


def test_what_is_missing_is_not_looked_for_again_and_again(
    tmp_path: Path, way: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    way.append("lacks")
    lives: list[Orders] = []
    command: Callable[[Orders], list[str]] = vars(speaker)["command"]

    def counted(orders: Orders) -> list[str]:
        lives.append(orders)
        return command(orders)

    monkeypatch.setattr(speaker, "command", counted)
    stand = Stand(tmp_path)
    with stand.playing():
        stand.await_sound(sounds=False)
        way.append("well")
        stand.speaker.plays_on("antiphon:out")
        stand.await_sound()
    assert len(lives) == 2


def test_another_output_that_is_chosen_sounds_instead(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    with stand.playing():
        first = stand.await_sound()
        stand.speaker.plays_on("FluidSynth:midi")
        stand.await_sound(sounds=False)
        stand.ports.passed(ON)
        stand.speaker.plays_on("antiphon:out")
        assert stand.await_sound() != first
    assert stand.heard == b""
    assert stand.troubles.empty()


@pytest.mark.skipif(os.name != "posix", reason="pipes as on Unix")
def test_one_that_hangs_holds_nobody_up_and_is_started_again(
    tmp_path: Path, way: list[str]
) -> None:
    way.append("hangs")
    stand = Stand(tmp_path)
    with stand.playing():
        stand.await_sound()
        way.append("well")
        for _ in range(50_000):
            stand.speaker.send(ON)
        stand.await_sound(sounds=False)
        stand.await_sound()


def test_switched_off_it_is_not_there(tmp_path: Path) -> None:
    stand = Stand(tmp_path, enabled="off")
    with stand.playing():
        stand.ports.passed(ON)
    assert stand.ports.output is stand.output
    assert stand.states.empty()
    assert not (tmp_path / "heard").exists()
