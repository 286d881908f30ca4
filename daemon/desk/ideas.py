"""Ideas to start from: melodies, chords, rhythms or phrases, different from each other, ranked.

More are drawn than asked for. They are taken one by one: the best first, then always the one that
is best and least like those taken already. Pure but for the engine.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from antiphon.daemon.desk import analysis, composing, generation
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.composing import Setting
from antiphon.daemon.desk.generation import Take, Wish
from antiphon.daemon.desk.piece import GRID, Floats, Note, NoteTable, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.harmony import Key
from antiphon.model import conditions
from antiphon.model.events import MACHINE, PITCH_CLASSES

SPARE: Final = 2.5
"""So many times as many are drawn as are asked for."""

UNLIKE_NATS: Final = 3.0
"""What being wholly unlike all others is worth."""

MOODS: Final = {
    "lively": (0.8, 0.8),
    "tense": (0.8, 0.15),
    "calm": (0.2, 0.8),
    "sad": (0.15, 0.15),
}
"""Arousal and valence of each mood."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an idea can be: its range, its most voices, and how it is asked for."""

    lowest: int
    highest: int
    voices: int
    density: float
    beats_apart: float
    """Attacks are so many beats apart, or multiples of it."""
    controls: dict[str, float] = field(default_factory=dict)


KINDS: Final = {
    "melody": Kind(57, 84, 1, 2.2, 0.25, {"voices": 0.0, "register": 0.75}),
    "chords": Kind(40, 76, 5, 4.0, 2.0, {"density": 0.05, "voices": 0.75}),
    "rhythm": Kind(57, 84, 1, 3.0, 0.25, {"voices": 0.0, "density": 0.35}),
    "phrase": Kind(33, 90, 8, 5.0, 0.25, {}),
}
RHYTHM_KEY: Final = 60


@dataclass(frozen=True)
class Idea:
    """One idea as a piece, its score in nats, and how unlike its nearest neighbour, 0 to 1."""

    piece: Piece
    score: float
    apart: float
    chart: str


@dataclass(frozen=True)
class Brief:
    """What is asked for."""

    kind: str = "melody"
    key: Key | None = None
    style: str | None = None
    mood: str | None = None
    tempo: float = 100.0
    bars: int = 4
    per_bar: int = 4
    temperature: float = 1.0


def key_of(text: str) -> Key:
    """A key as it is typed: C, Am, F# minor, Eb major. Raises AntiphonError."""
    match = re.fullmatch(r"\s*([A-Ga-g])([#b♯♭]?)\s*(m|min|minor|maj|major|)\s*", text)
    if not match:
        raise AntiphonError(f"no key {text!r}: write it as in C, Am, F# minor or Eb major")
    letter, sign, mode = match.groups()
    shift = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[sign]
    tonic = (PITCH_CLASSES.index(letter.upper()) + shift) % 12
    minor = mode in ("m", "min", "minor") or (letter.islower() and not mode)
    return Key(tonic, minor, 1.0)


def propose(
    engine: Engine,
    brief: Brief,
    count: int,
    seed: int,
    like: Analysis | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Idea]:
    """So many ideas, the best first."""
    drawn: list[tuple[float, Piece]] = []
    tried = max(count + 2, round(SPARE * count))
    for number in range(tried):
        rng = np.random.default_rng([seed, number])
        made, before, start_s = _setting(brief, like, rng)
        until_s = float(made.beats.seconds(made.beats.at(start_s) + brief.bars * brief.per_bar))
        wish = composing.ending(made, until_s - 60.0 / brief.tempo)
        draws = int(rng.integers(2**31))
        (take,) = composing.takes(
            engine, wish, before, (), (start_s, until_s - 0.02), 1, draws, alone=True
        )
        if len(take.notes) >= 3:
            density = KINDS[brief.kind].density if like is None else made.density
            score = composing.merit(take, made, density)
            drawn.append((score, _piece(take, made, brief, start_s)))
        progress((number + 1) / tried)
    if not drawn:
        raise AntiphonError("no idea came of it; try another --seed or a higher --temperature")
    return _ranked(drawn, count, brief)


