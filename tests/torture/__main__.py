"""``python -m tests.torture``: every fault so many times, and a table of what came of it."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from antiphon.daemon.bench import jackd
from tests.torture.faults import FAULTS
from tests.torture.stand import Tally


def tried(rounds: int, names: list[str]) -> dict[str, Tally]:
    """The tallies of these faults, or of all."""
    tallies = {}
    with tempfile.TemporaryDirectory() as folder, jackd.private_server() as server:
        for name in names or FAULTS:
            place = Path(folder) / name.replace(" ", "-")
            try:
                tallies[name] = FAULTS[name](server, place, rounds)
            except TimeoutError:
                tallies[name] = Tally(failures=["it never came back"])
    return tallies


def held(tally: Tally) -> bool:
    """Whether the promises were kept."""
    return not (tally.hung or tally.thru_lost or tally.damaged or tally.failures)


def table(tallies: Mapping[str, Tally]) -> str:
    """One line a fault."""
    lines = [f"{'fault':<18}{'rounds':>7}{'hung':>6}{'lost':>6}{'damaged':>9}{'silent s':>10}"]
    for name, tally in tallies.items():
        silent = f"{max(tally.silent_s):.2f}" if tally.silent_s else "-"
        counts = f"{tally.rounds:>7}{tally.hung:>6}{tally.thru_lost:>6}{tally.damaged:>9}"
        lines.append(f"{name:<18}{counts}{silent:>10}  {'; '.join(tally.failures)}".rstrip())
    return "\n".join(lines) + "\n"


def main() -> int:
    """0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("faults", nargs="*", help=f"of {', '.join(FAULTS)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is done")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    args = parser.parse_args()
    tallies = tried(args.rounds, args.faults)
    content = {name: asdict(tally) for name, tally in tallies.items()}
    sys.stdout.write(json.dumps(content, indent=2) + "\n" if args.json else table(tallies))
    return 0 if all(held(tally) for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
