"""Training windows: a stretch of a piece as events, who plays them and what is told of them.

Four views are mixed: *alone* (one part throughout), *turns* (the piece cut at phrase ends, parts
alternating), *together* (two parts at once, one of which may come in late), *fill* (a hole between
past and future). Which part is the player's is drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model import chords, conditions, hands, roles
from antiphon.model import training_conditions as telling
from antiphon.model.arrays import Notes, Pedals
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.events import (
    FUTURE,
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
from antiphon.model.training_conditions import Passage

Ints = NDArray[np.int64]

VIEWS = ("alone", "turns", "together", "fill")
VIEW_SHARES = (0.24, 0.28, 0.34, 0.14)

LATE_SHARE, LATE_MACHINE_SHARE, LATEST_S = 0.6, 0.75, 15.0
"""How often a part of a duet comes in late, how often it is the machine's, and how late at most."""
TURN_TOLD = 0.5
"""In this share of windows the machine is told how long its turn has yet to go."""
HOLE_S = (1.0, 10.0)
FILLED_TOGETHER = 0.3
FEWEST_TO_FILL = 48
SHORTEST_HOLE = 4
SEEN_AGAIN = 8
"""So many events of the future follow the hole, so that the model learns to arrive there."""


@dataclass(frozen=True, slots=True)
class Window:
    """``tokens`` (T + 1, 4) and ``condition`` (T, SIZE), padded.

    ``length`` events are real; those before ``first`` are given and not to be foreseen.
    """

    tokens: Ints
    condition: NDArray[np.float32]
    length: int
    first: int = 1


def training_window(
    corpus: Corpus, piece: Piece, start: int, length: int, rng: Generator
) -> Window:
    """A window of ``length`` + 1 events from note ``start`` on, augmented, in a random view."""
    notes, pedals = by_a_person(piece, *cut(corpus, piece, start, length), rng)
    if rng.random() < 0.25:
        notes = hands.stumble(notes, rng)
    notes, pedals, semitones = vary(notes, pedals, rng)
    found = chords.transposed(corpus.chords(piece), semitones)
    view = str(rng.choice(VIEWS, p=VIEW_SHARES))
    paired = view == "together" or (view == "fill" and rng.random() < FILLED_TOGETHER)
    role: str | None = "all"
    if paired:
        mine, role = roles.divide(notes, rng)
        who = np.where(mine, MACHINE, PLAYER)
        if view == "together" and rng.random() < LATE_SHARE:
            late = MACHINE if rng.random() < LATE_MACHINE_SHARE else PLAYER
            kept = ~comes_late(notes, who == late, rng)
            notes, who = notes[kept], who[kept]
    elif view == "turns":
        who = roles_in_turns(notes, rng)
    else:
        who = np.full(len(notes), MACHINE if view == "fill" or rng.random() < 0.6 else PLAYER)
    tokens, times_s = tokenise(notes, pedals, who)
    passage = Passage(piece, notes, who, found, role)
    condition = telling.condition_of(passage, times_s, rng)
    if view == "turns" and rng.random() < TURN_TOLD:
        tell_turns(tokens, times_s, condition)
    if view == "fill" and len(tokens) >= FEWEST_TO_FILL:
        return with_hole(tokens, times_s, condition, length, rng)
    return pad(tokens, condition, length)


def comes_late(notes: Notes, part: NDArray[np.bool_], rng: Generator) -> NDArray[np.bool_]:
    """Which notes (N,) of a part are left out, as it is not there from the beginning."""
    onsets = notes["onset"].astype(np.float64)
    latest_s = min(LATEST_S, 0.6 * float(onsets[-1] - onsets[0]))
    return np.asarray(part & (onsets < onsets[0] + rng.uniform(0.0, latest_s)))


def tell_turns(tokens: Ints, times_s: NDArray[np.float64], condition: NDArray[np.float32]) -> None:
    """Tell, through each of the machine's turns, how long it has yet to go to its last event."""
    mine = tokens[:, 0] == MACHINE
    changes = np.flatnonzero(np.diff(mine, prepend=~mine[:1], append=~mine[-1:]))
    for first, end in zip(changes[:-1].tolist(), changes[1:].tolist(), strict=True):
        # Where the window ends in the middle of a turn nobody knows how long it is.
        if mine[first] and end < len(tokens) and end - first > 1:
            before_s = times_s[max(first - 1, 0) : end - 1] if first else times_s[: end - 1]
            rows = slice(max(first, 1), end)
            telling.tell_time_left(condition, rows, times_s[end - 1] - before_s, "turn")


def with_hole(
    tokens: Ints,
    times_s: NDArray[np.float64],
    condition: NDArray[np.float32],
    length: int,
    rng: Generator,
) -> Window:
    """The future first, then the past, then what fills the hole between them."""
    count = min(len(tokens), length + 1)
    first = int(count * rng.uniform(0.3, 0.6))
    end_s = times_s[first] + HOLE_S[0] * (HOLE_S[1] / HOLE_S[0]) ** rng.random()
    end = int(np.searchsorted(times_s, end_s))
    end = min(max(end, first + SHORTEST_HOLE), count - SHORTEST_HOLE, first + length // 2)
    future = slice(end, min(end + length // 4, len(tokens)))
    left_s = times_s[end] - times_s[first - 1 : end]
    telling.tell_time_left(condition, slice(first, end + 1), left_s, "hole")
    given = tokens[future].copy()
    given[:, 0] = FUTURE
    given[0, 1] = 0
    begin = max(0, end + SEEN_AGAIN + len(given) - (length + 1))
    rest = slice(begin, min(end + SEEN_AGAIN, len(tokens)))
    window = pad(
        np.concatenate([given, tokens[rest]]),
        np.concatenate([condition[future], condition[rest]]),
        length,
    )
    return Window(window.tokens, window.condition, window.length, first=len(given) + 1)


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
    notes = corpus.notes(piece)[start : start + length * 3 // 4 + 32].copy()
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


def vary(notes: Notes, pedals: Pedals, rng: Generator) -> tuple[Notes, Pedals, int]:
    """Transpose, stretch and shade: -5 to +6 semitones, 15 % in tempo, two touches.

    Returned with the notes and pedal moves is by how many semitones they moved.
    """
    lowest, highest = int(notes["key"].min()), int(notes["key"].max())
    shift = int(rng.integers(max(-5, -lowest), min(6, KEYS - 1 - highest) + 1))
    notes["key"] = notes["key"].astype(int) + shift
    rate = np.exp(rng.uniform(-0.15, 0.15))
    for field in ("onset", "offset"):
        notes[field] *= rate
    pedals["time"] *= rate
    shade = rng.integers(-2 * VELOCITIES_PER_TOUCH, 2 * VELOCITIES_PER_TOUCH + 1)
    notes["velocity"] = np.clip(notes["velocity"].astype(int) + shade, 1, 127)
    return notes, pedals, shift


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


def pad(tokens: Ints, condition: NDArray[np.float32], length: int) -> Window:
    """Exactly ``length`` + 1 events; padding repeats a pedal-up and is not counted."""
    tokens, condition = tokens[: length + 1], condition[1 : length + 1]
    real = len(tokens)
    if real < length + 1:
        filler = np.tile([[PLAYER, 0, PEDAL_UP, NO_TOUCH]], (length + 1 - real, 1))
        blank = np.zeros((length + 1 - real, conditions.SIZE), dtype=np.float32)
        tokens, condition = np.concatenate([tokens, filler]), np.concatenate([condition, blank])
    return Window(tokens, condition, real)
