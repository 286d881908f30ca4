"""The loss curves of a run, from its log: what was learned, and what is held out."""

import csv
from pathlib import Path


def draw(log: Path, picture: Path) -> None:
    """Draw ``log.csv`` into a PNG: training loss by attribute, held-out loss by hand."""
    from matplotlib.figure import Figure

    with log.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    events_m = [float(row["events"]) / 1e6 for row in rows]
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    for prefix, axis, unit in (
        ("train_", axes[0], "training, nats an event"),
        ("valid_", axes[1], "held out, nats a note"),
    ):
        names = [name for name in rows[0] if name.startswith(prefix)] if rows else []
        for name in names:
            axis.plot(events_m, [float(row[name]) for row in rows], label=name.removeprefix(prefix))
        axis.set_xlabel("events seen, millions")
        axis.set_ylabel(unit)
        axis.grid(alpha=0.3)
        if names:
            axis.legend()
    figure.savefig(picture, dpi=120)
