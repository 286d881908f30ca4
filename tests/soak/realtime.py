"""An hour at the keyboard: a real daemon with the real model, played to and watched each minute."""

import random
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon import midi, priority
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.bench.comparison import compared
from antiphon.daemon.bench.figures import spread
from antiphon.daemon.bench.processes import processor_s, resident_mb
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.messages import Timed
from tests.torture import stand

CLOCK, PAUSE = MonotonicClock(), threading.Event()
MODES: Final = ("reply", "continue", "together", "harmonise", "reply")
WARM_UP: Final = 12
"""Minutes in which memory fills: the model's (1,536 events), the 2,048 messages that a new
performer would be told, the two minutes that can be kept. Nothing grew after the tenth."""
PERIOD_FRAMES: Final = 256
SETTLE_S: Final = 0.2
OWN, MACHINES = 0, 1
"""The channels: what comes out on the player's own is thru."""
LISTEN_S: Final = (0.5, 4.0)
"""How long the player listens after a phrase: sometimes comes in early, sometimes hears it out."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What was read of a daemon after a minute of playing."""

    midi_mb: float
    performer_mb: float
    handles: float
    threads: float
    thru_p50_ms: float
    thru_p99_ms: float
    late_p99_ms: float
    processor_s: float
    played: int
    replied: int
    lost: int
    hung: int


def soak(minutes: int, seed: int = 1) -> Iterator[Minute]:
    """Play for so long; what was read after each minute."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    with (
        jackd.private_server(PERIOD_FRAMES),
        tempfile.TemporaryDirectory() as folder,
        rig.running(Path(folder)) as daemon,
    ):
        daemon.wait_ready()
        daemon.set(channel=str(MACHINES + 1))
        for number in range(minutes):
            daemon.set(mode=MODES[number % len(MODES)])
            yield minute(daemon, dice)


def minute(daemon: rig.Running, dice: random.Random, length_s: float = 60.0) -> Minute:
    """Play for so long, and read."""
    status = daemon.status()
    processes = [
        daemon.process.pid,
        status["thru_process"]["process"],
        status["performer_process"],
    ]
    worked_s = sum(processor_s(process) or 0.0 for process in processes)
    end_s = CLOCK.now() + length_s
    played: list[Timed] = []
    # Or else it would be the harness that waits for other programs.
    with priority.raised(), rig.Keyboard() as keys, rig.Ears() as ears:
        priority.spread()
        # What is sent while a connection is new may be dropped.
        PAUSE.wait(SETTLE_S)
        while CLOCK.now() < end_s:
            for data, wait_s in phrase(dice):
                played.append((CLOCK.now(), data))
                keys.feed(data)
                PAUSE.wait(wait_s)
            PAUSE.wait(dice.uniform(*LISTEN_S))
        # Changing the mode ends what is played.
        daemon.set(mode="silent")
        silent = stand.silent(ears)
        ears.wait_for(lambda sent: len(thru(sent)) >= len(played), 5.0)
        heard = ears.sent
    passed = thru(heard)
    found = compared(played, passed)
    spread_ms = spread(delay_s * 1e3 for delay_s in found.delays_s)
    session_mb, thru_mb, performer_mb = ((resident_mb(process) or 0.0) for process in processes)
    return Minute(
        session_mb + thru_mb,
        performer_mb,
        float(sum(count(process, "fd") for process in processes)),
        float(sum(count(process, "task") for process in processes)),
        spread_ms.p50,
        spread_ms.p99,
        daemon.status()["lateness"]["p99_ms"],
        sum(processor_s(process) or 0.0 for process in processes) - worked_s,
        len(played),
        sum(midi.is_note_on(data) and midi.channel(data) == MACHINES for _, data in heard),
        found.lost + found.altered + found.added,
        0 if silent else len(stand.sounding(heard)),
    )


def phrase(dice: random.Random) -> Iterator[tuple[bytes, float]]:
    """Messages of a few notes, each with the time to the next."""
    key = dice.randrange(48, 72)
    for _ in range(dice.randrange(3, 12)):
        key = min(96, max(36, key + dice.choice((-5, -3, -2, -1, 1, 2, 3, 5, 7))))
        yield midi.note_on(OWN, key, dice.randrange(40, 110)), dice.uniform(0.08, 0.35)
        yield midi.note_off(OWN, key), dice.uniform(0.01, 0.1)


def thru(sent: Sequence[Timed]) -> list[Timed]:
    """What of all that came out is the player's own."""
    return [
        (time, data)
        for time, data in sent
        if (midi.is_note_on(data) or midi.is_note_off(data)) and midi.channel(data) == OWN
    ]


def count(process: int, what: str) -> int:
    """How many open files (`fd`) or threads (`task`) a process has, where Linux tells; else 0."""
    try:
        return len(list(Path(f"/proc/{process}/{what}").iterdir()))
    except OSError:
        return 0
