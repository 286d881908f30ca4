"""What the model is told of a training window, each part of it left out now and then."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model import beat_position, chords, conditions, hands, lookahead, roles, time_left
from antiphon.model.arrays import Chords, Notes
from antiphon.model.corpus import Piece
from antiphon.model.events import MACHINE, PLAYER
from antiphon.model.styles import STYLES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Rows = NDArray[np.float32]

SLICE_S = 8.0
"""The controls are measured on slices of this length."""

ROLE_TOLD = 0.7
CHORDS_TOLD, NEXT_CHORD_TOLD = 0.4, 0.5
HEARD_LATE_S = 0.5
"""A chord that is heard and not read off a chart is known up to this late."""
BEAT_TOLD, BAR_TOLD = 0.5, 0.8
LOOKAHEAD_TOLD = 0.45
SPAN_SHARES = (0.2, 0.25, 0.3, 0.25)


@dataclass(frozen=True, slots=True)
class Passage:
    """Notes (N,) as they are played in a window, ``who`` (N,) plays each, and its chords."""

    piece: Piece
    notes: Notes
    who: Ints
    chords: Chords
    role: str | None = None


def condition_of(passage: Passage, times_s: Floats, rng: Generator) -> Rows:
    """Condition vectors (N, SIZE): row i is told when event i is foreseen, (N,) ``times_s``.

    What is known of a moment is that of the event before it.
    """
    condition = np.zeros((len(times_s), conditions.SIZE), dtype=np.float32)
    before_s = np.concatenate([times_s[:1], times_s[:-1]])
    _tell_style_and_controls(condition, passage, times_s, rng)
    if passage.role is not None and rng.random() < ROLE_TOLD:
        condition[:, conditions.group("role")] = roles.encode(passage.role)
    beats, seconds = hands.beat_map(passage.notes)
    if rng.random() < CHORDS_TOLD:
        found = _inside(passage.chords, beats[0], beats[-1])
        starts_s = np.interp(found["beat"], beats, seconds)
        next_too = rng.random() < NEXT_CHORD_TOLD
        late_s = 0.0 if next_too else rng.uniform(0.0, HEARD_LATE_S)
        condition[:, conditions.group("chords")] = chords.encode(
            before_s, starts_s + late_s, found, next_too=next_too
        )
    if passage.piece.beat_quarters and rng.random() < BEAT_TOLD:
        bar_known = passage.piece.bar_known and rng.random() < BAR_TOLD
        condition[:, conditions.group("beat")] = _beats(
            passage.piece, before_s, beats, seconds, bar_known
        )
    if rng.random() < LOOKAHEAD_TOLD and (passage.who == PLAYER).any():
        span_s = float(rng.choice(lookahead.SPANS_S, p=SPAN_SHARES))
        tell_lookahead(condition, before_s, passage.notes[passage.who == PLAYER], span_s)
    return condition


def _inside(found: Chords, first: float, last: float) -> Chords:
    """The chords that begin from one beat to another, and the one that sounds at the first."""
    begin = int(np.searchsorted(found["beat"], first, side="right")) - 1
    return found[max(begin, 0) : int(np.searchsorted(found["beat"], last, side="right"))]


def tell_lookahead(condition: Rows, before_s: Floats, player: Notes, span_s: float) -> None:
    """Write into rows (N, SIZE) what the player's part does from ``before_s`` (N,) on."""
    condition[:, conditions.group("lookahead")] = lookahead.encode(before_s, player, span_s)


def tell_time_left(condition: Rows, rows: slice, left_s: Floats, end: str) -> None:
    """Write into some rows of (N, SIZE) how long each has yet to go."""
    condition[rows, conditions.group("time_left")] = time_left.encode(left_s, end)


def _beats(piece: Piece, before_s: Floats, beats: Floats, seconds: Floats, bar_known: bool) -> Rows:
    def quarters_at(times_s: Floats) -> Floats:
        return np.asarray(np.interp(times_s, seconds, beats))

    around = quarters_at(before_s + 1.0) - quarters_at(before_s - 1.0)
    span_s = np.minimum(before_s + 1.0, seconds[-1]) - np.maximum(before_s - 1.0, seconds[0])
    periods_s = piece.beat_quarters * np.maximum(span_s, 0.01) / np.maximum(around, 0.01)
    return beat_position.encode(
        quarters_at(before_s) / piece.beat_quarters,
        np.clip(periods_s, 0.05, 10.0),
        round(piece.beats_per_bar / piece.beat_quarters),
        bar_known=bar_known,
    )


def _tell_style_and_controls(
    condition: Rows, passage: Passage, times_s: Floats, rng: Generator
) -> None:
    piece, notes = passage.piece, passage.notes
    if rng.random() < 0.9:
        condition[:, conditions.hand_index(piece.hand)] = 1.0
    if rng.random() < 0.8 and piece.style in STYLES:
        condition[:, conditions.style_index(piece.style)] = 1.0
    if rng.random() < 0.4:
        return
    kept = [control for control in conditions.CONTROLS if rng.random() < 0.35]
    slices = np.floor((times_s - times_s[0]) / SLICE_S).astype(int)
    note_slices = np.floor((notes["onset"] - times_s[0]) / SLICE_S).astype(int)
    for index in np.unique(slices):
        mine = (note_slices == index) & (passage.who == MACHINE)
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
