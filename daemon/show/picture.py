"""A piano-roll picture of a jam: calls and replies in two colours, time to the right.

Drawing alone: what to draw comes as parts from `smf`. Long jams run over several rows, as on paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from antiphon.daemon.smf import Note, Part, Span, notes, pedal_spans

# Drawn at twice the size and reduced: that smooths edges, which Pillow's rectangles lack.
SCALE: Final = 2
WIDTH: Final = 1600
MARGIN_LEFT: Final = 64
MARGIN_RIGHT: Final = 24
HEADER: Final = 72
ROW_HEAD: Final = 26
ROW_FOOT: Final = 46
ROW_SECONDS: Final = 30.0
ROWS_AT_MOST: Final = 16
KEY_HEIGHT: Final = 7
PEDAL_HEIGHT: Final = 4

Colour = tuple[int, int, int]

PAPER: Final[Colour] = (252, 252, 250)
INK: Final[Colour] = (45, 48, 54)
FAINT: Final[Colour] = (205, 208, 214)
GREY: Final[Colour] = (130, 134, 142)
BLACK_KEY: Final = 0.97  # how much of the light of its ground a black key's row keeps
# Blue and orange stay apart for every common kind of colour blindness.
COLOURS: Final[tuple[Colour, ...]] = ((31, 98, 170), (217, 101, 16))
TINTS: Final[tuple[Colour, ...]] = ((228, 238, 250), (253, 237, 222))
NAMES: Final = ("call", "reply")
BLACK_KEYS: Final = frozenset({1, 3, 6, 8, 10})


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which only `part` (0 the player, 1 the machine) strikes keys."""

    part: int
    span: Span


@dataclass(frozen=True, slots=True)
class Frame:
    """Where one row lies: its time span, its top in pixels, the keys that it shows."""

    span: Span
    top: int
    lowest: int
    highest: int

    @property
    def roll_top(self) -> int:
        """The y of the upper edge of the highest key."""
        return self.top + ROW_HEAD

    @property
    def roll_bottom(self) -> int:
        """The y of the lower edge of the lowest key."""
        return self.roll_top + (self.highest - self.lowest + 1) * KEY_HEIGHT

    def x(self, time_s: float) -> float:
        """The x of a time, held within the row."""
        share = (time_s - self.span.start_s) / (self.span.end_s - self.span.start_s)
        return MARGIN_LEFT + min(max(share, 0.0), 1.0) * (WIDTH - MARGIN_LEFT - MARGIN_RIGHT)

    def y(self, key: int) -> int:
        """The y of the upper edge of a key."""
        return self.roll_top + (self.highest - key) * KEY_HEIGHT


def turns(parts: Sequence[Sequence[Note]]) -> tuple[Turn, ...]:
    """The turns of a jam, in order: notes of one part with none of another's strikes between."""
    struck = sorted(
        ((note, part) for part, played in enumerate(parts) for note in played),
        key=lambda pair: pair[0].start_s,
    )
    found = []
    for part, group in groupby(struck, key=lambda pair: pair[1]):
        played = [note for note, _ in group]
        end_s = max(note.end_s for note in played)
        found.append(Turn(part, Span(played[0].start_s, end_s)))
    return tuple(found)


def draw(
    parts: Sequence[Part], path: Path, title: str, shown: Sequence[Turn] | None = None
) -> None:
    """Write a PNG of one or two parts, the player's first, each with a note in one at least.

    `shown` are the turns to tint, those that the notes tell if it is None. Raises OSError if the
    file cannot be written.
    """
    played = [notes(part.messages) for part in parts[: len(COLOURS)]]
    pedals = [pedal_spans(part.messages) for part in parts[: len(COLOURS)]]
    everything = [note for part in played for note in part]
    tinted = turns(played) if shown is None else shown
    frames = _frames(everything)
    height = frames[-1].roll_bottom + ROW_FOOT
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PAPER)
    brush = Brush(ImageDraw.Draw(image))
    _header(brush, title, len(played))
    for frame in frames:
        _ground(brush, frame, tinted)
        for part, notes_of_part in enumerate(played):
            _notes(brush, frame, notes_of_part, part)
            _pedal(brush, frame, pedals[part], part)
        _time_axis(brush, frame)
    small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    # 256 colours are enough for the smooth edges, and make a file of a third the size.
    small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        path, "PNG", optimize=True
    )


