"""How much memory a process has. Nothing here decides what is too much."""

import os
import subprocess
import sys
from pathlib import Path

_KIBI = 1024


def resident_mb(process_id: int) -> float | None:
    """What a process holds in memory, in MiB; None if it is gone, or this system does not tell."""
    try:
        return _resident_kibibytes(process_id) / _KIBI
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None


def processes(performer: int | None, thru: int | None) -> dict[str, float | None]:
    """What our processes are and hold in memory, as `antiphon status --json` has it."""
    return {
        "process": os.getpid(),
        "performer_process": performer,
        "memory_mb": resident_mb(os.getpid()),
        "performer_memory_mb": None if performer is None else resident_mb(performer),
        "thru_memory_mb": None if thru is None else resident_mb(thru),
    }


def _resident_kibibytes(process_id: int) -> float:
    if sys.platform == "linux":
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
        found = int(pages) * os.sysconf("SC_PAGE_SIZE") / _KIBI
    elif sys.platform == "win32":
        raise OSError("Windows tells by its own library alone")
    else:
        command = ["/bin/ps", "-o", "rss=", "-p", str(process_id)]
        told = subprocess.run(command, capture_output=True, timeout=1.0)  # noqa: S603 (a number)
        found = int(told.stdout)
    return found
