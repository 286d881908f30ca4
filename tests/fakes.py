"""Stand-ins for what the daemon stands on: a clock set by hand, ports that come and go.

And `PERFORMER`, a whole performer in a few lines, which the tests start as a real child process.
"""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Problem
from antiphon.daemon.ports.protocols import InputPort, MemoryInput, OutputPort, Way
from antiphon.daemon.session.player import Player


class ManualClock:
    """A clock that moves only when told."""

    def __init__(self, now: float = 100.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


class RecordingOutput:
    """An output port that keeps what it is sent; while `broken` it takes nothing."""

    name = "fake:out"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.broken = False
        self.closed = False

    def send(self, data: bytes) -> None:
        if self.broken:
            raise AntiphonError("the cable is out")
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True


@dataclass
class Told:
    """Tells a player what thru tells."""

    player: Player
    complain: Callable[[Problem], None] = lambda _: None

    def received(self, data: bytes, time: float) -> None:
        self.player.heard(data, time)

    def moved(self, data: bytes) -> None:
        """No control is moved here."""

    def came_back(self) -> None:
        self.player.came_back()

    def problem(self, problem: Problem) -> None:
        self.complain(problem)


class FakeSystem:
    """A back end where ports come and go as a test says."""

    def __init__(self, make_output: Callable[[], RecordingOutput] = RecordingOutput) -> None:
        self._make_output = make_output
        self.there = {"Keys", "Synth"}
        self.taken: set[str] = set()
        self.inputs: list[MemoryInput] = []
        self.outputs: list[RecordingOutput] = []
        self.server_gone = False
        self.woken = threading.Event()

    def open_input(self, wanted: str, way: Way) -> InputPort:
        self.check_is_there(wanted, way)
        self._take(wanted)
        self.inputs.append(MemoryInput(wanted))
        return self.inputs[-1]

    def open_output(self, wanted: str, way: Way) -> OutputPort:
        self.check_is_there(wanted, way)
        self._take(wanted)
        self.outputs.append(self._make_output())
        self.outputs[-1].name = wanted
        return self.outputs[-1]

    def names(self, way: Way) -> list[str]:
        if self.server_gone:
            raise AntiphonError("no server")
        assert way in Way
        return sorted(self.there)

    def wait(self, timeout_s: float | None) -> bool:
        self.woken.wait(timeout_s)
        self.woken.clear()
        return False

    def wake(self) -> None:
        self.woken.set()

    def server_lost(self) -> None:
        assert all(output.closed for output in self.outputs)
        self.server_gone = True

    def check_is_there(self, wanted: str, way: Way) -> None:
        assert way in Way
        if self.server_gone or (wanted and wanted not in self.there):
            raise AntiphonError(f"no {wanted}")

    def _take(self, wanted: str) -> None:
        if wanted in self.taken:
            raise AntiphonError(f"{wanted} is taken")


PERFORMER = '''
"""Answers each note-off by the same key a fifth higher, held until cancelled or for 10 s.

A first argument makes it misbehave: "mute" never answers `Ask`, "babble" writes nonsense after
the first note, "die" ends then, "grow" takes 300 MB then, "refuse" ends at once as if the model
were missing. What it is told goes to the file named second.
"""
import sys, threading
from time import sleep
from antiphon.daemon import messages, midi, priority, wire

hoard = []
def grow():
    for _ in range(30):
        hoard.append(bytearray(b"x") * (10 << 20))
        sleep(0.02)

way, notes = sys.argv[1], open(sys.argv[2], "ab", buffering=0)

def say(message):
    sys.stdout.buffer.write(wire.encode(message))
    sys.stdout.buffer.flush()

if way == "refuse":
    say(messages.Problem("there is no model"))
    sys.exit(2)
say(messages.Ready("fake", "none", 0.0, 0.0, 0.0))
plan, asked = 0, False
for line in sys.stdin.buffer:
    message = wire.decode(line)
    notes.write(line)
    match message:
        case messages.Ask() if way != "mute":
            if not asked:
                priority.fall_back()
            asked = True
            say(messages.State("listening", {"plan": plan}))
        case messages.Judge(good=good):
            say(messages.Verdict(good, ((0.0, midi.note_on(0, 60, 70)),)))
        case messages.Heard(seq, time, data) if midi.is_note_off(data):
            if way == "babble":
                sys.stdout.write("la la la\\n")
                sys.stdout.flush()
                continue
            if way == "die":
                sys.exit(3)
            if way == "grow" and asked:
                threading.Thread(target=grow, daemon=True).start()
            plan += 1
            channel, key = midi.channel(data), midi.key(data) + 7
            say(messages.Schedule(plan, seq, True, (
                (time + 0.01, midi.note_on(channel, key, 70)),
                (time + 0.01, midi.sustain(channel, 127)),
                (time + 10.0, midi.note_off(channel, key)),
                (time + 10.0, midi.sustain(channel, 0)),
            )))
'''


def performer(way: str, notes: Path) -> list[str]:
    """The command line of a `PERFORMER`."""
    return [sys.executable, "-c", PERFORMER, way, str(notes)]
