"""Histograms as SVG. Pure: numbers in, text out."""

from collections.abc import Sequence
from html import escape
from typing import Final

from antiphon.daemon.bench.figures import spread

WIDTH: Final = 560
HEIGHT: Final = 190
LEFT: Final = 8
BOTTOM: Final = 150
BINS: Final = 40
STEPS: Final = (1.0, 2.0, 5.0)


def histogram(values: Sequence[float], unit: str, part: str) -> str:
    """How the values are spread, with their median and 99th percentile; empty where none are."""
    if not values:
        return ""
    figures = spread(values)
    top = _round_up(max(figures.p99 * 1.25, figures.p50 * 2.0, 1e-3))
    counts = [0] * BINS
    for value in values:
        # What lies beyond is counted at the end, and told in words.
        counts[min(max(int(value / top * BINS), 0), BINS - 1)] += 1
    each = (WIDTH - 2 * LEFT) / BINS
    bars = "".join(
        f"M{LEFT + place * each:.1f} {BOTTOM}v-{count / max(counts) * (BOTTOM - 24):.1f}"
        f"h{each - 1:.1f}V{BOTTOM}z"
        for place, count in enumerate(counts)
        if count
    )
    marks = "".join(
        _mark(LEFT + min(value / top, 1.0) * (WIDTH - 2 * LEFT), f"{name} {value:.2f}", row)
        for row, (name, value) in enumerate((("p50", figures.p50), ("p99", figures.p99)))
    )
    ticks = "".join(
        f'<text class="faint" x="{LEFT + share * (WIDTH - 2 * LEFT):g}" y="{BOTTOM + 16}" '
        f'text-anchor="{anchor}">{share * top:g} {escape(unit)}</text>'
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    )
    words = f"{len(values)} in all, {figures.most:.2f} {unit} at most"
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">'
        f'<path class="note {part} v3" d="{bars}"/>'
        f'<path class="axis" d="M{LEFT} {BOTTOM}H{WIDTH - LEFT}"/>{marks}{ticks}'
        f'<text class="faint" x="{WIDTH / 2}" y="{BOTTOM + 34}" text-anchor="middle">'
        f"{escape(words)}</text></svg>"
    )


def _mark(x: float, text: str, row: int) -> str:
    anchor = "end" if x > WIDTH * 0.8 else "start"
    aside = -4 if anchor == "end" else 4
    return (
        f'<path class="line strong" d="M{x:.1f} 4V{BOTTOM}"/>'
        f'<text x="{x + aside:.1f}" y="{12 + 13 * row}" text-anchor="{anchor}">{text}</text>'
    )


def _round_up(value: float) -> float:
    power = 1e-3
    while True:
        for step in STEPS:
            if step * power >= value:
                return step * power
        power *= 10
