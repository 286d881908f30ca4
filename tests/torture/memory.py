"""What happens to memory: hardly any is left, and nobody may have more."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from tests.torture import processes, stand
from tests.torture.stand import Tally

CLOCK = MonotonicClock()
NOTES = 20
LEFT = 8_000_000
"""Bytes for a process that plays on; the performer has none."""


def memory_short(_: Server, folder: Path, rounds: int) -> Tally:
    """Nobody gets memory, and the performer is killed; then there is enough again."""
    tally = Tally()
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            tally.thru_lost += not stand.answered(keys, ears)
            process = daemon.status()["performer_process"]
            with _limited(daemon.process.pid, LEFT), _limited(process, 0):
                for _note in range(NOTES):
                    tally.thru_lost += not stand.thru_lives(keys, ears)
                os.kill(process, signal.SIGKILL)
                tally.hung += not stand.silent(ears)
                tally.thru_lost += not stand.thru_lives(keys, ears)
            began = CLOCK.now()
            stand.until(lambda old=process: processes.ready(daemon, old))  # type: ignore[misc]
            tally.silent_s.append(CLOCK.now() - began)
            tally.rounds += 1
        tally.hung += not stand.hushed(keys, ears)
    return tally


@contextmanager
def _limited(process: int, left: int) -> Iterator[None]:
    """Meanwhile a process, and what it starts, gets so much more memory than it has."""
    if sys.platform != "linux":
        yield
        return
    import resource

    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[0])
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    most = pages * resource.getpagesize() + left
    resource.prlimit(process, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_AS, no_limit)
