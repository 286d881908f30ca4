"""Training views: a window of a piece as events, roles and conditions.

Three views are mixed: *alone* (one part throughout), *turns* (the piece cut at phrase ends, parts
alternating), *together* (two parts at once). Which part is the player's is drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model import conditions, hands
from antiphon.model.corpus import Corpus, Notes, Pedals, Piece
from antiphon.model.events import (
    KEYS,
    MACHINE,
    NO_TOUCH,
    NOTE_OFF,
    PEDAL_DOWN,
    PEDAL_UP,
    PLAYER,
    VELOCITIES_PER_TOUCH,
    quantise_times,
)
from antiphon.model.styles import STYLES

Ints = NDArray[np.int64]

VIEWS = ("alone", "turns", "together")
VIEW_SHARES = (0.35, 0.35, 0.30)
SLICE_S = 8.0
"""The controls are measured on slices of this length."""


@dataclass(frozen=True, slots=True)
class Window:
    """``tokens`` (T + 1, 4) and ``condition`` (T, SIZE), padded; ``length`` events are real."""

    tokens: Ints
    condition: NDArray[np.float32]
    length: int


def training_window(
    corpus: Corpus, piece: Piece, start: int, length: int, rng: Generator
) -> Window:
    """A window of ``length`` + 1 events from note ``start`` on, augmented, in a random view."""
    notes, pedals = by_a_person(piece, *cut(corpus, piece, start, length), rng)
    if rng.random() < 0.25:
        notes = hands.stumble(notes, rng)
    notes, pedals = vary(notes, pedals, rng)
    view = rng.choice(VIEWS, p=VIEW_SHARES)
    who = {"alone": roles_alone, "turns": roles_in_turns, "together": roles_together}[view](
        notes, rng
    )
    tokens, times_s = tokenise(notes, pedals, who)
    condition = told(piece, notes, who, times_s, rng)
    return pad(tokens, condition, length)


def by_a_person(piece: Piece, notes: Notes, pedals: Pedals, rng: Generator) -> tuple[Notes, Pedals]:
    """Notes and pedal moves as a person would play them, where the file has them otherwise."""
    if piece.hand == "score":
        return hands.perform_score(notes, piece.beats_per_bar, piece.style, rng)
    if piece.hand == "sequenced":
        return hands.loosen(notes, rng), pedals
    if piece.flat:
        notes = hands.colour(notes, piece.beats_per_bar, float(rng.beta(2.0, 1.5)), rng)
    return notes, pedals


def plain_window(corpus: Corpus, piece: Piece, start: int, length: int) -> Window:
    """The same window as it stands in the file: one part, the style and hand told, no controls."""
    return _in_one_part(piece, *cut(corpus, piece, start, length), length)


def played_window(corpus: Corpus, piece: Piece, start: int, length: int, rng: Generator) -> Window:
    """`plain_window` as a person would play it, which is what the model was trained on."""
    notes, pedals = by_a_person(piece, *cut(corpus, piece, start, length), rng)
    return _in_one_part(piece, notes, pedals, length)


def _in_one_part(piece: Piece, notes: Notes, pedals: Pedals, length: int) -> Window:
    who = np.full(len(notes), PLAYER)
    tokens, times_s = tokenise(notes, pedals, who)
    condition = np.zeros((len(times_s), conditions.SIZE), dtype=np.float32)
    condition[:, conditions.hand_index(piece.hand)] = 1.0
    if piece.style in STYLES:
        condition[:, conditions.style_index(piece.style)] = 1.0
    return pad(tokens, condition, length)


def cut(corpus: Corpus, piece: Piece, start: int, length: int) -> tuple[Notes, Pedals]:
    """Copies of enough notes and pedal moves from note ``start`` on for ``length`` + 1 events."""
    notes = corpus.notes(piece)[start : start + length // 2 + 64].copy()
    pedals = corpus.pedals(piece)
    first, last = float(notes["onset"][0]), float(notes["onset"][-1])
    inside = slice(*np.searchsorted(pedals["time"], [first, last]))
    return notes, pedals[inside].copy()


def starts(piece: Piece, length: int, offset: float) -> list[int]:
    """Where windows of ``length`` events begin so that they cover the piece; offset in [0, 1)."""
    stride = max(1, int(length * piece.notes / piece.events))
    if piece.notes <= stride:
        return [0]
    shift = int(offset * stride)
    return [0] * (shift > stride // 4) + list(range(shift, piece.notes - stride // 8, stride))


def vary(notes: Notes, pedals: Pedals, rng: Generator) -> tuple[Notes, Pedals]:
    """Transpose, stretch and shade: -5 to +6 semitones, 15 % in tempo, two touches."""
    lowest, highest = int(notes["key"].min()), int(notes["key"].max())
    shift = int(rng.integers(max(-5, -lowest), min(6, KEYS - 1 - highest) + 1))
    notes["key"] = notes["key"].astype(int) + shift
    rate = np.exp(rng.uniform(-0.15, 0.15))
    for field in ("onset", "offset"):
        notes[field] *= rate
    pedals["time"] *= rate
    shade = rng.integers(-2 * VELOCITIES_PER_TOUCH, 2 * VELOCITIES_PER_TOUCH + 1)
    notes["velocity"] = np.clip(notes["velocity"].astype(int) + shade, 1, 127)
    return notes, pedals


def roles_alone(notes: Notes, rng: Generator) -> Ints:
    """One part plays it all; more often the machine's."""
    return np.full(len(notes), MACHINE if rng.random() < 0.6 else PLAYER)


