"""A picture of duets: what the machine played beside a part, and the true other part, side by side.

The player's part is blue, the other orange; time runs to the right. Drawing alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from antiphon.daemon.show.picture import (
    FAINT,
    GREY,
    INK,
    PAPER,
    SCALE,
    Brush,
    shade,
)
from antiphon.daemon.smf import Note
from antiphon.model.arrays import Notes

if TYPE_CHECKING:
    from antiphon.export.duets import Duet

MOST: Final = 12
"""So many duets are drawn, taken from the data sets in turn."""

WIDTH: Final = 1600
MARGIN: Final = 44
GAP: Final = 44
"""Between the two rolls of a row; the key names stand there."""

HEAD: Final = 34
ROW_HEAD: Final = 22
ROW_FOOT: Final = 20
KEY_HEIGHT: Final = 3
TICK_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll's place in pixels, how many seconds it shows, and its keys."""

    left: float
    right: float
    top: float
    length_s: float
    lowest: int
    highest: int

    @property
    def bottom(self) -> float:
        """The y of the lower edge of the lowest key."""
        return self.y(self.lowest) + KEY_HEIGHT

    def x(self, time_s: float) -> float:
        """The x of a time."""
        return self.left + time_s / self.length_s * (self.right - self.left)

    def y(self, key: int) -> float:
        """The y of the upper edge of a key."""
        return self.top + (self.highest - key) * KEY_HEIGHT


def draw(duets: "Sequence[Duet]", machine: Sequence[Notes], picture: Path) -> None:
    """Write a PNG of at most ``MOST`` duets, a row each; raises OSError where it cannot."""
    rows = [
        (duets[index], machine[index]) for index in chosen([duet.piece.dataset for duet in duets])
    ]
    tops, height = list[float](), float(HEAD)
    for duet, part in rows:
        tops.append(height + ROW_HEAD)
        lowest, highest = _keys(duet.player, duet.true, part)
        height += ROW_HEAD + (highest - lowest + 1) * KEY_HEIGHT + ROW_FOOT
    image = Image.new("RGB", (WIDTH * SCALE, round(height) * SCALE), PAPER)
    brush = Brush(ImageDraw.Draw(image))
    middle = (WIDTH + GAP) / 2
    columns = ((MARGIN, middle - GAP, "the machine"), (middle, WIDTH - GAP / 2, "the other part"))
    for left, _, name in columns:
        brush.text(left, 16, f"the player and {name}", 15, INK, "lm")
    for top, (duet, part) in zip(tops, rows, strict=True):
        title = f"{duet.piece.dataset}: {Path(duet.piece.path).stem}"
        brush.text(MARGIN, top - ROW_HEAD / 2, title, 12, GREY, "lm")
        for (left, right, _), other in zip(columns, (part, duet.true), strict=True):
            roll = Roll(left, right, top, duet.seconds, *_keys(duet.player, duet.true, part))
            _draw_roll(brush, roll, (duet.player, other))
    small = image.resize((WIDTH, round(height)), Image.Resampling.LANCZOS)
    small.save(picture, "PNG", optimize=True)


def chosen(datasets: Sequence[str]) -> list[int]:
    """Which duets are drawn: at most ``MOST``, the data sets in turn, sorted by data set."""
    seen = dict.fromkeys(datasets, 0)
    turns = list[int]()
    for dataset in datasets:
        turns.append(seen[dataset])
        seen[dataset] += 1
    first = sorted(range(len(datasets)), key=lambda i: (turns[i], datasets[i]))[:MOST]
    return sorted(first, key=lambda i: (datasets[i], turns[i]))


def _keys(*parts: Notes) -> tuple[int, int]:
    """The lowest and the highest key to be drawn, whole octaves from C to B."""
    keys = np.concatenate([part["key"] for part in parts]).astype(int)
    return int(keys.min()) // 12 * 12, int(keys.max()) // 12 * 12 + 11


def _draw_roll(brush: Brush, roll: Roll, parts: Sequence[Notes]) -> None:
    for time_s in np.arange(0.0, roll.length_s + 1e-6, TICK_S).tolist():
        x = roll.x(time_s)
        brush.box(x - 0.5, roll.top, x + 0.5, roll.bottom, FAINT)
        brush.text(x, roll.bottom + 8, f"{time_s:.0f}", 9, GREY, "mm")
    for key in range(roll.lowest, roll.highest + 1, 12):
        bottom = roll.y(key) + KEY_HEIGHT
        brush.box(roll.left, bottom - 0.5, roll.right, bottom + 0.5, FAINT)
        brush.text(roll.left - 5, bottom - 4, f"C{key // 12 - 1}", 10, GREY, "rm")
    # The player's part is drawn last: what the two share is the player's.
    for index, part in reversed(list(enumerate(parts))):
        for onset_s, offset_s, _, key, velocity, _ in part.tolist():
            note = Note(onset_s, offset_s, key, velocity)
            top = roll.y(key)
            right = roll.x(min(offset_s, roll.length_s))
            brush.box(roll.x(onset_s), top, right, top + KEY_HEIGHT, shade(index, note))
