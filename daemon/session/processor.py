"""How much processor time processes have used. Nothing here decides what is too much."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_USER, _SYSTEM = 11, 12
"""Where they stand in Linux's `/proc/PID/stat`, behind the name of the program."""


def used_s(processes: Mapping[str, int | None]) -> dict[str, float | None]:
    """Seconds of a core by name; None if a process is gone, or the system does not tell cheaply."""
    return {name: _used_s(process_id) for name, process_id in processes.items()}


def _used_s(process_id: int | None) -> float | None:
    if process_id == os.getpid():
        spent = os.times()
        return spent.user + spent.system
    if process_id is None or sys.platform != "linux":
        return None
    try:
        text = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name may have spaces and brackets in it.
    fields = text.rpartition(") ")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK")
