"""What `antiphon doctor` looks at to tell whether this machine can play.

Each check looks at one thing and answers with one line; none changes anything.
"""

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from antiphon.daemon.bench.figures import Spread, spread
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.config import AUTO, Config
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.backends import choose_backend, compiled_backends, port_names
from antiphon.daemon.ports.keyboards import keyboards
from antiphon.daemon.session import control, sockets

WAITS: Final = 200
WAIT_S: Final = 0.005
LATE_MS: Final = 2.0
SLOW_STEP_MS: Final = 10.0
ROOM_BYTES: Final = 1 << 30
GIBIBYTE: Final = float(1 << 30)


class Level(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it unless all is well."""

    level: Level
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at."""

    name: str
    look: Callable[[Config], Finding]


def look_at_backends(config: Config) -> Finding:
    """Which MIDI back ends python-rtmidi has, and whether the one wanted works."""
    compiled = compiled_backends()
    words = f"built in: {', '.join(compiled) or 'none'}"
    try:
        chosen = choose_backend(config.ports.backend)
    except AntiphonError as error:
        return Finding(Level.FAIL, words, str(error))
    return Finding(Level.OK, f"{words}; in use: {chosen}")


def look_at_ports(config: Config) -> Finding:
    """Who is there to be played with."""
    try:
        backend = choose_backend(config.ports.backend)
    except AntiphonError:
        return Finding(Level.WARN, "none without a back end", "see the back end above")
    inputs, outputs = port_names(backend)
    found = f"{len(inputs)} to listen to, {len(outputs)} to play on"
    if backend == "winmm" and not (config.ports.input and config.ports.output):
        advice = "install loopMIDI and name its ports: antiphon run --input NAME --output NAME"
        return Finding(Level.WARN, found, advice)
    if not inputs:
        return Finding(Level.WARN, found, "connect a keyboard, or start the program to play from")
    if not outputs:
        return Finding(Level.WARN, found, "start a synthesiser or a DAW, to hear something")
    return Finding(Level.OK, found)


def look_at_keyboards(config: Config) -> Finding:
    """Which keyboard would be played on."""
    if config.ports.input != AUTO:
        return Finding(Level.OK, f"configured: {config.ports.input or 'a virtual port'}")
    try:
        backend = choose_backend(config.ports.backend)
    except AntiphonError:
        return Finding(Level.WARN, "none without a back end", "see the back end above")
    found = keyboards(backend, port_names(backend)[0])
    if len(found) == 1:
        return Finding(Level.OK, f"found: {found[0]}")
    if found:
        advice = "choose: antiphon run --input PART-OF-NAME, or input under [ports] in config.toml"
        return Finding(Level.OK, f"{len(found)}: {', '.join(found)}", advice)
    return Finding(Level.OK, "none is plugged in: programs can play into antiphon:in")


def look_at_model(config: Config) -> Finding:
    """Whether the model loads, and how long a step of it takes."""
    # Not above: the other checks must work where ONNX Runtime is broken.
    from antiphon.daemon.performer import loading

    settings = config.engine
    loaded = loading.load(settings.model, settings.provider, settings.threads)
    found = (
        f"{loaded.engine.path.name} on {loaded.engine.provider.value} ({loaded.choice}), a step "
        f"takes {loaded.step_p50_ms:.2f} ms p50, {loaded.step_p99_ms:.2f} p99"
    )
    if loaded.problem:
        return Finding(Level.WARN, found, loaded.problem)
    if not loaded.engine.takes_moments:
        found += "; a model of the first kind: roles, chords, beat and lookahead are not told to it"
    if loaded.step_p99_ms > SLOW_STEP_MS:
        return Finding(Level.WARN, found, "replies may come late: close busy programs")
    return Finding(Level.OK, found)


def look_at_daemon(config: Config) -> Finding:
    """Whether a daemon runs already, and whether one could be reached."""
    path = Path(config.control.socket or sockets.default_path()).expanduser()
    try:
        status = control.ask(path, {"do": "status"})["status"]
    except AntiphonError:
        return Finding(Level.OK, f"none runs; it would listen on {path}")
    if not status["performer"]:
        advice = status["problems"][-1] if status["problems"] else "wait a moment and look again"
        return Finding(Level.WARN, f"runs on {path}, not ready to play", advice)
    return Finding(Level.OK, f"runs on {path} for {status['uptime_s']:.0f} s")


def look_at_recording(config: Config) -> Finding:
    """Whether jams can be kept."""
    folder = Path(config.record.folder).expanduser()
    if not config.record.enabled:
        return Finding(Level.OK, "off")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        advice = "set another folder in config.toml, section [record]"
        return Finding(Level.FAIL, f"{folder} cannot be written", advice)
    free = shutil.disk_usage(there).free
    found = f"{folder}, {free / GIBIBYTE:.0f} GiB free"
    if free < ROOM_BYTES:
        return Finding(Level.WARN, found, "make room: a jam needs a few MB an hour")
    return Finding(Level.OK, found)


def look_at_timing(_config: Config) -> Finding:
    """How late this machine wakes a thread that waits for its moment."""
    late = wake_ups(MonotonicClock())
    found = (
        f"woken late by {late.p50:.2f} ms p50, {late.p99:.2f} ms p99, {late.most:.2f} ms at most"
    )
    if late.p99 > LATE_MS:
        advice = "close busy programs, or set the processor's power profile to performance"
        return Finding(Level.WARN, found, advice)
    return Finding(Level.OK, found)


def wake_ups(clock: Clock) -> Spread:
    """Lateness in ms of waits of 5 ms on a condition, which is how notes wait to be sent."""
    condition = threading.Condition()
    late_ms = []
    with condition:
        for _ in range(WAITS):
            deadline = clock.now() + WAIT_S
            condition.wait(WAIT_S)
            late_ms.append((clock.now() - deadline) * 1e3)
    return spread(late_ms)


def look_at_runtime(_config: Config) -> Finding:
    """Whether ONNX Runtime is there, and on what it can compute."""
    try:
        import onnxruntime
    except ImportError as error:
        return Finding(Level.FAIL, f"does not load: {error}", "pip install onnxruntime")
    names = [name.removesuffix("ExecutionProvider") for name in _providers(onnxruntime)]
    return Finding(Level.OK, f"ONNX Runtime {onnxruntime.__version__}: {', '.join(names)}")


def _providers(onnxruntime: object) -> list[str]:
    names: list[str] = onnxruntime.get_available_providers()  # type: ignore[attr-defined]
    return names
