"""Written notes as voices on two staves, with ties at bar lines and rests between. Pure.

What comes out are `Symbol`s, each with a length that one note head can have.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from antiphon.daemon.desk.quantise import PER_QUARTER

LENGTHS: Final = {
    96: ("whole", 0),
    144: ("whole", 1),
    48: ("half", 0),
    72: ("half", 1),
    24: ("quarter", 0),
    36: ("quarter", 1),
    12: ("eighth", 0),
    18: ("eighth", 1),
    6: ("16th", 0),
    9: ("16th", 1),
    3: ("32nd", 0),
}
THIRDS: Final = {16: ("quarter", 0), 8: ("eighth", 0), 4: ("16th", 0), 12: ("eighth", 1)}
"""Lengths in parts of a quarter, and their names and dots; those of triplets apart."""

HELD: Final = 0.45
"""A note that sounds for this share of the time to the next of its voice is written up to it."""


@dataclass(frozen=True, slots=True)
class Head:
    """A note to be written: from `start` for `length` parts of a quarter, `row` in its table."""

    start: int
    length: int
    key: int
    row: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A chord or, without rows, a rest: one symbol on paper. `ties` tells that it goes on."""

    start: int
    length: int
    rows: tuple[int, ...]
    kind: str
    dots: int
    is_third: bool
    ties: bool


@dataclass(frozen=True)
class Meter:
    """Bars of `per_bar` beats of `beat` parts of a quarter; `thirds` are the beats in triplets."""

    beat: int
    per_bar: int
    thirds: frozenset[int]

    @property
    def bar(self) -> int:
        """A bar in parts of a quarter."""
        return self.beat * self.per_bar

    @property
    def is_compound(self) -> bool:
        """Whether a beat has three eighths."""
        return self.beat == 3 * PER_QUARTER // 2


def voices(heads: list[Head], is_upper: bool) -> tuple[list[list[Head]], list[list[Head]]]:
    """The chords of a staff's two voices; the second only where a note outlasts what follows it.

    On the upper staff what is held above is the first voice, on the lower what is held below the
    second.
    """
    at: defaultdict[int, list[Head]] = defaultdict(list)
    for head in heads:
        at[head.start].append(head)
    starts = sorted(at)
    first: list[list[Head]] = []
    second: list[list[Head]] = []
    free = 0
    for place, start in enumerate(starts):
        following = starts[place + 1] if place + 1 < len(starts) else None
        chord = at[start]
        held = [head for head in chord if following is not None and _outlasts(head, following)]
        moving = [head for head in chord if head not in held]
        # A held note needs a voice of its own if others move on before it ends.
        if held and (moving or place) and start >= free and _is_outer(held, moving, is_upper):
            until = _until(held, starts, place)
            second.append([Head(start, until - start, head.key, head.row) for head in held])
            free = until
            if moving:
                first.append(_filled(moving, following))
        else:
            first.append(_filled(chord, following))
    return first, second


def _outlasts(head: Head, following: int) -> bool:
    gap = following - head.start
    return head.length >= gap + max(PER_QUARTER, gap)


def _is_outer(held: list[Head], moving: list[Head], is_upper: bool) -> bool:
    if not moving:
        return True
    if is_upper:
        return min(head.key for head in held) > max(head.key for head in moving)
    return max(head.key for head in held) < min(head.key for head in moving)


def _until(held: list[Head], starts: list[int], place: int) -> int:
    """The end of held notes: at an onset near it, if there is one."""
    end = held[0].start + min(head.length for head in held)
    later = [
        start for start in starts[place + 1 : place + 64] if abs(start - end) <= PER_QUARTER // 2
    ]
    return min(later, key=lambda start: abs(start - end), default=end)


def _filled(chord: list[Head], following: int | None) -> list[Head]:
    """A chord of one length: up to the next, where it sounds for about that long."""
    start = chord[0].start
    longest = max(head.length for head in chord)
    if following is None:
        length = longest
    else:
        gap = following - start
        length = gap if longest >= HELD * gap else min(longest, gap)
    return [Head(start, length, head.key, head.row) for head in chord]


