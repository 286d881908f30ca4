"""Figures of how well events were foreseen: nats an event, a note and a second. No torch.

Whoever foresees, the exported model or a baseline, gives a ``Scored`` for each window; here it is
added up, so that all are measured alike.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 512
ATTRIBUTES = ("who and time", "kind", "touch")
EARLY, LATE = 32, 256
"""The first and the last events of a full window, set against each other."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A window's figures: ``cost`` (N, 3) in nats by attribute, ``note`` and ``gap_s`` (N,)."""

    style: str
    hand: str
    cost: NDArray[np.float64]
    note: NDArray[np.bool_]
    gap_s: NDArray[np.float64]


def figures(scored: Iterable[Scored], part: slice = slice(None)) -> dict[str, Any]:
    """Nats an event, a note and a second, and by attribute an event and a note."""
    chosen = list(scored)
    cost = np.concatenate([window.cost[part] for window in chosen])
    notes = int(sum(window.note[part].sum() for window in chosen))
    seconds = float(sum(window.gap_s[part].sum() for window in chosen))
    nats = float(cost.sum())
    return {
        "windows": len(chosen),
        "events": len(cost),
        "notes": notes,
        "seconds": round(seconds, 1),
        "nats_per_event": nats / len(cost),
        "nats_per_note": nats / max(notes, 1),
        "nats_per_second": nats / max(seconds, 1e-9),
        "by_attribute": {
            name: {"nats_per_event": part_nats / len(cost), "nats_per_note": part_nats / notes}
            for name, part_nats in zip(ATTRIBUTES, cost.sum(axis=0).tolist(), strict=True)
            if notes
        },
    }


def report(scored: list[Scored]) -> dict[str, Any]:
    """All figures: overall, by style, by hand, and early against late in full windows."""
    full = [window for window in scored if len(window.cost) == WINDOW]
    early = {"first 32": figures(full, slice(EARLY))} if full else {}
    late = {"last 256": figures(full, slice(-LATE, None))} if full else {}
    return {
        "all": figures(scored),
        "by_style": {
            style: figures(window for window in scored if window.style == style)
            for style in sorted({window.style for window in scored})
        },
        "by_hand": {
            hand: figures(window for window in scored if window.hand == hand)
            for hand in sorted({window.hand for window in scored})
        },
        "by_context": {**early, **late},
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':<22}{'windows':>8}{'events':>9}{'nats/event':>12}{'nats/note':>11}{'nats/s':>9}"
    rows = {"all": found["all"]}
    for group in ("by_hand", "by_style", "by_context"):
        rows |= {f"  {name}": row for name, row in found[group].items()}
    for name, row in rows.items():
        yield (
            f"{name:<22}{row['windows']:>8}{row['events']:>9}{row['nats_per_event']:>12.3f}"
            f"{row['nats_per_note']:>11.3f}{row['nats_per_second']:>9.2f}"
        )
    yield ""
    yield f"{'by attribute':<39}{'nats/event':>12}{'nats/note':>11}"
    for name, row in found["all"]["by_attribute"].items():
        yield f"  {name:<37}{row['nats_per_event']:>12.3f}{row['nats_per_note']:>11.3f}"
