"""The pieces and windows that are measured on: which of a folder's files are held out. No torch."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from antiphon.model import corpus, views
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError

FEWEST_EVENTS = 16


def held_out(
    folder: Path,
    style: str | None,
    hand: str | None,
    *,
    split: str | None = None,
    pieces: int | None = None,
    seed: int = 0,
) -> Corpus:
    """The valid part of a folder with a manifest, or another split; every file of one without.

    With ``pieces`` at most so many of each data set, drawn by ``seed``.
    """
    packed, skipped = corpus.gather(folder, _drawn(rows_of(folder, split), pieces, seed))
    for path, why in skipped:
        sys.stderr.write(f"skipped {path}: {why}\n")
    named = [
        replace(piece, style=style or piece.style, hand=hand or piece.hand)
        for piece in packed.pieces
    ]
    return replace(packed, pieces=tuple(named))


def rows_of(folder: Path, split: str | None) -> list[dict[str, str]]:
    """What a folder's manifest says of the files of a split, of valid ones unless it is given."""
    rows = list(corpus.manifest_rows(folder))
    manifest = folder / corpus.MANIFEST
    if not manifest.exists():
        if split is not None:
            raise ModelError(f"{folder}: has no {corpus.MANIFEST}, so no splits; omit --split")
        return rows
    wanted = split or "valid"
    chosen = [row for row in rows if row["split"] == wanted]
    if not chosen:
        there = ", ".join(sorted({row["split"] for row in rows}))
        raise ModelError(f"{manifest}: names nothing of split {wanted}; it has {there}")
    return chosen


def _drawn(rows: list[dict[str, str]], pieces: int | None, seed: int) -> list[dict[str, str]]:
    """At most so many rows of each data set, in their order."""
    if pieces is None:
        return rows
    taken = Counter[str]()
    kept = []
    for index in np.random.default_rng(seed).permutation(len(rows)).tolist():
        dataset = rows[index]["dataset"]
        if taken[dataset] < pieces:
            taken[dataset] += 1
            kept.append(index)
    return [rows[index] for index in sorted(kept)]


def choose(packed: Corpus, length: int, count: int, seed: int) -> list[tuple[Piece, int]]:
    """``count`` windows of a corpus, piece and first note, at random, or all if fewer."""
    options = [
        (piece, start)
        for piece in packed.pieces
        if piece.events > FEWEST_EVENTS
        for start in views.starts(piece, length, 0.0)
        if start < piece.notes - FEWEST_EVENTS // 2
    ]
    order = np.random.default_rng(seed).permutation(len(options))
    return [options[index] for index in order[:count].tolist()]
