"""A piece as readable notation: MusicXML by partitura, engraved by verovio. No files are written.

Beats, bars and key are those of the analysis, heard where the piece was recorded.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import engraving, traits
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.beams import beamed
from antiphon.daemon.desk.engraving import Head, Meter, Symbol
from antiphon.daemon.desk.quantise import PER_QUARTER, Written, quantise
from antiphon.daemon.errors import AntiphonError

MISSING: Final = "needs partitura: pip install 'antiphon[desk]'"


@dataclass(frozen=True)
class Sheet:
    """What is on paper: for each staff its voices' symbols, and the metre."""

    meter: Meter
    staves: tuple[tuple[list[Symbol], list[Symbol]], tuple[list[Symbol], list[Symbol]]]
    written: Written
    bars: int


def sheet(found: Analysis) -> Sheet:
    """The piece on two staves."""
    notes = found.piece.table
    written = quantise(notes, found.beats)
    meter = Meter(written.beat_parts, found.beats.per_bar, written.triplet)
    left, right = _hands(found)
    end = int((written.start + 1).max())
    bars = max(1, -(-end // meter.bar))
    staves = []
    for rows, is_upper in ((right, True), (left, False)):
        heads = _heads(rows, written, notes.key, bars * meter.bar)
        first, second = engraving.voices(heads, is_upper)
        staves.append(
            (
                engraving.symbols(first, meter, bars * meter.bar, with_rests=True),
                engraving.symbols(second, meter, bars * meter.bar, with_rests=False),
            )
        )
    return Sheet(meter, (staves[0], staves[1]), written, bars)


def _hands(found: Analysis) -> tuple[Any, Any]:
    """The rows of the left hand and of the right; a tune alone stands where it is high or low."""
    notes = found.piece.table
    rows = np.arange(len(notes))
    left, right = traits.hand_rows(notes)
    if not left.any() and np.median(notes.key) < 55:
        left, right = right, left
    return rows[left], rows[right]


def _heads(rows: Any, written: Written, keys: Any, end: int) -> list[Head]:
    """What is to be written, each key once at a time and none beyond the last bar."""
    latest: dict[int, Head] = {}
    found: dict[tuple[int, int], Head] = {}
    for row in rows.tolist():
        start, key = int(written.start[row]), int(keys[row])
        length = min(int(written.length[row]), end - start)
        if (start, key) in found or length <= 0:
            continue
        before = latest.get(key)
        if before is not None and before.start + before.length > start:
            short = Head(before.start, start - before.start, key, before.row)
            found[before.start, key] = short
        latest[key] = found[start, key] = Head(start, length, key, row)
    return sorted(found.values(), key=lambda head: (head.start, head.key))


def fifths(found: Analysis) -> int:
    """The key signature: so many sharps, or flats below 0."""
    key = found.harmony.key
    relative = (key.tonic + 3 * key.minor) % 12
    sharps = 7 * relative % 12
    return sharps - 12 if sharps > 6 else sharps


def musicxml(found: Analysis, title: str) -> str:
    """The piece as MusicXML. Raises AntiphonError where partitura is not installed."""
    partitura = _partitura()
    page = sheet(found)
    part = _part(found, page, title, partitura.score)
    score = partitura.score.Score(partlist=[part], title=title)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content: bytes = partitura.save_musicxml(score)
    return beamed(content.decode("utf-8"), page.meter.beat)


@contextmanager
def _without_fluidsynth() -> Iterator[None]:
    """Hide FluidSynth: where partitura finds it, its import fetches a soundfont by FTP."""
    hidden = sys.modules.get("fluidsynth")
    # None makes the import fail as if it were not installed.
    sys.modules["fluidsynth"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden is None:
            del sys.modules["fluidsynth"]
        else:
            sys.modules["fluidsynth"] = hidden


def _partitura() -> Any:
    try:
        with warnings.catch_warnings(), _without_fluidsynth():
            warnings.simplefilter("ignore")
            import partitura
            import partitura.musicanalysis
    except ModuleNotFoundError:
        raise AntiphonError(f"MusicXML {MISSING}") from None
    return partitura


def _part(found: Analysis, page: Sheet, title: str, score: Any) -> Any:
    meter = page.meter
    part = score.Part("P1", title, quarter_duration=PER_QUARTER)
    above, _, below = found.beats.meter.partition("/")
    part.add(score.TimeSignature(int(above), int(below)), 0)
    part.add(score.KeySignature(fifths(found), "minor" if found.harmony.key.minor else "major"), 0)
    part.add(score.Clef(1, "G", 2, 0), 0)
    part.add(score.Clef(2, "F", 4, 0), 0)
    unit = "q." if found.beats.unit == 1.5 else "q"
    part.add(score.Tempo(round(found.beats.tempo), unit), 0)
    for bar in range(page.bars):
        part.add(score.Measure(number=bar + 1), bar * meter.bar, (bar + 1) * meter.bar)
    spelled = _spelled(found, page)
    for staff, voices in enumerate(page.staves, start=1):
        for number, voice in enumerate(voices, start=1):
            _add_voice(part, voice, (staff, 4 * (staff - 1) + number), spelled, meter, score)
    for first, last in _pedals(found, page):
        part.add(score.SustainPedalDirection(staff=2), first, last)
    return part


def _add_voice(
    part: Any,
    voice: list[Symbol],
    place: tuple[int, int],
    spelled: Any,
    meter: Meter,
    score: Any,
) -> None:
    staff, number = place
    made: list[tuple[Symbol, list[Any]]] = []
    open_ties: dict[int, Any] = {}
    for count, symbol in enumerate(voice):
        drawn: dict[str, Any] = {"type": symbol.kind, "dots": symbol.dots}
        if symbol.is_third:
            drawn |= {"actual_notes": 3, "normal_notes": 2}
        common = {"voice": number, "staff": staff, "symbolic_duration": drawn}
        notes = []
        for row in symbol.rows:
            step, alter, octave = spelled[row]
            identity = f"n{row}-{number}-{count}"
            note = score.Note(step, octave, alter or None, id=identity, **common)
            if row in open_ties:
                note.tie_prev = open_ties.pop(row)
                note.tie_prev.tie_next = note
            if symbol.ties:
                open_ties[row] = note
            notes.append(note)
        if not symbol.rows:
            notes.append(score.Rest(id=f"r{number}-{count}", **common))
        for note in notes:
            part.add(note, symbol.start, symbol.start + symbol.length)
        made.append((symbol, notes))
    thirds = [(symbol, notes) for symbol, notes in made if symbol.is_third]
    for _, group in groupby(thirds, key=lambda each: each[0].start // meter.beat):
        inside = list(group)
        first, last = inside[0][1][0], inside[-1][1][0]
        if first is not last:
            part.add(score.Tuplet(first, last), inside[0][0].start, last.end.t)


def _spelled(found: Analysis, page: Sheet) -> dict[int, tuple[str, int, int]]:
    """How each note is spelled: letter, accidental, octave (Meredith's ps13, by partitura)."""
    from partitura.musicanalysis import estimate_spelling

    notes = found.piece.table
    array = np.zeros(
        len(notes), dtype=[("onset_beat", "f8"), ("duration_beat", "f8"), ("pitch", "i4")]
    )
    array["onset_beat"] = page.written.start / PER_QUARTER
    array["duration_beat"] = np.maximum(page.written.length, 1) / PER_QUARTER
    array["pitch"] = notes.key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spelling = estimate_spelling(array)
    return {
        row: (str(each["step"]), int(each["alter"]), int(each["octave"]))
        for row, each in enumerate(spelling)
    }


def _pedals(found: Analysis, page: Sheet) -> Iterator[tuple[int, int]]:
    """Where the pedal goes down and up, in written time."""
    piece, beats = found.piece, found.beats
    shift = (-beats.downbeat) % beats.per_bar
    grain = page.meter.beat // 2 if not page.meter.is_compound else page.meter.beat // 3
    spans = [span for part in piece.parts for span in part.pedals]
    reach = 0
    for start, length in sorted(spans):
        edges = beats.at(piece.seconds([start, start + length])) + shift
        first, last = (np.rint(edges * page.meter.beat / grain).astype(int) * grain).tolist()
        first = max(first, reach)
        if last > first and last <= page.bars * page.meter.bar:
            yield first, last
            reach = last


def engraved(content: str) -> list[str]:
    """The pages of MusicXML as SVG. Raises AntiphonError where verovio is not installed."""
    try:
        import verovio
    except ModuleNotFoundError:
        raise AntiphonError("engraving needs verovio: pip install 'antiphon[desk]'") from None
    verovio.enableLog(verovio.LOG_OFF)
    kit = verovio.toolkit()
    kit.setOptions({"pageWidth": 2100, "pageHeight": 2970, "scale": 40, "footer": "none"})
    if not kit.loadData(content):
        raise AntiphonError("the notation cannot be engraved")
    return [str(kit.renderToSVG(page)) for page in range(1, kit.getPageCount() + 1)]
