"""Two who share a Link session, in a network that has nothing but itself: see `test_link.py`.

Refuses to run in any other. One leads: it sets the tempo, starts the song and stops it. The other
is the daemon's side of Link. Prints as JSON what the daemon's side says, each beat with how far the
leader has it from there.
"""

import importlib
import json
import queue
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable

from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat
from antiphon.daemon.session.linkside import LinkSide
from antiphon.daemon.session.stage import Deed

BAR = 4
FIRST_BPM, SECOND_BPM = 93.0, 141.0
PLENTY_S = 30.0

CLOCK = MonotonicClock()


class Leader:
    """The other program: commands come by lines, a phase is told for each time that is asked."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.end_to_end.linked", "lead"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def ask(self, what: str, number: float = 0.0) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what} {number!r}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def lead() -> None:
    session = importlib.import_module("link").Link(FIRST_BPM)
    session.startStopSyncEnabled = True
    session.enabled = True
    for line in sys.stdin:
        what, number = line.split()
        state, now_us = session.captureAppSessionState(), session.clock().micros()
        told = 0.0
        match what:
            case "tempo":
                state.setTempo(float(number), now_us)
            case "play":
                state.setIsPlaying(float(number) > 0.0, now_us)
            case "phase":
                ago_us = round((CLOCK.now() - float(number)) * 1e6)
                told = state.phaseAtTime(session.clock().micros() - ago_us, BAR)
        if what != "phase":
            session.commitAppSessionState(state)
        say(told)


def follow() -> None:
    told: queue.SimpleQueue[Beat | Deed] = queue.SimpleQueue()

    def take(news: Iterable[Beat | Deed]) -> None:
        for item in news:
            told.put(item)

    def until(wanted: Callable[[Beat], bool], count: int) -> None:
        while count:
            item = told.get(timeout=PLENTY_S)
            if isinstance(item, Deed):
                say({"deed": item.value})
            elif wanted(item):
                count -= 1
                # The phase of just before a bar line is nearly a bar.
                phase = leader.ask("phase", item.time) if item.period else 0.0
                off = (phase - item.beat + BAR / 2) % BAR - BAR / 2
                say(
                    {
                        "beat": item.beat,
                        "bpm": 60.0 / item.period,
                        "off_ms": off * item.period * 1e3,
                        "counted": item.counted,
                        "running": item.running,
                    }
                )

    leader = Leader()
    try:
        with LinkSide(CLOCK, take, lambda text: say({"problem": text})) as side:
            side.steer(Controls(sync="link", beats_a_bar=BAR))
            until(lambda beat: beat.period > 0.0, 4)
            leader.ask("tempo", SECOND_BPM)
            until(lambda beat: abs(60.0 / beat.period - SECOND_BPM) < 1e-3, 4)
            leader.ask("play", 1.0)
            until(lambda beat: beat.running, 6)
            leader.ask("play", 0.0)
            until(lambda beat: not beat.running, 2)
    finally:
        leader.process.kill()
        leader.process.wait()


def say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if {name for _, name in socket.if_nameindex()} != {"lo"}:
        sys.exit("this is only for a network of its own: unshare --net")
    lead() if sys.argv[1:] == ["lead"] else follow()
