"""How long a struck key takes to be heard from the built-in sound."""

import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.figures import Spread, spread
from antiphon.daemon.bench.jackd import RATE_HZ
from antiphon.daemon.bench.microphone import Microphone

STRIKES: Final = 40
KEYS: Final = range(60, 97)
HOLD_S: Final = 0.1
REST_S: Final = 0.9
"""So long the room takes to fall silent, or nearly so."""
WITHIN_SAMPLES: Final = RATE_HZ // 5
BEFORE_SAMPLES: Final = RATE_HZ // 50
RISE: Final = 4.0
FLOOR: Final = 1e-4


def measured(folder: Path) -> Spread:
    """Milliseconds from a key at the daemon's input to its sound, in the server's own samples."""
    # Uneven, so that it does not look like the output coming back into the input.
    chance, pause = random.Random(1), threading.Event()  # noqa: S311 - nothing secret
    with rig.running(folder, audio="on") as daemon:
        daemon.wait_ready()
        daemon.set(mode="silent")
        with Microphone() as microphone:
            for _ in range(STRIKES):
                key = chance.choice(KEYS)
                microphone.feed(midi.note_on(0, key, 110))
                pause.wait(HOLD_S)
                microphone.feed(midi.note_off(0, key))
                pause.wait(REST_S * chance.uniform(0.8, 1.2))
            return spread(list(delays_ms(microphone.samples, microphone.struck)))


def delays_ms(samples: NDArray[np.float32], struck: Sequence[tuple[int, bytes]]) -> Iterator[float]:
    """From each note-on to the first sample that rises above what sounded before it.

    `samples` has shape (samples,); a strike that nothing follows is left out.
    """
    loud = np.abs(samples)
    for start, data in struck:
        if midi.is_note_on(data):
            before = loud[max(0, start - BEFORE_SAMPLES) : start].max(initial=0.0)
            risen = np.flatnonzero(loud[start : start + WITHIN_SAMPLES] > RISE * before + FLOOR)
            if len(risen):
                yield float(risen[0]) / RATE_HZ * 1e3
