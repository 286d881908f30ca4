"""What times of several, taken in rounds, say of one another: ratios and a table.

Numbers in, numbers and text out. Every round has each one's steps soon after another, so that what
else the machine does hits all alike: ratios are taken round by round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiphon.daemon.bench.figures import percentile, plain, spread, table

OURS: Final = "engine"
FLOOR: Final = "floor"

Rounds = Sequence[Sequence[float]]
"""Milliseconds of each step, round by round."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long as another's: the median of all rounds, and nine rounds of ten."""

    p50: float
    p05: float
    p95: float


def ratio(theirs: Rounds, others: Rounds) -> Ratio:
    """How many times as long steps took as others': of each round's medians."""
    found = sorted(
        _median(these) / _median(those) for these, those in zip(theirs, others, strict=True)
    )
    return Ratio(*(percentile(found, share) for share in (0.5, 0.05, 0.95)))


def figures(rounds: Mapping[str, Rounds], reads: int) -> dict[str, Any]:
    """Steps of each, how they compare with ours, and what ours is above the floor.

    ``reads``: the bytes that the floor's steps read.
    """
    ours = rounds[OURS]
    found: dict[str, Any] = {"step_ms": {}, "times_ours": {}}
    for name, theirs in rounds.items():
        found["step_ms"][name] = plain(spread(ms for one in theirs for ms in one))
        if name not in (OURS, FLOOR):
            found["times_ours"][name] = shown(ratio(theirs, ours))
    if FLOOR in rounds:
        floor_ms = found["step_ms"][FLOOR]["p50"]
        found["floor"] = {
            "bytes": reads,
            "gigabytes_a_second": reads / floor_ms / 1e6,
            "ours_times_it": shown(ratio(ours, rounds[FLOOR])),
        }
    return found


def as_text(found: Mapping[str, Any]) -> str:
    """The figures as a table; those that are missing with what to do about it."""
    rows = []
    for name, about in found["about"].items():
        if name == FLOOR:
            continue
        step = found["step_ms"][name]
        value = f"{step['p50']:.2f} / {step['p99']:.2f} ms"
        if name in found["times_ours"]:
            value += f", {words(found['times_ours'][name])} ours"
        rows.append((name, f"{value}; {about}"))
    if "floor" in found:
        floor = found["floor"]
        rows.append(
            (
                FLOOR,
                f"{found['step_ms'][FLOOR]['p50']:.3f} ms, ours is {words(floor['ours_times_it'])}"
                f" it; {floor['bytes'] / 1e6:.1f} MB at {floor['gigabytes_a_second']:.0f} GB/s",
            )
        )
    rows += [(name, f"left out: {why}") for name, why in found["left_out"].items()]
    heading = (
        f"a step behind {found['context']} events (p50 / p99; ratios with nine tenths of "
        f"{found['rounds']} rounds), {found['where']}\n"
    )
    return heading + table(rows)


def shown(found: Ratio) -> dict[str, float]:
    """A ratio as it stands in JSON."""
    return {"p50": found.p50, "p05": found.p05, "p95": found.p95}


def words(found: Mapping[str, float]) -> str:
    """A ratio, and nine rounds of ten."""
    return f"{found['p50']:.2f} ({found['p05']:.2f} to {found['p95']:.2f}) times"


def _median(values: Sequence[float]) -> float:
    return percentile(sorted(values), 0.5)
