"""What happens to time: the computer sleeps, the clock jumps."""

import os
import random
import signal
import threading
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from tests.golden.simulated import Simulated
from tests.torture import stand
from tests.torture.stand import ON, Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
ASLEEP_S = 3.0
JUMPS_S = (0.5, 5.0, 3600.0, 86_400.0)


def sleep(server: Server, folder: Path, rounds: int) -> Tally:
    """Everybody is stopped in the middle of a reply, as when a computer sleeps, and wakes."""
    tally = Tally()
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            tally.thru_lost += not stand.answered(keys, ears)
            # The server first: it would give up a client that does not answer.
            asleep = [server.process_id, daemon.process.pid, *children(daemon.process.pid)]
            for process in asleep:
                os.kill(process, signal.SIGSTOP)
            PAUSE.wait(ASLEEP_S)
            for process in reversed(asleep):
                os.kill(process, signal.SIGCONT)
            began, before = CLOCK.now(), len(ears.sent)
            keys.feed(ON)
            keys.feed(stand.OFF)
            tally.thru_lost += not stand.hears(ears, ON, before)
            if not stand.hears(ears, stand.ANSWER, before):
                tally.failures.append("no reply after waking")
            tally.silent_s.append(CLOCK.now() - began)
            tally.hung += not stand.hushed(keys, ears)
            tally.rounds += 1
    return tally


def children(process: int) -> list[int]:
    """The processes that a process started, as Linux tells."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(number) for number in (task / "children").read_text("ascii").split()]
    return found


def clock_jumps(_: Server, __: Path, rounds: int) -> Tally:
    """The clock of all processes jumps ahead, at any time of a jam without real time."""
    tally, dice = Tally(), random.Random(3)  # noqa: S311 (no secret)
    for _round in range(rounds):
        jam = Simulated()
        played = []
        for key in (60, 64, 67, 72):
            played.append(midi.note_on(0, key, 70))
            jam.note(key)
            if dice.random() < 0.3:
                jam.clock.advance(dice.choice(JUMPS_S))
        jam.wait(dice.uniform(0.1, 2.0))
        jam.clock.advance(dice.choice(JUMPS_S))
        before = len(jam.output.sent)
        jam.note(50)
        tally.thru_lost += midi.note_on(0, 50, 70) not in jam.output.sent[before:]
        jam.wait(3.0)
        jam.hear(midi.control_change(0, stand.ALL_NOTES_OFF, 0))
        tally.thru_lost += sum(data not in jam.output.sent for data in played)
        tally.hung += len(stand.sounding([(0.0, data) for data in jam.output.sent]))
        tally.rounds += 1
    return tally