class Brush:
    """Draws in unscaled pixels."""

    def __init__(self, canvas: ImageDraw.ImageDraw) -> None:
        self._canvas = canvas

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """A filled rectangle, at least half a pixel wide."""
        right = max(right, left + 0.5)
        # Pillow counts the last pixel in.
        corner = (round(right * SCALE) - 1, round(bottom * SCALE) - 1)
        self._canvas.rectangle((round(left * SCALE), round(top * SCALE), *corner), fill=fill)

    def rounded(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """A filled rectangle with slightly round corners."""
        right = max(right, left + 2)
        corner = (round(right * SCALE) - 1, round(bottom * SCALE) - 1)
        place = (round(left * SCALE), round(top * SCALE), *corner)
        self._canvas.rounded_rectangle(place, radius=SCALE * 1.5, fill=fill)

    def text(self, x: float, y: float, words: str, size: int, fill: Colour, anchor: str) -> None:
        """Words at a place; `anchor` as Pillow names it, such as `lm` for left, middle."""
        font = ImageFont.load_default(size * SCALE)
        self._canvas.text((x * SCALE, y * SCALE), words, fill=fill, font=font, anchor=anchor)


def _frames(everything: Sequence[Note]) -> tuple[Frame, ...]:
    end_s = max(note.end_s for note in everything)
    rows = min(max(math.ceil(end_s / ROW_SECONDS), 1), ROWS_AT_MOST)
    row_s = max(math.ceil(end_s / rows), 1)
    # Whole octaves around what is played, so that the labelled C always shows.
    lowest = min(note.key for note in everything) // 12 * 12
    highest = max(note.key for note in everything) // 12 * 12 + 12
    height = (highest - lowest + 1) * KEY_HEIGHT + ROW_HEAD + ROW_FOOT
    return tuple(
        Frame(Span(row * row_s, (row + 1) * row_s), HEADER + row * height, lowest, highest)
        for row in range(rows)
    )


def _header(brush: Brush, title: str, parts: int) -> None:
    brush.text(MARGIN_LEFT, 34, title, 20, INK, "lm")
    x = WIDTH - MARGIN_RIGHT - 330
    for part in range(parts):
        brush.rounded(x, 29, x + 26, 39, COLOURS[part])
        brush.text(x + 34, 34, NAMES[part], 14, INK, "lm")
        x += 100
    brush.box(x, 33, x + 26, 35, GREY)
    brush.text(x + 34, 34, "sustain pedal", 14, INK, "lm")


def _ground(brush: Brush, frame: Frame, shown: Sequence[Turn]) -> None:
    _black_keys(brush, frame, frame.span, PAPER)
    counts = [0, 0]
    for turn in shown:
        counts[turn.part] += 1
        if turn.span.end_s <= frame.span.start_s or turn.span.start_s >= frame.span.end_s:
            continue
        left, right = frame.x(turn.span.start_s), frame.x(turn.span.end_s)
        brush.box(left, frame.roll_top, right, frame.roll_bottom, TINTS[turn.part])
        _black_keys(brush, frame, turn.span, TINTS[turn.part])
        # A turn too narrow for its words is told by its colour alone.
        if right - left > 60:
            words = f"{NAMES[turn.part]} {counts[turn.part]}"
            brush.text(left, frame.top + 14, words, 14, COLOURS[turn.part], "lm")
    for key in range(frame.lowest, frame.highest + 1, 12):
        bottom = frame.y(key) + KEY_HEIGHT
        brush.box(MARGIN_LEFT, bottom - 0.5, WIDTH - MARGIN_RIGHT, bottom + 0.5, FAINT)
        middle = bottom - KEY_HEIGHT / 2
        # Middle C, key 60, is C4.
        brush.text(MARGIN_LEFT - 10, middle, f"C{key // 12 - 1}", 13, GREY, "rm")


def _black_keys(brush: Brush, frame: Frame, span: Span, ground: Colour) -> None:
    red, green, blue = (round(value * BLACK_KEY) for value in ground)
    for key in range(frame.lowest, frame.highest + 1):
        if key % 12 in BLACK_KEYS:
            top = frame.y(key)
            left, right = frame.x(span.start_s), frame.x(span.end_s)
            brush.box(left, top, right, top + KEY_HEIGHT, (red, green, blue))


def _notes(brush: Brush, frame: Frame, shown: Sequence[Note], part: int) -> None:
    for note in shown:
        if note.end_s <= frame.span.start_s or note.start_s >= frame.span.end_s:
            continue
        top = frame.y(note.key)
        left, right = frame.x(note.start_s), frame.x(note.end_s)
        # A hair of ground between repeated notes.
        brush.rounded(left, top + 0.5, right - 0.5, top + KEY_HEIGHT - 0.5, shade(part, note))


def shade(part: int, note: Note) -> Colour:
    """A part's colour, paler for a softer note."""
    pale = 0.62 * (1 - note.velocity / 127)
    red, green, blue = (round(value + (255 - value) * pale) for value in COLOURS[part])
    return red, green, blue


def _pedal(brush: Brush, frame: Frame, spans: Sequence[Span], part: int) -> None:
    top = frame.roll_bottom + 4 + part * (PEDAL_HEIGHT + 2)
    for span in spans:
        if span.end_s <= frame.span.start_s or span.start_s >= frame.span.end_s:
            continue
        left, right = frame.x(span.start_s), frame.x(span.end_s)
        brush.box(left, top, right - 1, top + PEDAL_HEIGHT / 2, COLOURS[part])


def _time_axis(brush: Brush, frame: Frame) -> None:
    line = frame.roll_bottom
    brush.box(MARGIN_LEFT, line, WIDTH - MARGIN_RIGHT, line + 1, GREY)
    length_s = frame.span.end_s - frame.span.start_s
    step_s = next((step for step in (1, 2, 5, 10, 30, 60) if length_s / step <= 16), 300)
    first = math.ceil(frame.span.start_s / step_s)
    last = math.floor(frame.span.end_s / step_s)
    for tick in range(first, last + 1):
        x = frame.x(tick * step_s)
        brush.box(x - 0.5, line, x + 0.5, line + 17, FAINT)
        brush.text(x, line + 25, f"{tick * step_s} s", 12, GREY, "mm")
