import sys
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.daemon.audio import soundfonts
from antiphon.daemon.audio.orders import Orders
from antiphon.daemon.config import AudioSettings, Config, PortSettings
from antiphon.daemon.shell import loudspeaker
from antiphon.daemon.shell.checks import Finding, Level


def found(says: str, monkeypatch: pytest.MonkeyPatch, audio: AudioSettings) -> Finding:
    """What is found where the process of the sound writes that."""

    def command(orders: Orders) -> list[str]:
        assert orders.output == "", "a doctor wants to know whether it could sound"
        return [sys.executable, "-c", f"print({says!r})"]

    monkeypatch.setattr(loudspeaker, "command", command)
    return loudspeaker.look_at_sound(replace(Config(), audio=audio))


def test_what_sounds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    says = '{"sounds": true, "words": "piano by jack"}'
    assert found(says, monkeypatch, AudioSettings()) == Finding(Level.OK, "built-in: piano by jack")


@pytest.mark.parametrize(("enabled", "level"), [("auto", Level.OK), ("on", Level.FAIL)])
def test_what_is_missing_fails_only_who_wants_it(
    monkeypatch: pytest.MonkeyPatch, enabled: str, level: Level
) -> None:
    finding = found('{"problem": "install it"}', monkeypatch, AudioSettings(enabled=enabled))
    assert finding.level is level
    assert "install it" in finding.advice


def test_a_process_that_says_nothing_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudspeaker, "command", lambda _: [sys.executable, "-c", "raise OSError"])
    assert "exit code 1" in loudspeaker.look_at_sound(Config()).advice


def test_who_has_a_synthesiser_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudspeaker, "tried", lambda *_: pytest.fail("it was tried"))
    named = replace(Config(), ports=PortSettings(output="FluidSynth"))
    assert "FluidSynth" in loudspeaker.look_at_sound(named).found
    off = replace(Config(), audio=AudioSettings(enabled="off"))
    assert loudspeaker.look_at_sound(off).level is Level.OK


def test_what_sounds_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfonts, "find", lambda: Path("/fonts/piano.sf2"))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/fluidsynth")
    assert loudspeaker.look_at_demos(Config()).found == f"FluidSynth, {Path('/fonts/piano.sf2')}"
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert "install fluidsynth" in loudspeaker.look_at_demos(Config()).advice
