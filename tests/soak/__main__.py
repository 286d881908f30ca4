"""``python -m tests.soak``: play for hours, and see whether anything grows."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from antiphon.daemon.performer.loading import load
from tests.soak import realtime, simulated
from tests.soak.growth import growth

MOST_GROWTH = 0.01
MEMORY = ("midi_mb", "performer_mb", "memory_mb", "objects", "handles", "threads")
"""What must not grow; of everything else the growth is told."""
COUNTS = ("hung", "lost")

Reading = realtime.Minute | simulated.Hour


def table(readings: Sequence[Reading]) -> str:
    """One line a figure: what it was after the warm-up, at the end, and how much it grew."""
    lines = [f"{'figure':<15}{'first':>12}{'last':>12}{'growth':>9}"]
    for name, values in columns(readings).items():
        if name in COUNTS:
            lines.append(f"{name:<15}{sum(values):>12.0f}")
        else:
            grew = growth(values)
            lines.append(f"{name:<15}{grew.first:>12.2f}{grew.last:>12.2f}{grew.share:>9.2%}")
    return "\n".join(lines) + "\n"


def held(readings: Sequence[Reading]) -> bool:
    """Whether nothing grew, hung or was lost."""
    found = columns(readings)
    grew = [growth(values).share for name, values in found.items() if name in MEMORY]
    broken = sum(found["hung"]) + sum(found.get("lost", [0]))
    return max(grew) <= MOST_GROWTH and not broken


def columns(readings: Iterable[Reading]) -> dict[str, list[float]]:
    """The readings by figure."""
    found: dict[str, list[float]] = {}
    for reading in readings:
        for name, value in asdict(reading).items():
            found.setdefault(name, []).append(value)
    return found


def main() -> int:
    """0 if nothing grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=0, help="of a real daemon in real time")
    parser.add_argument("--hours", type=int, default=0, help="of simulated time, fast")
    parser.add_argument("--real-model", action="store_true", help="simulate with the real model")
    parser.add_argument("--json", action="store_true", help="print every reading, as JSON")
    args = parser.parse_args()
    engine = load("", "cpu", 1).engine if args.real_model else None
    good = True
    for name, soak in (
        (f"{args.minutes} minutes in real time", realtime.soak(args.minutes)),
        (f"{args.hours} hours simulated", simulated.soak(args.hours, engine)),
    ):
        readings: list[Reading] = []
        if name.startswith("0 "):
            continue
        for reading in soak:
            readings.append(reading)
            if args.json:
                sys.stdout.write(json.dumps(asdict(reading)) + "\n")
                sys.stdout.flush()
        sys.stdout.write(f"{name}\n{table(readings)}")
        good = good and held(readings)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