def _setting(
    brief: Brief, like: Analysis | None, rng: np.random.Generator
) -> tuple[Setting, Sequence[generation.Moment], float]:
    """What the model is told, what it hears before, and where the idea begins."""
    kind = KINDS[brief.kind]
    if like is not None:
        made = composing.setting(like, brief.style, brief.temperature, 0.0)
        notes = like.piece.table
        end_s = composing.bar_line_s(like.beats, float(notes.onset_s[0]) + composing.LATELY_S)
        end_s = min(end_s, composing.bar_line_s(like.beats, float(notes.offset_s.max())))
        heard = notes.chosen(notes.onset_s < end_s - 0.05)
        before = [
            moment for moment in generation.timeline(heard, MACHINE) if moment.time_s <= end_s
        ]
        shaped = replace(made.wish, voices=min(kind.voices, max(1, made.wish.voices)))
        return replace(made, wish=shaped), before, end_s
    key = brief.key or Key(int(rng.integers(12)), brief.mood in ("sad", "tense"), 1.0)
    period_s = 60.0 / brief.tempo
    beats = (brief.bars + 2) * brief.per_bar
    grid = Beats(
        np.arange(beats, dtype=np.float64) * period_s, brief.per_bar, 0, 1.0, is_heard=False
    )
    tempo = ((0, round(60e6 / brief.tempo)),)
    piece = Piece(tempos=tempo, meters=((0, brief.per_bar, 4),), parts=(Part(brief.kind),))
    controls = dict(kind.controls)
    if brief.mood:
        controls["arousal"], controls["valence"] = MOODS[brief.mood]
    styles = {brief.style: 1.0} if brief.style else {}
    places = np.array([0.0, 0.25, 0.5, 0.75])
    wish = Wish(
        condition=conditions.vector(styles, controls, "sequenced"),
        temperature=brief.temperature,
        lowest=kind.lowest,
        highest=kind.highest,
        voices=kind.voices,
    )
    made = Setting(piece, grid, key, wish, kind.density, True, places)
    made = composing.on_its_grid(made)
    if kind.beats_apart > 1:
        made = replace(made, wish=replace(made.wish, snap=_every(grid, kind.beats_apart)))
    return made, (), 0.0


def _every(grid: Beats, apart: float) -> Callable[[float], float]:
    """To the next of times so many beats apart."""
    return lambda time_s: float(grid.seconds(np.ceil(grid.at(time_s) / apart - 0.02) * apart))


def _piece(take: Take, made: Setting, brief: Brief, start_s: float) -> Piece:
    """The idea alone, from its first bar line on."""
    part = composing.part_of(take, made, brief.kind)
    first = round(float(made.piece.ticks(start_s)))
    notes = [replace(note, start=max(0, note.start - first)) for note in part.notes]
    if brief.kind == "rhythm":
        notes = [replace(note, key=RHYTHM_KEY) for note in notes]
    tempo = ((0, round(60e6 / max(made.beats.tempo, 1.0))),)
    if made.piece.grid != GRID or made.piece.is_measured:
        scale = GRID * made.beats.tempo / 60.0
        notes = [
            replace(
                note,
                start=round(float(made.piece.seconds(note.start)) * scale),
                length=max(1, round(float(made.piece.seconds(note.length)) * scale)),
            )
            for note in notes
        ]
    end = round(brief.bars * brief.per_bar * GRID)
    kept = tidy(_within(notes, end))
    return Piece(GRID, (Part(brief.kind, 0, kept),), tempo, ((0, brief.per_bar, 4),), end)


def _within(notes: Sequence[Note], end: int) -> list[Note]:
    return [
        replace(note, length=min(note.length, end - note.start))
        for note in notes
        if note.start < end
    ]


def _ranked(drawn: list[tuple[float, Piece]], count: int, brief: Brief) -> list[Idea]:
    shapes = [shape(piece.table, brief.per_bar) for _, piece in drawn]
    left = list(range(len(drawn)))
    taken: list[int] = []
    found: list[Idea] = []
    while left and len(taken) < count:
        apart = {
            place: min((distance(shapes[place], shapes[other]) for other in taken), default=1.0)
            for place in left
        }
        best = max(left, key=lambda place: drawn[place][0] + UNLIKE_NATS * apart[place])
        left.remove(best)
        taken.append(best)
        score, piece = drawn[best]
        chart = "" if brief.kind == "rhythm" else analysis.chart(analysis.analyse(piece))
        found.append(Idea(piece, score, apart[best], chart))
    return sorted(found, key=lambda idea: -idea.score)


def shape(notes: NoteTable, per_bar: int = 4, grid: int = GRID) -> Floats:
    """What tells ideas apart: places in the bar, intervals and pitch classes, each as shares.

    Pitch classes count from the commonest, so that the key makes no difference. (S,).
    """
    places = np.rint(notes.start / grid * 4).astype(int) % (4 * per_bar)
    intervals = np.clip(np.diff(notes.key), -12, 12) + 12
    classes = np.bincount(notes.key % 12, minlength=12)
    groups = (
        np.bincount(places, minlength=4 * per_bar),
        np.bincount(intervals, minlength=25),
        np.roll(classes, -int(np.argmax(classes))),
    )
    return np.concatenate([group / max(1, group.sum()) for group in groups])


def distance(one: Floats, other: Floats) -> float:
    """How unlike two shapes are, 0 to 1: half the difference of shares, the mean of the groups."""
    return float(np.abs(one - other).sum() / 6)
