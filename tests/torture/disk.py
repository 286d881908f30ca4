"""What happens to the disk."""

import os
import resource
from pathlib import Path

from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.session import journal
from tests.torture import stand
from tests.torture.stand import Tally


def disk_full(_: Server, folder: Path, rounds: int) -> Tally:
    """The disk takes no more in the middle of a jam."""
    tally = Tally()
    for number in range(rounds):
        with stand.daemon(folder / str(number)) as daemon:
            # What never began to be written cannot be damaged.
            written = Path(daemon.status()["recording"]) / journal.JOURNAL
            stand.until(lambda path=written: path.exists() and path.stat().st_size)  # type: ignore[misc]
            resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (900, 900))
            with rig.Keyboard() as keys, rig.Ears() as ears:
                for _note in range(10):
                    tally.thru_lost += not stand.answered(keys, ears)
                told = [t for t in daemon.status()["problems"] if "the recording stops" in t]
                if len(told) != 1:
                    tally.failures.append(f"told {len(told)} times that the recording stopped")
                daemon.process.terminate()
                daemon.process.wait(stand.PATIENCE_S)
                tally.hung += not stand.silent(ears)
        tally.damaged += len(journal.recover(folder / str(number) / "jams")) != 1
        tally.rounds += 1
    return tally


def read_only(_: Server, folder: Path, rounds: int) -> Tally:
    """The folder for recordings takes none."""
    tally = Tally()
    closed = folder / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o500)
    # Root may write anywhere but there.
    forbidden = closed / "jams" if os.getuid() else Path("/proc/jams")
    try:
        for number in range(rounds):
            with (
                stand.daemon(folder / str(number), "--record", str(forbidden)) as daemon,
                rig.Keyboard() as keys,
                rig.Ears() as ears,
            ):
                tally.thru_lost += not stand.answered(keys, ears)
                status = daemon.status()
                if status["recording"] or "nothing is recorded" not in str(status["problems"]):
                    tally.failures.append("nobody was told that nothing is recorded")
                tally.hung += not stand.hushed(keys, ears)
            tally.rounds += 1
    finally:
        closed.chmod(0o700)
    return tally