def symbols(chords: list[list[Head]], meter: Meter, end: int, with_rests: bool) -> list[Symbol]:
    """A voice as symbols from bar line to bar line, and rests between them."""
    found: list[Symbol] = []
    reach = 0
    for chord in chords:
        start, length = chord[0].start, chord[0].length
        if start < reach:
            continue
        if with_rests:
            found += _pieces(reach, start, (), meter)
        found += _pieces(start, start + length, tuple(head.row for head in chord), meter)
        reach = start + length
    if with_rests:
        found += _pieces(reach, end, (), meter)
    return found


def _pieces(start: int, end: int, rows: tuple[int, ...], meter: Meter) -> Iterator[Symbol]:
    """One note or rest as the symbols that it takes, tied."""
    cuts = list(_cut(start, end, meter, is_rest=not rows))
    for number, (one, other, kind, dots, is_third) in enumerate(cuts):
        ties = bool(rows) and number + 1 < len(cuts)
        yield Symbol(one, other - one, rows, kind, dots, is_third, ties)


def _cut(
    start: int, end: int, meter: Meter, is_rest: bool
) -> Iterator[tuple[int, int, str, int, bool]]:
    while start < end:
        stop = _stop(start, end, meter, is_rest)
        length = stop - start
        beat = start // meter.beat
        inside = stop <= (beat + 1) * meter.beat
        if length in LENGTHS and not (inside and _is_third(start, length, beat, meter)):
            kind, dots = LENGTHS[length]
            yield start, stop, kind, dots, False
        elif length in THIRDS and inside:
            kind, dots = THIRDS[length]
            yield start, stop, kind, dots, True
        else:
            # The longest length that fits, and the rest after it.
            known = THIRDS if beat in meter.thirds else LENGTHS
            fits = max((each for each in known if each < length), default=0)
            if not fits:
                # Too short to be written: it is let go.
                return
            kind, dots = known[fits]
            yield start, start + fits, kind, dots, beat in meter.thirds
            stop = start + fits
        start = stop


def _is_third(start: int, length: int, beat: int, meter: Meter) -> bool:
    if beat not in meter.thirds or length == meter.beat:
        return False
    return length in THIRDS or (start - beat * meter.beat) % 6 != 0


def _stop(start: int, end: int, meter: Meter, is_rest: bool) -> int:
    """Where the first symbol of a note ends: at a bar line, or where the beat would be hidden."""
    bar_end = (start // meter.bar + 1) * meter.bar
    stop = min(end, bar_end)
    in_bar = start % meter.bar
    beat_end = start - start % meter.beat + meter.beat
    if stop <= beat_end:
        return stop
    if start % meter.beat == 0:
        whole = (stop - start) // meter.beat * meter.beat
        length = stop - start
        if is_rest and in_bar and whole > meter.beat and not meter.is_compound:
            # Rests show the middle of a bar of four.
            whole = min(whole, meter.beat * (2 - (in_bar // meter.beat) % 2))
            return start + whole
        thirds_at_end = (stop - 1) // meter.beat in meter.thirds and stop % meter.beat
        if length in LENGTHS and not thirds_at_end and (not is_rest or length % meter.beat == 0):
            return stop
        while whole not in LENGTHS and whole > meter.beat:
            whole -= meter.beat
        return start + whole
    # Off the beat: a quarter in the middle of two beats is usual, all else ends with the beat.
    syncopated = not meter.is_compound and not is_rest and stop - start == meter.beat
    if syncopated and start % (meter.beat // 2) == 0 and not _in_thirds(start, stop, meter):
        return stop
    return beat_end


def _in_thirds(start: int, stop: int, meter: Meter) -> bool:
    return any(
        beat in meter.thirds for beat in range(start // meter.beat, (stop - 1) // meter.beat + 1)
    )
