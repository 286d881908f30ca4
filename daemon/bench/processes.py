"""What Linux tells of a process: the processor time and the memory that it uses."""

import os
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1e6


def processor_s(process: int) -> float | None:
    """Seconds of processor time a process has used, where Linux tells; else None."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError:
        return None
    # The name may hold blanks; user and system time are the 12th and 13th after it.
    rest = stat.rpartition(")")[2].split()
    return (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> float | None:
    """Megabytes of memory that a process holds by itself, where Linux tells; else None.

    What it shares is left out: a JACK client has the server's hundred megabytes in view.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if not {"RssAnon", "RssFile"} <= facts.keys():
        return None
    kilobytes = sum(int(facts[name].split()[0]) for name in ("RssAnon", "RssFile"))
    return kilobytes * 1024 / MEGABYTE
