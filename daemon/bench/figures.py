"""Figures of many measurements: percentiles, and tables of names and values.

Numbers in, numbers and text out; what is measured is others' business. Free of numpy, so that the
session process may use it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How measurements spread; NaN throughout where there were none."""

    p50: float
    p95: float
    p99: float
    most: float
    count: int


def spread(values: Iterable[float]) -> Spread:
    """The spread of some measurements, in their own unit."""
    ordered = sorted(values)
    p50, p95, p99, most = (percentile(ordered, share) for share in (0.5, 0.95, 0.99, 1.0))
    return Spread(p50, p95, p99, most, len(ordered))


def plain(found: Spread) -> dict[str, float]:
    """A spread as it stands in JSON."""
    return {"p50": found.p50, "p95": found.p95, "p99": found.p99, "most": found.most}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of sorted values lie, by nearest rank; NaN for none."""
    if not ordered:
        return math.nan
    rank = math.ceil(share * len(ordered))
    return ordered[max(rank, 1) - 1]


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Two columns of text, the first as wide as it needs to be, a line for each row."""
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)