def roles_in_turns(notes: Notes, rng: Generator) -> Ints:
    """Parts alternate; turns of two to twelve seconds end at the longest nearby pause."""
    onsets = notes["onset"].astype(float)
    pauses = np.diff(onsets)
    who = np.empty(len(notes), dtype=np.int64)
    role, start = int(rng.integers(2)), 0
    while start < len(notes):
        wanted_s = 2.0 * 6.0 ** rng.random()
        low, high = np.searchsorted(onsets, onsets[start] + wanted_s * np.array([0.6, 1.5]))
        low, high = max(int(low), start + 1), min(int(high), len(notes) - 1)
        end = low + int(np.argmax(pauses[low - 1 : high])) if high >= low else len(notes)
        who[start:end] = role
        role, start = 1 - role, end
    return who


def roles_together(notes: Notes, rng: Generator) -> Ints:
    """Two parts at once: those of the file, or the two sides of a split near middle C."""
    upper = notes["part"] == 0
    if upper.all() or not upper.any():
        upper = notes["key"] >= rng.integers(55, 66)
    who = np.where(upper, PLAYER, MACHINE)
    return who if rng.random() < 0.5 else 1 - who


def tokenise(notes: Notes, pedals: Pedals, who: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Events (N, 4) and their times in seconds, (N,), in playing order.

    The pedal belongs to whoever struck the last note before it. At equal times ends come before
    pedal moves and these before beginnings.
    """
    onsets = notes["onset"].astype(float)
    offsets = _end_before_restrike(notes["key"], onsets, notes["offset"].astype(float))
    sounding = offsets > onsets
    notes, who = notes[sounding], who[sounding]
    onsets, offsets = onsets[sounding], offsets[sounding]
    keys = notes["key"].astype(np.int64)
    owner = np.searchsorted(onsets, pedals["time"], side="right") - 1
    times = np.concatenate([offsets, pedals["time"].astype(float), onsets])
    kinds = np.concatenate([keys + NOTE_OFF, np.where(pedals["down"], PEDAL_DOWN, PEDAL_UP), keys])
    whose = np.concatenate([who, who[np.maximum(owner, 0)], who])
    silent = np.full(len(notes) + len(pedals), NO_TOUCH)
    touches = np.concatenate([silent, notes["velocity"].astype(np.int64) // VELOCITIES_PER_TOUCH])
    order = np.argsort(times, kind="stable")
    steps = quantise_times(times[order])
    return np.stack([whose[order], steps, kinds[order], touches[order]], axis=1), times[order]


def _end_before_restrike(
    keys: NDArray[np.uint8], onsets: NDArray[np.float64], offsets: NDArray[np.float64]
) -> NDArray[np.float64]:
    by_key = np.lexsort((onsets, keys))
    again = keys[by_key[1:]] == keys[by_key[:-1]]
    earlier, later = by_key[:-1][again], by_key[1:][again]
    offsets = offsets.copy()
    offsets[earlier] = np.minimum(offsets[earlier], onsets[later])
    return offsets


def told(
    piece: Piece, notes: Notes, who: Ints, times_s: NDArray[np.float64], rng: Generator
) -> NDArray[np.float32]:
    """Condition vectors (N, SIZE), one an event; each group is left out now and then."""
    condition = np.zeros((len(times_s), conditions.SIZE), dtype=np.float32)
    if rng.random() < 0.9:
        condition[:, conditions.hand_index(piece.hand)] = 1.0
    if rng.random() < 0.8 and piece.style in STYLES:
        condition[:, conditions.style_index(piece.style)] = 1.0
    if rng.random() < 0.4:
        return condition
    kept = [control for control in conditions.CONTROLS if rng.random() < 0.35]
    slices = np.floor((times_s - times_s[0]) / SLICE_S).astype(int)
    note_slices = np.floor((notes["onset"] - times_s[0]) / SLICE_S).astype(int)
    for index in np.unique(slices):
        mine = (note_slices == index) & (who == MACHINE)
        if mine.sum() < 4:
            continue
        measured = conditions.measure(
            notes["onset"][mine].astype(float),
            notes["offset"][mine].astype(float),
            notes["key"][mine].astype(np.int64),
            notes["velocity"][mine].astype(np.int64),
        )
        for control in kept:
            level = conditions.level_of(control, measured[control])
            condition[slices == index, conditions.level_index(control, level)] = 1.0
    return condition


def pad(tokens: Ints, condition: NDArray[np.float32], length: int) -> Window:
    """Exactly ``length`` + 1 events; padding repeats a pedal-up and is not counted."""
    tokens, condition = tokens[: length + 1], condition[1 : length + 1]
    real = len(tokens)
    if real < length + 1:
        filler = np.tile([[PLAYER, 0, PEDAL_UP, NO_TOUCH]], (length + 1 - real, 1))
        blank = np.zeros((length + 1 - real, conditions.SIZE), dtype=np.float32)
        tokens, condition = np.concatenate([tokens, filler]), np.concatenate([condition, blank])
    return Window(tokens, condition, real)
