"""How late notes are sent when many are due, alone and beside busy programs.

The daemon is a real one, its performer a few lines that plan a note each 10 ms for some seconds.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.clock import Clock

NOTES: Final = 500
SETTLE_S: Final = 0.5
LOOK_S: Final = 0.2
"""How often a client asks for the status meanwhile, as a panel does."""
PATIENCE_S: Final = 30.0

_METRONOME: Final = """
import sys
from antiphon.daemon import messages, midi, wire

def say(message):
    sys.stdout.buffer.write(wire.encode(message))
    sys.stdout.buffer.flush()

say(messages.Ready("metronome", "none", 0.0, 0.0, 0.0))
for line in sys.stdin.buffer:
    match wire.decode(line):
        case messages.Ask():
            say(messages.State("listening", {"plan": 1}))
        case messages.Heard(seq, time, data) if midi.is_note_off(data):
            for beat in range(int(sys.argv[1])):
                at, key = time + 0.3 + beat / 100, 40 + beat % 40
                on, off = midi.note_on(1, key, 60), midi.note_off(1, key)
                say(messages.Schedule(1, seq, True, ((at, on), (at + 0.005, off))))
"""


def beside(busy: int, clock: Clock) -> dict[str, Any]:
    """Lateness beside so many programs that do nothing but compute, as `status` tells it."""
    with (
        tempfile.TemporaryDirectory(prefix="antiphon-") as folder,
        programs(busy),
        rig.running(Path(folder), performer=metronome(NOTES)) as daemon,
    ):
        daemon.wait_ready()
        return lateness_of(NOTES, daemon, clock)


def metronome(notes: int) -> list[str]:
    """The command line of a performer that plans so many notes at the player's first."""
    return [sys.executable, "-c", _METRONOME, str(notes)]


def lateness_of(notes: int, daemon: rig.Running, clock: Clock) -> dict[str, Any]:
    """Have the `metronome` of a daemon play its notes; how late they were, as `status` tells it."""
    pause = threading.Event()
    with rig.Keyboard(name="keys") as keys:
        # What is sent while a connection is new may be dropped.
        pause.wait(SETTLE_S)
        keys.feed(midi.note_on(0, 60, 60))
        keys.feed(midi.note_off(0, 60))
        end_s = clock.now() + PATIENCE_S
        while clock.now() < end_s:
            lateness: dict[str, Any] = daemon.status()["lateness"]
            if lateness["count"] >= 2 * notes:
                break
            pause.wait(LOOK_S)
    return lateness


@contextmanager
def programs(busy: int) -> Iterator[None]:
    """So many programs that compute and never rest."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        yield
    finally:
        for program in started:
            program.kill()
            program.wait()


def rows(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What `alone_and_loaded` found: p50, p99 and the most, and how many were how late."""
    return [(f"beside {busy} busy programs", _words(late)) for busy, late in found.items()]


def _words(late: Mapping[str, Any]) -> str:
    values = f"{late['p50_ms']:.2f} / {late['p99_ms']:.2f} / {late['max_ms']:.2f} ms"
    counts = (f"{count} to {edge} ms" for edge, count in late["histogram"].items() if count)
    return f"{values}; {', '.join(counts)}".replace("to more ms", "later")


def alone_and_loaded(clock: Clock) -> dict[str, dict[str, Any]]:
    """Lateness by how many programs compute beside: none, and one for each processor but one."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    return {str(busy): beside(busy, clock) for busy in (0, max(1, own - 1))}
