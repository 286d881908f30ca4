"""Whether what is played arrives, whole and how soon, beside the least that passes on. Benchmark.

The same notes go to a daemon and to a bare loop of python-rtmidi at the same time. What leaves both
is compared with what was played, message by message.
"""

import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.bench.comparison import Difference, compared
from antiphon.daemon.bench.figures import plain, spread, table
from antiphon.daemon.clock import Clock
from antiphon.daemon.messages import Timed

MANNERS: Final[Mapping[str, Sequence[str]]] = {
    "asynchronous": jackd.USUAL,
    "synchronous": jackd.PATIENT,
}
PERIODS: Final = (32, 64, 128, 256)
MESSAGES: Final = 2000
FEW: Final = 800
"""Enough for the delay."""
PLAYER, MACHINE = 0, 1
"""The channels of both."""
VELOCITY: Final = 70
"""Of all notes: an even player is the hardest to tell from a loop."""
LAST_S: Final = 0.5

# What thru costs at the least: the same library, the same server, nothing in between. It says
# goodbye at the end, as the server would wait for one that just disappeared.
BARE_LOOP: Final = """
import rtmidi, sys
out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="bare-out")
out.open_virtual_port("out")
source = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="bare")
source.set_callback(lambda event, _: out.send_message(event[0]))
source.open_virtual_port("in")
sys.stdin.read()
source.delete()
out.delete()
"""


@dataclass(frozen=True, slots=True)
class Way:
    """The ports between which messages pass."""

    input: str
    output: str


DAEMON: Final = Way(rig.INPUT_PORT, rig.OUTPUT_PORT)
BARE: Final = Way("bare:in", "bare-out:out")


@contextmanager
def bare_loop() -> Iterator[int]:
    """A process that passes MIDI on by python-rtmidi, and does nothing else; its number."""
    process = subprocess.Popen(  # noqa: S603 - our own few lines
        [sys.executable, "-c", BARE_LOOP], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.communicate()


def notes(count: int, seed: int = 1) -> list[Timed]:
    """So many messages: keys one after the other, 4 to 12 ms long and 0 to 8 ms apart."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    played: list[Timed] = []
    time_s = 0.0
    for _ in range(count // 2):
        key = dice.randrange(36, 84)
        played.append((time_s, midi.note_on(PLAYER, key, VELOCITY)))
        time_s += dice.uniform(0.004, 0.012)
        played.append((time_s, midi.note_off(PLAYER, key)))
        time_s += dice.uniform(0.0, 0.008)
    return played


def measured(
    messages: Sequence[Timed], clock: Clock, ways: Sequence[Way] = (DAEMON, BARE)
) -> list[Difference]:
    """Play the same to a daemon and to a bare loop that run, and compare what leaves each.

    The machine's part is on a channel of its own.
    """
    pause = threading.Event()
    with ExitStack() as open_ports:
        keys, ears = [], []
        for number, way in enumerate(ways):
            played_on = rig.Keyboard(way.input, f"keys-{number}")
            keys.append(open_ports.enter_context(played_on))
            heard_by = rig.QueuedEars(way.output, f"ears-{number}")
            ears.append(open_ports.enter_context(heard_by))
        for one, other in zip(keys, ears, strict=True):
            other.set_by(one.feed)
        played: list[list[Timed]] = [[] for _ in ways]
        began, turn = clock.now(), list(range(len(ways)))
        for time_s, data in messages:
            if (wait_s := began + time_s - clock.now()) > 0:
                pause.wait(wait_s)
            # Each is the first to be played to as often as the others.
            turn.append(turn.pop(0))
            for number in turn:
                played[number].append((clock.now(), data))
                keys[number].feed(data)
        pause.wait(LAST_S)
        left = [[one for one in other.taken() if midi.channel(one[1]) == PLAYER] for other in ears]
        return [compared(*both) for both in zip(played, left, strict=True)]


def figures(
    modes: Sequence[str], count: int, clock: Clock, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """In each mode, on each kind of server, at each period."""
    found = []
    for manner, options in MANNERS.items():
        for period in PERIODS:
            say(f"{manner} server, {period} frames ...")
            with (
                jackd.private_server(period, options),
                tempfile.TemporaryDirectory(prefix="antiphon-") as folder,
                rig.running(Path(folder), "--no-record") as daemon,
                bare_loop(),
            ):
                daemon.wait_ready()
                for mode in modes:
                    daemon.set(mode=mode, channel=str(MACHINE + 1))
                    antiphon, bare = measured(notes(count), clock)
                    found.append(
                        {
                            "server": manner,
                            "period": period,
                            "mode": mode,
                            "antiphon": _plain(antiphon),
                            "bare_loop": _plain(bare),
                            "callback": daemon.status()["thru_process"],
                        }
                    )
    return found


def as_text(found: Sequence[Mapping[str, Any]]) -> str:
    """The figures as a table."""
    rows = []
    for one in found:
        ours, bare, process = one["antiphon"], one["bare_loop"], one["callback"]
        rows += [
            (
                f"{one['server']}, {one['period']} frames, {one['mode']}",
                f"lost {ours['lost']}, altered {ours['altered']}, added {ours['added']} of "
                f"{ours['played']}, said again {ours['said_again']}; bare loop: lost "
                f"{bare['lost']}, added {bare['added']}",
            ),
            (
                "",
                f"{_delays(ours)}; bare loop {_delays(bare)}; callback p99 "
                f"{process['callback']['p99_ms']:.2f}, most {process['callback']['max_ms']:.2f} "
                f"ms; {process['xruns']} xruns so far",
            ),
        ]
    return table(rows)


def _plain(found: Difference) -> dict[str, Any]:
    return {
        "played": found.played,
        "lost": found.lost,
        "altered": found.altered,
        "added": found.added,
        "said_again": found.said_again,
        "delay_ms": plain(spread(1e3 * delay_s for delay_s in found.delays_s)),
    }


def _delays(found: Mapping[str, Any]) -> str:
    return f"{found['delay_ms']['p50']:.2f} / {found['delay_ms']['p99']:.2f} ms (p50 / p99)"
