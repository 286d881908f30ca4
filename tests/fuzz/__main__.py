"""``python -m tests.fuzz``: so many cases for each parser, and a table of what came of it."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
"""What is kept: by hand what a case looks like, and what was found to go other ways."""

_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
_HANG_S = 30
_MEMORY_MB = 2048
_COUNTED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_DEFECT = re.compile(r"(?:crash|timeout|oom|slow-unit)-\w+")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one target."""

    cases: int
    seconds: float
    defect: str
    """The file of the case that crashed or hung, empty if none did."""


def tried(name: str, cases: int, place: Path) -> Run:
    """Run so many cases; what was found goes to a folder of the target's in `place`."""
    found = place / name
    found.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={cases}",
        f"-timeout={_HANG_S}",
        f"-rss_limit_mb={_MEMORY_MB}",
        f"-artifact_prefix={place / name}-",
        "-print_final_stats=1",
    ]
    began = time.monotonic()
    told = _atheris(name, *options, str(found), str(CORPUS / name))
    (place / f"{name}.log").write_text(told, encoding="utf-8")
    counted, defect = _COUNTED.search(told), _DEFECT.search(told)
    return Run(
        int(counted[1]) if counted else 0,
        time.monotonic() - began,
        f"{place / name}-{defect[0]}" if defect else "" if counted else f"{place / name}.log",
    )


def kept(name: str, place: Path) -> None:
    """Take what goes another way than all that is kept already into the corpus."""
    # By what was reached alone, not how often: a hundred times as many would be kept.
    few = ("-set_cover_merge=1", "-use_counters=0", "-use_cmp=0")
    _atheris(name, *few, str(CORPUS / name), str(place / name))


def table(runs: Mapping[str, Run]) -> str:
    """One line a target."""
    lines = [f"{'parser':<12}{'cases':>10}{'seconds':>9}  defect"]
    for name, run in runs.items():
        lines.append(f"{name:<12}{run.cases:>10,}{run.seconds:>9.0f}  {run.defect or 'none'}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """0 if nothing crashed or hung."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all if none is named")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many of each")
    parser.add_argument("--place", type=Path, default=Path("build/fuzz"), help="for what is found")
    parser.add_argument("--keep", action="store_true", help="what is new goes into the corpus")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    args = parser.parse_args()
    runs = {}
    for name in args.targets or TARGETS:
        runs[name] = tried(name, args.cases, args.place)
        if args.keep:
            kept(name, args.place)
    content = {name: asdict(run) for name, run in runs.items()}
    sys.stdout.write(json.dumps(content, indent=2) + "\n" if args.json else table(runs))
    return 1 if any(run.defect for run in runs.values()) else 0


def _atheris(name: str, *options: str) -> str:
    command = [sys.executable, "-m", "tests.fuzz.one", name, *options]
    # libFuzzer ends the process with nothing tidied up; on a disk, files would be most of the time.
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        done = subprocess.run(
            command,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": folder},
        )
    return done.stderr.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
