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
MOST_LATER_MS = 1.0
MEMORY = ("midi_mb", "performer_mb", "memory_mb", "objects", "handles", "threads")
"""What must not grow; of everything else the growth is told."""
COUNTS = ("hung", "lost")

Reading = realtime.Minute | simulated.Hour


def table(readings: Sequence[Reading], warm_up: int = 0) -> str:
    """One line a figure: what it was after the warm-up, at the end, and how much it grew."""
    lines = [f"{'figure':<15}{'first':>12}{'last':>12}{'growth':>9}"]
    for name, values in columns(readings).items():
        if name in COUNTS:
            lines.append(f"{name:<15}{sum(values):>12.0f}")
        else:
            grew = growth(values, warm_up)
            lines.append(f"{name:<15}{grew.first:>12.2f}{grew.last:>12.2f}{grew.share:>9.2%}")
    return "\n".join(lines) + "\n"


def held(readings: Sequence[Reading], warm_up: int = 0) -> bool:
    """Whether nothing grew, hung or was lost."""
    found = columns(readings)
    grew = [growth(values, warm_up).share for name, values in found.items() if name in MEMORY]
    delays = growth(found.get("thru_p50_ms", [0.0] * len(readings)), warm_up)
    broken = sum(found["hung"]) + sum(found.get("lost", [0]))
    in_time = delays.last - delays.first <= MOST_LATER_MS
    return max(grew) <= MOST_GROWTH and in_time and not broken


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
    if 0 < args.minutes <= 2 * realtime.WARM_UP:
        parser.error(f"--minutes: the first {realtime.WARM_UP} are warm-up, an hour tells the rest")
    engine = load("", "cpu", 1).engine if args.real_model else None
    good = True
    for name, warm_up, soak in (
        (f"{args.minutes} minutes in real time", realtime.WARM_UP, realtime.soak(args.minutes)),
        (
            f"{args.hours} hours simulated",
            int(args.hours * simulated.WARM_UP),
            simulated.soak(args.hours, engine),
        ),
    ):
        readings: list[Reading] = []
        if name.startswith("0 "):
            continue
        for reading in soak:
            readings.append(reading)
            if args.json:
                sys.stdout.write(json.dumps(asdict(reading)) + "\n")
                sys.stdout.flush()
        sys.stdout.write(f"{name}\n{table(readings, warm_up)}")
        good = good and held(readings, warm_up)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
