"""What passing the player's notes on costs, beside the least that it could. Benchmark."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.figures import Spread, spread
from antiphon.daemon.clock import Clock

PINGS: Final = 400
PING_TIMEOUT_S: Final = 1.0

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


def measured(clock: Clock) -> tuple[Spread, Spread]:
    """Milliseconds from port to port, through the daemon and through the bare loop, in turns."""
    random_gaps = random.Random(1)  # noqa: S311 - nothing secret
    pause = threading.Event()
    with (
        rig.Keyboard(name="keys") as keys,
        rig.Ears(name="ears", clock=clock) as ears,
        rig.Keyboard("bare:in", "bare-keys") as bare_keys,
        rig.Ears("bare-out:out", "bare-ears", clock) as bare_ears,
    ):
        loops = ((keys, ears), (bare_keys, bare_ears))
        times_ms: tuple[list[float], list[float]] = ([], [])
        for ping in range(PINGS):
            for loop, times in zip(loops, times_ms, strict=True):
                took_s = _ping(*loop, ping % 128, clock)
                if took_s is not None:
                    times.append(took_s * 1e3)
                # Uneven, so that no ping keeps step with the server's periods.
                pause.wait(random_gaps.uniform(0.003, 0.009))
    return spread(times_ms[0]), spread(times_ms[1])


def _ping(keys: rig.Keyboard, ears: rig.Ears, value: int, clock: Clock) -> float | None:
    # The modulation wheel: passed on like a note, and nothing that asks for a reply.
    data = midi.control_change(0, 1, value)
    count = len(ears.sent)
    began = clock.now()
    keys.feed(data)
    if not ears.wait_for(lambda sent: len(sent) > count, PING_TIMEOUT_S):
        return None
    return ears.sent[count][0] - began
