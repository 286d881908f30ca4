"""Varying a phrase by a stated amount: its skeleton stays, the rest is written anew.

The skeleton are the notes that carry most: on strong beats, long, at the top or the bottom, at the
edges of phrases. The amount is the share of notes that goes. Pure but for the engine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from antiphon.daemon.desk import composing, generation, melody
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.piece import Floats, Ints, Note, NoteTable, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine
from antiphon.model.events import MACHINE

PART: Final = "variation"
SLACK_BEATS: Final = 0.3
"""A new note may come so much earlier than the one in whose place it is."""


@dataclass(frozen=True)
class Variation:
    """The piece as varied, its new notes as a part, and what stayed: `kept` of `of` notes.

    `changed` is how far it really went from the original: one less the F1 of onset and key.
    """

    piece: Piece
    new: Part
    kept: int
    of: int
    changed: float


def span_s(found: Analysis, bars: tuple[int, int] | None) -> tuple[float, float]:
    """Bars from the first to the last, counted from 1, in seconds; AntiphonError outside."""
    edges = [*found.beats.bars_s.tolist(), max(found.piece.length_s, found.beats.bars_s[-1] + 0.1)]
    if bars is None:
        return float(edges[0]) - 0.05, float(edges[-1])
    first, last = bars
    count = len(edges) - 1
    if not 1 <= first <= last <= count:
        raise AntiphonError(f"bars {first}-{last} are outside the piece, which has bars 1-{count}")
    end_s = float(edges[last]) if last < count else float(edges[-1])
    return float(edges[first - 1]) - 0.02, end_s - 0.02


def weights(notes: NoteTable, found: Analysis) -> Floats:
    """How much each note carries, (N,)."""
    beats = found.beats
    at = beats.at(notes.onset_s)
    on_beat = np.abs(at - np.rint(at)) < 0.1
    on_bar = on_beat & ((np.rint(at).astype(int) - beats.downbeat) % beats.per_bar == 0)
    strength = 1.0 * on_beat + 1.0 * on_bar
    length = np.minimum((notes.offset_s - notes.onset_s) * beats.tempo / 60.0, 2.0)
    top = np.zeros(len(notes))
    top[melody.skyline(notes)] = 0.6
    flipped = replace(notes, key=127 - notes.key)
    order = np.lexsort((flipped.key, flipped.onset_s))
    bottom = np.zeros(len(notes))
    bottom[order[melody.skyline(flipped.chosen(order))]] = 0.6
    edges = np.array([phrase.start_s for phrase in found.phrases] or [0.0])
    near = np.abs(notes.onset_s[:, None] - edges[None]).min(axis=1) < 0.1
    return np.asarray(strength + length + top + bottom + 1.5 * near, np.float64)


def skeleton(notes: NoteTable, found: Analysis, inside: Ints, amount: float) -> Ints:
    """The rows that stay of those inside, all but a share `amount` of them."""
    carried = weights(notes, found)[inside]
    count = len(inside) - round(amount * len(inside))
    order = np.argsort(-carried, kind="stable")[:count]
    return np.sort(inside[order])


def vary(
    engine: Engine,
    found: Analysis,
    amount: float,
    seed: int,
    bars: tuple[int, int] | None = None,
    count: int = 4,
    temperature: float = 1.0,
    style: str | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Variation:
    """The piece with bars varied by an amount between 0 and 1."""
    first_s, last_s = span_s(found, bars)
    notes = found.piece.table
    inside = np.flatnonzero((notes.onset_s >= first_s) & (notes.onset_s < last_s))
    if not len(inside):
        raise AntiphonError("nothing is played in these bars; there is nothing to vary")
    stays = skeleton(notes, found, inside, amount)
    goes = np.setdiff1d(inside, stays)
    if not len(goes):
        return Variation(found.piece, Part(PART), len(inside), len(inside), 0.0)
    made = composing.setting(found, style, temperature, (first_s + last_s) / 2)
    before = generation.timeline(notes.chosen(notes.onset_s < first_s), MACHINE)
    ahead = generation.timeline(notes.chosen(np.sort(stays)), MACHINE)
    past = [moment for moment in before if moment.time_s < first_s]
    # What still sounds from before ends within the bars.
    ahead = sorted(
        [*(moment for moment in before if moment.time_s >= first_s), *ahead],
        key=lambda moment: moment.time_s,
    )
    # As many notes as went, about when they went: what is varied is what they say.
    slack_s = SLACK_BEATS * 60.0 / found.beats.tempo
    due_s = tuple((notes.onset_s[goes] - slack_s).tolist())
    wish = replace(made.wish, due_s=due_s)
    span = (max(first_s, 0.0), last_s)
    drawn = composing.takes(engine, wish, past, ahead, span, count, seed, progress=progress)
    density = len(goes) / max(last_s - first_s, 0.5)
    take = min(drawn, key=lambda each: _unlike(each, made, density, last_s - first_s))
    new = composing.part_of(take, made, PART)
    piece = replaced(found.piece, goes, new)
    return Variation(piece, new, len(stays), len(inside), _changed(found.piece, piece, inside))


def _unlike(
    take: generation.Take, made: composing.Setting, density: float, length_s: float
) -> float:
    """How bad a take is: `merit` with the pace of what was taken out, over the whole stretch."""
    if not take.notes:
        return np.inf
    pace = len(take.notes) / max(length_s, 0.5)
    worse = composing.UNLIKE_NATS * abs(float(np.log2(pace / max(density, 0.05))))
    foreign = np.mean([note.key % 12 not in made.key.scale for note in take.notes])
    return take.cost + worse + composing.FOREIGN_NATS * float(foreign)


def replaced(piece: Piece, goes: Ints, new: Part) -> Piece:
    """The piece without some rows of its table, the new notes in the part nearest in height."""
    notes = piece.table
    gone: dict[int, set[tuple[int, int]]] = {}
    for row in goes.tolist():
        gone.setdefault(int(notes.part[row]), set()).add(
            (int(notes.start[row]), int(notes.key[row]))
        )
    homes = sorted(gone)
    heights = {home: float(np.mean([key for _, key in gone[home]])) for home in homes}
    added: dict[int, list[Note]] = {home: [] for home in homes}
    for note in new.notes:
        home = min(homes, key=lambda each: abs(heights[each] - note.key))
        added[home].append(note)
    parts = []
    for place, part in enumerate(piece.parts):
        taken = gone.get(place, set())
        kept = [note for note in part.notes if (note.start, note.key) not in taken]
        parts.append(replace(part, notes=tidy([*kept, *added.get(place, [])])))
    return replace(piece, parts=tuple(parts))


def _changed(old: Piece, new: Piece, inside: Ints) -> float:
    notes = old.table
    first, last = int(notes.start[inside].min()), int(notes.start[inside].max())

    def points(notes: Sequence[Note]) -> set[tuple[int, int]]:
        return {(note.start, note.key) for note in notes if first <= note.start <= last}

    one, other = points(old.notes), points(new.notes)
    return 1.0 - 2 * len(one & other) / max(1, len(one) + len(other))
