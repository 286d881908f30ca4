"""What `antiphon doctor` tells of sound: whether anything is heard without a synthesiser."""

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any, Final

from antiphon.daemon.audio import soundfonts
from antiphon.daemon.audio.orders import Orders, command
from antiphon.daemon.config import AUTO, AudioSettings, Config
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.backends import choose_backend
from antiphon.daemon.shell.checks import Finding, Level

PATIENCE_S: Final = 15.0


def look_at_sound(config: Config) -> Finding:
    """Whether there is a built-in sound, tried out in silence."""
    settings = config.audio
    if settings.enabled == "off":
        return Finding(Level.OK, "built-in sound is off: a synthesiser has to sound")
    if settings.enabled == AUTO and config.ports.output:
        return Finding(Level.OK, f"no built-in sound: {config.ports.output} sounds")
    try:
        backend = choose_backend(config.ports.backend)
    except AntiphonError:
        backend = ""
    news = tried(replace(settings, enabled="on"), backend)
    problem = news.get("problem")
    if problem and settings.enabled == AUTO:
        advice = f"{problem}; or connect a synthesiser to the output"
        return Finding(Level.OK, "no built-in sound", advice)
    if problem:
        return Finding(Level.FAIL, "no built-in sound", problem)
    return Finding(Level.OK, f"built-in: {news['words']}")


def look_at_demos(_config: Config) -> Finding:
    """What could sound MIDI files here."""
    font = soundfonts.find()
    if shutil.which("fluidsynth") and font:
        return Finding(Level.OK, f"FluidSynth, {font}")
    advice = "for a better one install fluidsynth and a soundfont such as FluidR3"
    return Finding(Level.OK, "the built-in synthesiser", advice)


def tried(settings: AudioSettings, backend: str) -> dict[str, Any]:
    """What the process of the built-in sound tells before its input ends: at once."""
    try:
        done = subprocess.run(  # noqa: S603 (our own command)
            command(Orders(settings, backend, "")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"problem": f"it does not start: {error}"}
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    problems = [line for line in lines if "problem" in line]
    if not lines:
        return {"problem": f"it ended with exit code {done.returncode}"}
    return problems[0] if problems else lines[-1]
