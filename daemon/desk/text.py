"""Music as text, both ways: `C4:0,1` is the key C4 at beat 0 for one beat. Pure.

A beat is a quarter note. Text that was written here reads back as the same piece, on the grid that
it states. The whole of it:

    # What stands after a hash is a comment.
    grid 480                  ticks a beat; times are rounded to them
    tempo 120                 quarter notes a minute; later changes: tempo 90 at 16
    meter 3/4                 the same: meter 4/4 at 12
    part "Piano" channel 1    begins a part; what stands before the first is a part without name
    program 24 at 8           its General MIDI program, 0 to 127, from a beat on
    velocity 80               of the notes that follow and state none
    C4:0,1 E4:1,0.5 G4:3/2,1/2,100      key : onset , length [, velocity]
    [C4 E4 G4]:2,1            a chord
    R:3,1                     a rest; only a last one makes the piece longer
    pedal:0,4                 the sustain pedal, down from beat 0 for four beats
    end 16                    where the piece ends, if later than its last note

Beats are decimals or fractions (`1/3`, `2+1/3`). A key without an octave is in octave 4.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import takewhile
from typing import Final, NoReturn

from antiphon.daemon.desk.piece import GRID, LONGEST_BEATS, Note, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.model.events import key_name

VELOCITY: Final = 80
OCTAVE: Final = 4
FINEST_GRID: Final = 32_767
"""More ticks a beat a MIDI file cannot have."""

SLOWEST_US: Final = 0xFFFFFF
A_LINE: Final = 8
"""Written notes are at most so many a line."""

REST_BEATS: Final = 1 / 8
"""Shorter gaps between notes are articulation and not written as rests; nothing depends on them."""

_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY: Final = re.compile(r"([A-Ga-g])([#♯b♭]{0,2})(-?\d{1,2})?$")
_WORD: Final = re.compile(r'\[[^\]\n]*\][^\s]*|"(?:[^"\\\n]|\\.)*"|[^\s]+')
_NUMBER: Final = re.compile(r"(?:(\d+)\+)?(\d+)/(\d+)$|(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})$")


def looks_like_text(words: str) -> bool:
    """Whether a command's argument is music itself rather than the name of a file."""
    return bool(re.search(r"(^|\s)[^\s:/\\]+:[\d.+/]+,", words))


# Writing


def written(piece: Piece) -> str:
    """The piece as text, which `read` turns into the same piece."""
    lines = [f"grid {piece.grid}"]
    lines += [f"tempo {_tempo(tempo)}{_at(tick, piece.grid)}" for tick, tempo in piece.tempos]
    lines += [f"meter {beats}/{unit}{_at(tick, piece.grid)}" for tick, beats, unit in piece.meters]
    for part in piece.parts:
        lines += _part(part, piece.grid)
    if piece.end > max((note.end for part in piece.parts for note in part.notes), default=0):
        lines.append(f"end {beats_of(piece.end, piece.grid)}")
    return "\n".join(lines) + "\n"


def _part(part: Part, grid: int) -> Iterator[str]:
    yield ""
    yield f"part {json.dumps(part.name, ensure_ascii=False)} channel {part.channel + 1}"
    for tick, program in part.programs:
        yield f"program {program}{_at(tick, grid)}"
    common = _commonest([note.velocity for note in part.notes])
    if part.notes:
        yield f"velocity {common}"
    words = list(_notes(part.notes, grid, common))
    for first in range(0, len(words), A_LINE):
        yield " ".join(words[first : first + A_LINE])
    pedals = [f"pedal:{beats_of(at, grid)},{beats_of(length, grid)}" for at, length in part.pedals]
    for first in range(0, len(pedals), A_LINE):
        yield " ".join(pedals[first : first + A_LINE])


def _notes(notes: tuple[Note, ...], grid: int, common: int) -> Iterator[str]:
    """Notes, those alike in all but the key as a chord, and the rests between them."""
    chords: dict[tuple[int, int, int], list[int]] = {}
    for note in notes:
        chords.setdefault((note.start, note.length, note.velocity), []).append(note.key)
    reach = 0
    for (start, length, velocity), keys in chords.items():
        if start - reach >= grid * REST_BEATS:
            yield f"R:{beats_of(reach, grid)},{beats_of(start - reach, grid)}"
        reach = max(reach, start + length)
        names = " ".join(key_name(key) for key in keys)
        word = names if len(keys) == 1 else f"[{names}]"
        loud = "" if velocity == common else f",{velocity}"
        yield f"{word}:{beats_of(start, grid)},{beats_of(length, grid)}{loud}"


def _commonest(velocities: list[int]) -> int:
    return max(sorted(set(velocities)), key=velocities.count, default=VELOCITY)


