"""The built-in sound with an instrument that only notes what it is asked to do."""

import os
import sys
from pathlib import Path

import pytest

from antiphon.daemon import midi
from antiphon.daemon.audio import __main__ as process
from antiphon.daemon.audio import fluid
from antiphon.daemon.audio.__main__ import RETRY_LOOKS, Sound
from antiphon.daemon.audio.orders import ALIVE, USER_ERROR, Orders, State, frame
from antiphon.daemon.config import AudioSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.guardian.heartbeat import STILL_LOOKS

ON, OFF = frame(midi.note_on(0, 60, 80)), frame(midi.note_off(0, 60))


class Instrument:
    """Notes what is asked of it; sounds as long as a key is down."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.keys: set[int] = set()
        self.driver: str | None = "card"

    def start(self) -> str | None:
        self.done.append("start")
        return self.driver

    def stop(self) -> None:
        self.done.append("stop")
        self.keys.clear()

    def sounds(self) -> bool:
        return bool(self.keys)

    def silence(self) -> None:
        self.done.append("silence")
        self.keys.clear()

    def play(self, data: bytes) -> None:
        (self.keys.add if midi.is_note_on(data) else self.keys.discard)(midi.key(data))


class Stand:
    """A sound on a stand: `busy` is whether somebody else listens."""

    def __init__(self) -> None:
        self.instrument = Instrument()
        self.busy = False
        self.told: list[State | AntiphonError] = []
        self.sound = Sound(self.instrument, "piano", lambda: self.busy, self.told.append)

    def look(self, times: int = 1) -> list[bool]:
        return [self.sound.look() for _ in range(times)]


def test_it_sounds_while_nobody_else_does() -> None:
    stand = Stand()
    assert stand.look(3) == [True, False, False]
    stand.busy = True
    assert stand.look(3) == [True, False, False]
    stand.busy = False
    stand.look(3)
    assert stand.instrument.done == ["start", "stop", "start"]
    on = State(sounds=True, words="piano by card")
    assert stand.told[::2] == [on, on]
    rest = stand.told[1]
    assert isinstance(rest, State)
    assert not rest.sounds


def test_where_somebody_else_sounds_from_the_start_no_card_is_opened() -> None:
    stand = Stand()
    stand.busy = True
    stand.look(3)
    assert stand.instrument.done == []


def test_a_card_that_is_not_to_be_had_is_tried_again_and_told_once() -> None:
    stand = Stand()
    stand.instrument.driver = None
    stand.look(1 + 2 * (RETRY_LOOKS + 1))
    assert stand.instrument.done == ["start"] * 3
    assert sum(isinstance(news, AntiphonError) for news in stand.told) == 1
    stand.instrument.driver = "card"
    stand.look(RETRY_LOOKS + 1)
    assert stand.told[-1] == State(sounds=True, words="piano by card")


def test_what_sounds_ends_when_whoever_plays_hangs() -> None:
    stand = Stand()
    stand.look()
    stand.sound.play(ON)
    stand.look(STILL_LOOKS)
    assert "silence" not in stand.instrument.done
    stand.look()
    assert stand.instrument.done[-1] == "silence"


def test_what_sounds_goes_on_as_long_as_whoever_plays_is_alive() -> None:
    stand = Stand()
    stand.look()
    stand.sound.play(ON)
    for _ in range(3 * STILL_LOOKS):
        stand.sound.play(ALIVE)
        stand.look()
    assert stand.instrument.keys == {60}
    stand.sound.play(OFF + ALIVE)
    assert stand.instrument.keys == set()


def test_what_comes_in_pieces_is_played_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand()
    pieces = [ON[:1], ON[1:] + OFF[:2], OFF[2:] + ON, b""]
    monkeypatch.setattr(os, "read", lambda *_: pieces.pop(0))
    process._hear(stand.sound)
    assert stand.instrument.keys == {60}
    assert not pieces


@pytest.mark.parametrize(
    ("wanted", "backend", "platform", "found"),
    [
        ("auto", "jack", "linux", ("jack",)),
        ("auto", "alsa", "linux", ("pipewire", "pulseaudio", "alsa")),
        ("auto", "coremidi", "darwin", ("coreaudio",)),
        ("auto", "winmm", "win32", ("wasapi", "dsound")),
        ("alsa", "jack", "linux", ("alsa",)),
    ],
)
def test_which_drivers_are_tried(
    wanted: str, backend: str, platform: str, found: tuple[str, ...]
) -> None:
    assert fluid.drivers(wanted, backend, platform) == found


def test_a_buffer_is_divided_as_its_driver_counts() -> None:
    assert fluid.buffering("alsa", 512) == {"audio.period-size": 128, "audio.periods": 4}
    assert fluid.buffering("pulseaudio", 512) == {"audio.period-size": 512, "audio.periods": 2}
    assert fluid.buffering("alsa", 64)["audio.period-size"] == 64
    assert fluid.buffering("jack", 512) == {}


def test_a_library_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    font = tmp_path / "piano.sf2"
    font.touch()
    told: list[State | AntiphonError] = []
    monkeypatch.setattr(process, "_teller", lambda: told.append)
    monkeypatch.setattr(fluid, "find_spec", lambda _: None)
    orders = Orders(AudioSettings(soundfont=str(font)), "memory", "")
    monkeypatch.setattr(Orders, "from_json", lambda _: orders)
    assert process.main(["{}"]) == USER_ERROR
    assert [str(news) for news in told] == ["pip install 'antiphon[audio]'"]


@pytest.mark.parametrize("error", [ImportError("Couldn't find the FluidSynth library."), OSError])
def test_a_system_without_fluidsynth_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "fluidsynth":
                raise error

    monkeypatch.setattr(fluid, "lacking", lambda: "")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delitem(sys.modules, "fluidsynth", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(AntiphonError, match="apt install libfluidsynth3"):
        fluid.Fluid(AudioSettings(), tmp_path / "piano.sf2", "jack")
