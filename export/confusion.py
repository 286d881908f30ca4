"""Confusion matrices: figures and text. Rows are the truth, columns what it was taken for."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def report(counts: NDArray[np.int64], names: Sequence[str]) -> dict[str, Any]:
    """Figures of counts (S, S): accuracy over all, mean recall over the names that occur."""
    rows, right = counts.sum(axis=1), np.diag(counts)
    seen = rows > 0
    recall = {
        name: float(hits / total)
        for name, hits, total in zip(names, right, rows, strict=True)
        if total
    }
    return {
        "names": list(names),
        "confusion": counts.tolist(),
        "measured": int(rows.sum()),
        "accuracy": float(right.sum() / max(rows.sum(), 1)),
        "mean_recall": float(np.mean(right[seen] / rows[seen])) if seen.any() else 0.0,
        "chance": 1.0 / len(names),
        "recall": recall,
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    names: list[str] = found["names"]
    yield (
        f"accuracy {found['accuracy']:.3f}, mean recall {found['mean_recall']:.3f}, "
        f"chance {found['chance']:.3f}, over {found['measured']}"
    )
    yield f"{'true / taken for':<18}" + "".join(f"{name[:9]:>10}" for name in names) + "  recall"
    for name, row in zip(names, found["confusion"], strict=True):
        recall = found["recall"].get(name)
        tail = "" if recall is None else f"{recall:>8.3f}"
        yield f"{name:<18}" + "".join(f"{count:>10}" for count in row) + tail