def _at(tick: int, grid: int) -> str:
    return f" at {beats_of(tick, grid)}" if tick else ""


def beats_of(tick: int, grid: int) -> str:
    """A tick in beats, as short as rounds back to it."""
    for digits in range(12):
        text = f"{tick / grid:.{digits}f}"
        if round(Fraction(text) * grid) == tick:
            return text.rstrip("0").rstrip(".") if digits else text
    return str(Fraction(tick, grid))


def _tempo(microseconds: int) -> str:
    for digits in range(12):
        text = f"{60e6 / microseconds:.{digits}f}"
        if Fraction(text) and round(Fraction(60_000_000) / Fraction(text)) == microseconds:
            return text.rstrip("0").rstrip(".") if digits else text
    return str(Fraction(60_000_000, microseconds))


# Reading


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the text and where it stands, counted from 1."""

    text: str
    line: int
    column: int


@dataclass
class _Lane:
    name: str
    channel: int
    notes: list[Note] = field(default_factory=list)
    pedals: list[tuple[int, int]] = field(default_factory=list)
    programs: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Reader:
    source: str
    grid: int = GRID
    velocity: int = VELOCITY
    end: int = 0
    lanes: list[_Lane] = field(default_factory=list)
    tempos: dict[int, int] = field(default_factory=dict)
    meters: dict[int, tuple[int, int]] = field(default_factory=dict)

    def fail(self, word: _Word, why: str) -> NoReturn:
        raise AntiphonError(f"{self.source}, line {word.line}, column {word.column}: {why}")

    @property
    def lane(self) -> _Lane:
        if not self.lanes:
            self.lanes.append(_Lane("", 0))
        return self.lanes[-1]

    def ticks(self, text: str, word: _Word, what: str) -> int:
        found = _NUMBER.match(text)
        if not found or (found[3] and not int(found[3])):
            self.fail(word, f"{text!r} is no {what}: write beats, as in 1.5 or 3/2")
        whole, above, below, decimal = found.groups()
        beats = Fraction(decimal) if decimal else int(whole or 0) + Fraction(int(above), int(below))
        if beats > LONGEST_BEATS:
            self.fail(word, f"{what} {text} lies beyond {LONGEST_BEATS:,} beats")
        return round(beats * self.grid)

    def line(self, words: list[_Word]) -> None:
        first = words[0].text.lower()
        if first in _DIRECTIVES:
            _DIRECTIVES[first](self, words)
            return
        for word in words:
            self.event(word)

    def event(self, word: _Word) -> None:
        name, colon, rest = word.text.rpartition(":")
        fields = rest.split(",")
        if not colon or not 2 <= len(fields) <= 3:
            self.fail(word, f"{word.text!r} is no note: write key:onset,length, as in C4:0,1")
        start = self.ticks(fields[0], word, "onset")
        length = self.ticks(fields[1], word, "length")
        if length < 1:
            self.fail(word, f"{word.text!r} is too short for the grid of {self.grid} ticks a beat")
        if name.lower() in ("r", "pedal"):
            if len(fields) == 3:
                self.fail(word, f"{fields[2]!r} is too much: only notes have a velocity")
            if name.lower() == "pedal":
                self.lane.pedals.append((start, length))
            self.end = max(self.end, start + length)
            return
        velocity = self.number(fields[2], word, "velocity", 1, 127) if fields[2:] else self.velocity
        for key in self.keys(name, word):
            self.lane.notes.append(Note(start, key, length, velocity))

    def keys(self, name: str, word: _Word) -> list[int]:
        names = name[1:-1].split() if name.startswith("[") and name.endswith("]") else [name]
        if not names:
            self.fail(word, "a chord without keys: write them as in [C4 E4 G4]:0,1")
        found = []
        for each in names:
            match = _KEY.match(each)
            if not match:
                self.fail(
                    word,
                    f"{each!r} is no key: write A to G, # or b, and an octave, as in F#4; R rests",
                )
            letter, accidentals, octave = match.groups()
            shift = sum(1 if sign in "#♯" else -1 for sign in accidentals)
            key = _LETTERS[letter.upper()] + shift + 12 * (int(octave or OCTAVE) + 1)
            if not 0 <= key <= 127:
                self.fail(word, f"{each!r} is outside C-1 to G9")
            found.append(key)
        return found

    def number(self, text: str, word: _Word, what: str, low: int, high: int) -> int:
        if not re.fullmatch(r"\d{1,6}", text) or not low <= int(text) <= high:
            self.fail(word, f"{text!r} is no {what}: write {low} to {high}")
        return int(text)

    def when(self, words: list[_Word]) -> int:
        """The tick of `at BEAT` at a directive's end, 0 without."""
        if not words:
            return 0
        if words[0].text.lower() != "at" or len(words) != 2:
            self.fail(words[0], f"{words[0].text!r} is unexpected here: write at BEAT, or nothing")
        return self.ticks(words[1].text, words[1], "beat")

    def no_more(self, words: list[_Word]) -> None:
        if words:
            self.fail(words[0], f"{words[0].text!r} is too much; begin a new line")

    def argument(self, words: list[_Word], example: str) -> _Word:
        if len(words) < 2:
            self.fail(words[0], f"{words[0].text} of what? write {example}")
        return words[1]

    def read_grid(self, words: list[_Word]) -> None:
        word = self.argument(words, "grid 480")
        if self.lanes or self.tempos or self.meters or self.end:
            self.fail(words[0], "the grid comes first, before all that has a time")
        self.grid = self.number(word.text, word, "grid", 1, FINEST_GRID)
        self.no_more(words[2:])

    def read_tempo(self, words: list[_Word]) -> None:
        word = self.argument(words, "tempo 120")
        match = _NUMBER.match(word.text)
        beats = Fraction(word.text) if match and not match[1] and match[3] != "0" else Fraction(0)
        tempo = round(60_000_000 / beats) if beats else 0
        if not 1 <= tempo <= SLOWEST_US:
            self.fail(word, f"{word.text!r} is no tempo: write quarters a minute, as in tempo 120")
        self.tempos[self.when(words[2:])] = tempo

    def read_meter(self, words: list[_Word]) -> None:
        word = self.argument(words, "meter 3/4")
        match = re.fullmatch(r"(\d{1,3})/(1|2|4|8|16|32|64)", word.text)
        if not match or not 1 <= int(match[1]) <= 255:
            self.fail(word, f"{word.text!r} is no metre: write it as in meter 3/4")
        self.meters[self.when(words[2:])] = (int(match[1]), int(match[2]))

    def read_part(self, words: list[_Word]) -> None:
        name, rest, channel = "", words[1:], 0
        if rest and rest[0].text.lower() != "channel":
            name = self.name(rest[0])
            rest = rest[1:]
        if rest:
            if rest[0].text.lower() != "channel" or len(rest) != 2:
                self.fail(rest[0], 'unexpected here: write as in part "Piano" channel 1')
            channel = self.number(rest[1].text, rest[1], "channel", 1, 16) - 1
        self.lanes.append(_Lane(name, channel))
        self.velocity = VELOCITY

    def name(self, word: _Word) -> str:
        if not word.text.startswith('"'):
            return word.text
        try:
            return str(json.loads(word.text))
        except ValueError:
            self.fail(word, f"{word.text} is no name: write it in quotation marks")

    def read_program(self, words: list[_Word]) -> None:
        word = self.argument(words, "program 0")
        program = self.number(word.text, word, "program", 0, 127)
        self.lane.programs.append((self.when(words[2:]), program))

    def read_velocity(self, words: list[_Word]) -> None:
        word = self.argument(words, "velocity 80")
        self.velocity = self.number(word.text, word, "velocity", 1, 127)
        self.no_more(words[2:])

    def read_end(self, words: list[_Word]) -> None:
        word = self.argument(words, "end 16")
        self.end = max(self.end, self.ticks(word.text, word, "end"))
        self.no_more(words[2:])


