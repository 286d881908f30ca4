"""The pieces and windows that are measured on: which of a folder's files are held out. No torch."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from antiphon.model import corpus, views
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError

FEWEST_EVENTS = 16


def held_out(folder: Path, style: str | None, hand: str | None) -> Corpus:
    """The valid part of a folder with a manifest, every file of one without."""
    rows = list(corpus.manifest_rows(folder))
    if (folder / corpus.MANIFEST).exists():
        rows = [row for row in rows if row["split"] == "valid"]
        if not rows:
            raise ModelError(f"{folder / corpus.MANIFEST}: names nothing of split valid")
    packed, skipped = corpus.gather(folder, rows)
    for path, why in skipped:
        sys.stderr.write(f"skipped {path}: {why}\n")
    pieces = [
        replace(piece, style=style or piece.style, hand=hand or piece.hand)
        for piece in packed.pieces
    ]
    return replace(packed, pieces=tuple(pieces))


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
