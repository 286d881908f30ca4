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
from contextlib import contextmanager
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
class Both:
    """How what left the daemon and the bare loop differs from what was played."""

    antiphon: Difference
    bare: Difference


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


def measured(messages: Sequence[Timed], clock: Clock) -> Both:
    """Play to a daemon and to a bare loop that run.

    The machine's part is on a channel of its own.
    """
    pause = threading.Event()
    with (
        rig.Keyboard(name="keys") as keys,
        rig.QueuedEars(name="ears") as ears,
        rig.Keyboard("bare:in", "bare-keys") as bare_keys,
        rig.QueuedEars("bare-out:out", "bare-ears") as bare_ears,
    ):
        ears.set_by(keys.feed)
        bare_ears.set_by(bare_keys.feed)
        played: tuple[list[Timed], list[Timed]] = ([], [])
        began = clock.now()
        for number, (time_s, data) in enumerate(messages):
            if (wait_s := began + time_s - clock.now()) > 0:
                pause.wait(wait_s)
            # Each is the first to be played to as often as the other.
            for way in (0, 1) if number % 2 else (1, 0):
                played[way].append((clock.now(), data))
                (keys, bare_keys)[way].feed(data)
        pause.wait(LAST_S)
        left = [one for one in ears.taken() if midi.channel(one[1]) == PLAYER]
        return Both(compared(played[0], left), compared(played[1], bare_ears.taken()))


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
                    both = measured(notes(count), clock)
                    found.append(
                        {
                            "server": manner,
                            "period": period,
                            "mode": mode,
                            "antiphon": _plain(both.antiphon),
                            "bare_loop": _plain(both.bare),
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