_DIRECTIVES: Final = {
    "grid": _Reader.read_grid,
    "tempo": _Reader.read_tempo,
    "meter": _Reader.read_meter,
    "metre": _Reader.read_meter,
    "part": _Reader.read_part,
    "program": _Reader.read_program,
    "velocity": _Reader.read_velocity,
    "end": _Reader.read_end,
}


def read(text: str, source: str = "text") -> Piece:
    """The piece that a text says.

    Raises AntiphonError that names `source`, the line and the column, and what was expected.
    """
    reader = _Reader(source)
    for number, line in enumerate(text.split("\n"), start=1):
        words = [_Word(match[0], number, match.start() + 1) for match in _WORD.finditer(line)]
        content = list(takewhile(lambda word: not word.text.startswith("#"), words))
        if content:
            reader.line(content)
    parts = [
        Part(
            lane.name,
            lane.channel,
            tidy(lane.notes),
            tuple(sorted(lane.pedals)),
            tuple(sorted(lane.programs)),
        )
        for lane in reader.lanes
    ]
    if not any(part.notes for part in parts):
        raise AntiphonError(f"{source}: holds no note; write some as in C4:0,1 E4:1,1")
    last = max(note.end for part in parts for note in part.notes)
    return Piece(
        grid=reader.grid,
        parts=tuple(parts),
        tempos=tuple(sorted(reader.tempos.items())),
        meters=tuple((tick, *meter) for tick, meter in sorted(reader.meters.items())),
        end=max(last, reader.end),
    )
