"""What `antiphon doctor` tells of the surroundings: what support would ask for first.

Each check looks at one thing and answers with one line; none changes anything.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from antiphon.daemon import presets
from antiphon.daemon.config import Config, default_path
from antiphon.daemon.shell.checks import Finding, Level

PACKAGES: Final = (
    *("mido", "python-rtmidi", "numpy", "prompt_toolkit", "onnxruntime", "onnxruntime-gpu"),
    *("pillow", "pyfluidsynth", "torch"),
)
SERVERS: Final = ("jackd", "jackdbus", "pipewire", "pipewire-pulse", "a2jmidid")
ENOUGH_PRIORITY: Final = 10
SMALLEST: Final = (80, 24)

_PROCESSES = Path("/proc")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def look_at_program(_config: Config) -> Finding:
    """Which versions of what run on what."""
    ours = f"antiphon {version('antiphon')}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {number}" for name, number in packages_there())
    return Finding(Level.OK, f"{ours}, {system()}; {packages}")


def packages_there() -> Iterator[tuple[str, str]]:
    """The packages that matter, with their versions."""
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def system() -> str:
    """The operating system and the machine, in words."""
    name = f"{platform.system()} {platform.release()}"
    with suppress(OSError, KeyError):
        name = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    return f"{name}, {os.cpu_count()} x {platform.machine()}"


def look_at_configuration(_config: Config) -> Finding:
    """Which configuration file is read, and what else is the user's own."""
    path = default_path()
    kept = len(presets.names(presets.folder()))
    return Finding(Level.OK, f"{path if path.exists() else 'defaults'}, {kept} presets")


def look_at_servers(_config: Config) -> Finding:
    """Which MIDI and sound servers run, and how they were started."""
    found = sorted(servers())
    if any("jackd " in line and " -S" not in line and "--sync" not in line for line in found):
        advice = "an asynchronous JACK may drop MIDI on a busy machine: start it with jackd -S"
        return Finding(Level.OK, "; ".join(found), advice)
    return Finding(Level.OK, "; ".join(found) or "none of those that are known")


def servers() -> set[str]:
    """The command lines of the servers that run, as far as the system tells."""
    lines = set()
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if Path(words[0]).name in SERVERS:
                lines.add(" ".join([Path(words[0]).name, *words[1:]]).strip())
    return lines


def look_at_priority(_config: Config) -> Finding:
    """Whether this user's programs may go before others, as notes and sound have to."""
    if sys.platform == "win32":
        return Finding(Level.OK, "as Windows has it")
    import resource

    limit = getattr(resource, "RLIMIT_RTPRIO", None)
    if limit is None:
        return Finding(Level.OK, f"as {platform.system()} has it")
    allowed = resource.getrlimit(limit)[0]
    if 0 <= allowed < ENOUGH_PRIORITY and os.getuid() != 0:
        advice = "let your user into the group audio, to be in time: sudo usermod -aG audio $USER"
        return Finding(Level.OK, f"real-time priority up to {allowed}", advice)
    return Finding(Level.OK, "real-time priority allowed")


def look_at_processor(_config: Config) -> Finding:
    """Whether the processor sleeps on duty, and what else keeps it busy."""
    governor = ""
    with suppress(OSError):
        governor = _GOVERNOR.read_text().strip()
    busy = ""
    with suppress(OSError, AttributeError):
        busy = f"{os.getloadavg()[0]:.1f} programs busy on {os.cpu_count()} processors"
    found = "; ".join(text for text in (busy, governor and f"profile {governor}") if text)
    if governor == "powersave":
        return Finding(Level.OK, found, "if notes are late, set the power profile to performance")
    return Finding(Level.OK, found or "nothing is known of it")


def look_at_terminal(_config: Config) -> Finding:
    """Whether the panel can be shown here."""
    size = shutil.get_terminal_size(SMALLEST)
    name = os.environ.get("TERM", "none")
    found = f"{name}, {size.columns}x{size.lines}, {sys.stdout.encoding}"
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        wanted = "x".join(map(str, SMALLEST))
        return Finding(Level.OK, found, f"the panel shows less below {wanted}")
    return Finding(Level.OK, found)
