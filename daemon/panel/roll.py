"""The piano roll of the panel: notes in, rows of styled text out. Pure.

Time goes from left to right and the present stays where it is; what lies to the right of it is
about to be played.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from antiphon.daemon import midi
from antiphon.daemon.panel.looks import Line, Look

COLUMN_S = 0.1
NOW_SHARE = 0.7
MARGIN = 4
"""Columns at the left for the names of keys."""

EMPTY, PLAYER, MACHINE, PLANNED, NOW = range(5)


@dataclass(frozen=True, slots=True)
class Note:
    """A note that sounded, or still does while `end` is None; times in seconds."""

    part: int
    key: int
    start: float
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A message of a plan that is meant for `time`."""

    plan: int
    time: float
    data: bytes


def ahead(planned: Sequence[Planned], now: float) -> list[Note]:
    """The notes that the planned messages make: those that begin, and the rest of those that do."""
    starts: dict[int, float] = {}
    found = []
    for item in sorted(planned, key=lambda item: item.time):
        if item.time < now:
            continue
        if midi.is_note_on(item.data):
            starts[midi.key(item.data)] = item.time
        elif midi.is_note_off(item.data):
            key = midi.key(item.data)
            found.append(Note(PLANNED, key, starts.pop(key, now), item.time))
    # The end of these is not planned yet.
    found += [Note(PLANNED, key, start, start + COLUMN_S) for key, start in starts.items()]
    return found


def drawn(
    notes: Iterable[Note], planned: Sequence[Planned], now: float, size: tuple[int, int], look: Look
) -> list[Line]:
    """The roll, `size` columns by rows; nothing where that leaves no room."""
    width, height = size[0] - MARGIN, size[1]
    if width < 2 or height < 1:
        return [() for _ in range(height)]
    present = int(width * NOW_SHARE)
    rows = height * look.keys_per_row
    spans = [
        (note.part, note.key, *_columns(note, now, present))
        for note in (*ahead(planned, now), *notes)
    ]
    seen = [span for span in spans if span[3] > 0 and span[2] < width]
    low, each = _scale([key for _, key, _, _ in seen], rows)
    cells: dict[tuple[int, int], int] = {}
    for part, key, first, last in seen:
        row = rows - 1 - (key - low) // each
        for column in range(max(first, 0), min(last, width)):
            if part != PLANNED or column >= present:
                cells[row, column] = part
    names = {rows - 1 - (key - low) // each: key for key in range(0, 128, 12)}
    return [_line(row, width, present, cells, names, look) for row in range(height)]


def _columns(note: Note, now: float, present: int) -> tuple[int, int]:
    def column(time: float) -> int:
        # Both on one grid, so that a note keeps its length while it moves.
        return present + math.floor(time / COLUMN_S) - math.floor(now / COLUMN_S)

    first = column(note.start)
    return first, max(first + 1, column(now) + 1 if note.end is None else column(note.end))


def _scale(keys: Sequence[int], rows: int) -> tuple[int, int]:
    """The lowest key and how many keys share a row, in steps so that it seldom changes."""
    low = min(keys, default=60) // 6 * 6
    high = max(keys, default=60) // 6 * 6 + 6
    each = max(1, math.ceil((high - low) / rows))
    return low - (rows * each - (high - low)) // 2, each


def _line(
    row: int,
    width: int,
    present: int,
    cells: Mapping[tuple[int, int], int],
    names: Mapping[int, int],
    look: Look,
) -> Line:
    first = row * look.keys_per_row
    halves = range(first, first + look.keys_per_row)
    named = next((names[half] for half in halves if half in names), None)
    label = "" if named is None else midi.key_name(named)
    parts: list[tuple[str, str]] = [("class:faint", f"{label:<{MARGIN}}"[:MARGIN])]
    drawn_cells = []
    for column in range(width):
        stack = tuple(cells.get((half, column), EMPTY) for half in halves)
        if not any(stack) and column == present:
            stack = (NOW,)
        drawn_cells.append(look.cell(stack))
    for style, group in groupby(drawn_cells, key=lambda cell: cell[0]):
        parts.append((style, "".join(text for _, text in group)))
    return tuple(parts)
