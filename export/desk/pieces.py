"""Held-out pieces for the desk's measurements, and scores as somebody would play them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.piece import Floats, NoteTable
from antiphon.model import corpus, hands
from antiphon.model.arrays import Notes
from antiphon.model.errors import ModelError


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out file: where it is, and what its manifest says of it."""

    path: Path
    dataset: str
    style: str
    is_score: bool


def held_out(folder: Path, most: int, seed: int) -> list[Held]:
    """At most so many held-out pieces of a folder, drawn by the seed, in the folder's order."""
    rows = [
        Held(folder / row["path"], row["dataset"], row["style"], row["is_performance"] != "1")
        for row in corpus.manifest_rows(folder)
        if row["split"] == "valid"
    ]
    if not rows:
        raise ModelError(f"{folder}: no held-out piece here")
    chosen = np.random.default_rng(seed).permutation(len(rows))[:most]
    return [rows[place] for place in sorted(chosen.tolist())]


def table_of(notes: Notes) -> NoteTable:
    """Notes of the corpus as the desk has them; their ticks are milliseconds."""
    order = np.lexsort((notes["key"], notes["onset"]))
    notes = notes[order]
    onset, offset = notes["onset"].astype(float), notes["offset"].astype(float)
    return NoteTable(
        onset_s=onset,
        offset_s=offset,
        start=np.rint(onset * 1000).astype(np.int64),
        end=np.rint(offset * 1000).astype(np.int64),
        key=notes["key"].astype(np.int64),
        velocity=notes["velocity"].astype(np.int64),
        part=notes["part"].astype(np.int64),
    )


def played(notes: Notes, beats_per_bar: float, style: str, rng: Generator) -> Notes:
    """A score as somebody would play it, with the wrong notes that they would hit."""
    performed, _ = hands.perform_score(notes, beats_per_bar, style, rng)
    performed = hands.stumble(performed, rng)
    return performed[np.argsort(performed["onset"], kind="stable")]


def beats_s(performed: Notes, beats: Floats) -> Floats:
    """When beats, counted in quarter notes, were played: between the onsets that are known."""
    at, first = np.unique(np.round(performed["beat"].astype(float), 3), return_inverse=True)
    onset = np.bincount(first, performed["onset"]) / np.bincount(first)
    onset = np.maximum.accumulate(onset) + np.arange(len(onset)) * 1e-6
    pace = (onset[-1] - onset[0]) / max(at[-1] - at[0], 1e-6)
    inside = np.interp(beats, at, onset)
    inside = np.where(beats < at[0], onset[0] + (beats - at[0]) * pace, inside)
    return np.asarray(np.where(beats > at[-1], onset[-1] + (beats - at[-1]) * pace, inside))


def true_beats(performed: Notes, per_bar: int, unit: float) -> Beats:
    """The beats of a score that was played."""
    last = float(performed["beat"].max()) + unit
    return Beats(beats_s(performed, np.arange(0.0, last, unit)), per_bar, 0, unit, is_heard=False)


def scores(pieces: list[Held]) -> Iterator[tuple[Held, Notes, float]]:
    """The scores among pieces: notes and quarter notes a bar."""
    for piece in pieces:
        if not piece.is_score:
            continue
        try:
            notes, _, beats_per_bar, *_ = corpus.read_midi(piece.path)
        except ModelError:
            continue
        if len(notes) >= corpus.FEWEST_NOTES:
            yield piece, notes, beats_per_bar
