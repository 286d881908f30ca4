"""The roll of a jam as SVG, a row for each half minute, as on paper. Pure: a story in, text out."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from textwrap import shorten
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.show.picture import BLACK_KEYS, Turn
from antiphon.daemon.show.story import Label, Story
from antiphon.daemon.smf import Note, Span, pedal_spans

ROW_S: Final = 30.0
WIDTH: Final = 1200
LEFT: Final = 44
RIGHT: Final = 8
HEAD: Final = 46
FOOT: Final = 30
KEY_HEIGHT: Final = 4
SHADES: Final = 4
CHARACTER: Final = 6.5
"""About as wide as a letter of a label is."""

LONGEST: Final = 72
"""What a label says beyond so many characters, as of a whole preset, stands below the roll."""

PARTS: Final = ("player", "machine")
TURNS: Final = ("call", "reply")
MARKS: Final = {"good": "\N{BLACK HEART SUIT}", "bad": "\N{MULTIPLICATION X}"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all rows share: the keys that they show."""

    lowest: int
    highest: int

    @property
    def bottom(self) -> int:
        """The y below the lowest key."""
        return HEAD + (self.highest - self.lowest + 1) * KEY_HEIGHT

    def y(self, key: int) -> int:
        """The y of the upper edge of a key."""
        return HEAD + (self.highest - key) * KEY_HEIGHT


def sheet(played: Iterable[Note]) -> Sheet:
    """Whole octaves around all that is played, middle C's where nothing is."""
    keys = [note.key for note in played] or [60]
    return Sheet(min(keys) // 12 * 12, max(keys) // 12 * 12 + 12)


def rows(story: Story) -> Iterator[str]:
    """The rows from the beginning, each an SVG; where nobody played, a line of text."""
    player, machine = story.notes
    shared = sheet((*player, *machine))
    count = max(1, math.ceil(story.end_s / ROW_S))
    spans = [Span(row * ROW_S, (row + 1) * ROW_S) for row in range(count)]
    silent = [not any(_within(note, span) for note in (*player, *machine)) for span in spans]
    for is_silent, group in groupby(zip(spans, silent, strict=True), key=lambda pair: pair[1]):
        stretch = [span for span, _ in group]
        if is_silent:
            first, last = clock(stretch[0].start_s), clock(stretch[-1].end_s)
            yield f'<p class="silence">{first} to {last}: nobody played</p>'
        else:
            yield from (row(story, (player, machine), shared, span) for span in stretch)


def row(story: Story, played: Sequence[Sequence[Note]], shared: Sheet, span: Span) -> str:
    """One row as SVG; its times are in `data-from` and `data-to`, in seconds."""
    height = shared.bottom + FOOT
    content = [
        *_turns(story.turns, shared, span),
        *_ground(shared),
        *(_notes(part, notes, shared, span) for part, notes in enumerate(played)),
        *(
            _pedal(part, pedal_spans(story.parts[part].messages), shared, span)
            for part in range(len(PARTS))
        ),
        *_labels("key", (*story.keys, *story.tempos), 27, span),
        *_labels("chord", story.chords, 40, span),
        *_labels("change", (*story.changes, *story.problems), shared.bottom + 26, span),
        *_marks(story.liked, shared, span),
        *_axis(shared, span),
    ]
    return (
        f'<svg class="row" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="from {clock(span.start_s)} to {clock(span.end_s)}" '
        f'data-from="{span.start_s:g}" data-to="{span.end_s:g}" '
        f'data-left="{LEFT / WIDTH:.5f}" data-right="{1 - RIGHT / WIDTH:.5f}">'
        + "".join(content)
        + "</svg>"
    )


def clock(time_s: float) -> str:
    """A time as minutes and seconds."""
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02}"


def _x(time_s: float, span: Span) -> float:
    share = (time_s - span.start_s) / (span.end_s - span.start_s)
    return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)


def _within(note: Note | Span, span: Span) -> bool:
    return note.end_s > span.start_s and note.start_s < span.end_s


def _turns(shown: Sequence[Turn], shared: Sheet, span: Span) -> Iterator[str]:
    counts = [0, 0]
    for turn in shown:
        counts[turn.part] += 1
        if not _within(turn.span, span):
            continue
        left, right = _x(turn.span.start_s, span), _x(turn.span.end_s, span)
        yield (
            f'<rect class="turn {PARTS[turn.part]}" x="{left:g}" y="{HEAD}" '
            f'width="{right - left:.1f}" height="{shared.bottom - HEAD}"/>'
        )
        text = f"{TURNS[turn.part]} {counts[turn.part]}"
        if right - left > CHARACTER * len(text):
            yield f'<text class="{PARTS[turn.part]}" x="{left:g}" y="13">{text}</text>'


def _ground(shared: Sheet) -> Iterator[str]:
    black = [key for key in range(shared.lowest, shared.highest + 1) if key % 12 in BLACK_KEYS]
    path = "".join(f"M{LEFT} {shared.y(key)}h{WIDTH - LEFT - RIGHT}v4H{LEFT}z" for key in black)
    yield f'<path class="black" d="{path}"/>'
    for key in range(shared.lowest, shared.highest + 1, 12):
        y = shared.y(key) + KEY_HEIGHT
        yield f'<path class="line" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
        yield f'<text class="faint" x="{LEFT - 6}" y="{y}" text-anchor="end">'
        yield f"{midi.key_name(key)}</text>"


def _notes(part: int, played: Iterable[Note], shared: Sheet, span: Span) -> str:
    shades: list[list[str]] = [[] for _ in range(SHADES)]
    for note in played:
        if _within(note, span):
            left, right = _x(note.start_s, span), _x(note.end_s, span)
            # A hair of ground between repeated notes, and something to see of the shortest.
            width = max(right - left - 0.4, 1.2)
            box = f"M{left:g} {shared.y(note.key)}h{width:.1f}v{KEY_HEIGHT - 0.5}h-{width:.1f}z"
            shades[note.velocity * SHADES // 128].append(box)
    return "".join(
        f'<path class="note {PARTS[part]} v{shade}" d="{"".join(boxes)}"/>'
        for shade, boxes in enumerate(shades)
        if boxes
    )


def _pedal(part: int, spans: Iterable[Span], shared: Sheet, span: Span) -> str:
    y = shared.bottom + 3 + 3 * part
    boxes = (
        f"M{_x(down.start_s, span):g} {y}H{_x(down.end_s, span):g}"
        for down in spans
        if _within(down, span)
    )
    path = "".join(boxes)
    return f'<path class="pedal {PARTS[part]}" d="{path}"/>' if path else ""


def _labels(kind: str, labels: Iterable[Label], y: int, span: Span) -> Iterator[str]:
    free = 0.0
    for label in sorted(labels, key=lambda label: label.time_s):
        x = _x(label.time_s, span)
        if span.start_s <= label.time_s < span.end_s and x >= free:
            text = escape(shorten(label.text, LONGEST, placeholder=" ..."))
            yield f'<text class="{kind}" x="{x:g}" y="{y}">{text}</text>'
            free = x + CHARACTER * (min(len(label.text), LONGEST) + 1)


def _marks(labels: Iterable[Label], shared: Sheet, span: Span) -> Iterator[str]:
    for label in labels:
        if span.start_s <= label.time_s < span.end_s:
            x = _x(label.time_s, span)
            yield f'<path class="line" d="M{x:g} {HEAD}V{shared.bottom}"/>'
            yield f'<text class="mark {escape(label.text)}" x="{x:g}" y="13" text-anchor="end">'
            yield f"{MARKS.get(label.text, '')}<title>{escape(label.text)}</title></text>"


def _axis(shared: Sheet, span: Span) -> Iterator[str]:
    y = shared.bottom
    yield f'<path class="axis" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
    for time_s in range(int(span.start_s), int(span.end_s), 5):
        x = _x(time_s, span)
        yield f'<path class="axis" d="M{x:g} {y}v4"/>'
        yield f'<text class="faint" x="{x + 3:g}" y="{y + 15}">{clock(time_s)}</text>'
