"""``antiphon model styles``: fit what tells the styles apart, and measure how each is spoken.

What tells them apart is judged on held-out pieces. Every piece is given a human hand first, as in
training, so that what is fitted is the style and not the file. No torch.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model import checksums, corpus, dialects, marks, views
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError
from antiphon.model.styles import STYLES

FEWEST_NOTES: Final = 24
MOST_NOTES: Final = 128
LATELY_S: Final = 32.0
"""So much of the player's playing is judged while it goes on."""

STRETCHES: Final = 800
"""So many of each style, all its pieces taking turns, however few they are."""
THRESHOLDS: Final = (0.0, 0.5, 0.6, 0.7, 0.8)

Rows = NDArray[np.float64]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"), help="a packed corpus")
    parser.add_argument("--out", type=Path, default=Path("runs/style.npz"), help="the weights")
    parser.add_argument("--seed", type=int, default=0, help="which stretches are drawn")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    packed = corpus.load(args.corpus)
    rng = np.random.default_rng(args.seed)
    train = packed.split("train")
    heard = stretches(packed, train, rng)
    if len(heard) < 2:
        raise ModelError(f"{args.corpus}: fewer than two styles to tell apart")
    rows, styles = examples(heard)
    names = tuple(heard)
    classifier = marks.fit(rows, np.array([names.index(style) for style in styles]), names)
    spoken = [dialects.dialect_of(_usual_hand(train, name), heard[name]) for name in names]
    arrays: dict[str, Any] = {name: np.array(it) for name, it in asdict(classifier).items()}
    arrays |= {name: np.array([asdict(one)[name] for one in spoken]) for name in asdict(spoken[0])}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(args.out, **arrays)
    checksums.enlist(args.out)
    found = judge(classifier, *examples(stretches(packed, packed.split("valid"), rng)))
    if args.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in table(found)))
    return 0


def stretches(packed: Corpus, pieces: list[Piece], rng: Generator) -> dict[str, list[Notes]]:
    """Stretches as long as what the player is judged by, of each style that has any."""
    found: dict[str, list[Notes]] = {}
    for style in STYLES:
        mine = [piece for piece in pieces if piece.style == style]
        drawn = [
            _stretch(packed, mine[index % len(mine)], rng)
            for index in range(STRETCHES if mine else 0)
        ]
        found[style] = [notes for notes in drawn if len(notes) >= FEWEST_NOTES]
    return {style: notes for style, notes in found.items() if notes}


def examples(heard: dict[str, list[Notes]]) -> tuple[Rows, list[str]]:
    """Marks (N, F) of stretches, and the style of each."""
    rows = [marks.of_notes(notes) for mine in heard.values() for notes in mine]
    return np.array(rows), [style for style, mine in heard.items() for _ in mine]


def _usual_hand(pieces: list[Piece], style: str) -> str:
    """The hand of the most events of a style."""
    events = Counter[str]()
    for piece in pieces:
        if piece.style == style:
            events[piece.hand] += piece.events
    return events.most_common(1)[0][0]


def _stretch(packed: Corpus, piece: Piece, rng: Generator) -> Notes:
    start = int(rng.integers(max(1, piece.notes - MOST_NOTES)))
    notes, pedals = views.cut(packed, piece, start, 2 * MOST_NOTES)
    notes, _ = views.by_a_person(piece, notes, pedals, rng)
    notes = np.sort(notes, order="onset", kind="stable")
    end = int(np.searchsorted(notes["onset"], notes["onset"][0] + LATELY_S))
    return notes[: min(end, int(rng.integers(FEWEST_NOTES, MOST_NOTES + 1)))]


def judge(classifier: marks.Classifier, rows: Rows, styles: list[str]) -> dict[str, Any]:
    """How often the likeliest style is the true one; all styles that occur count alike.

    ``told``: the share of stretches whose likeliest style is at least so likely; ``right``: how
    many of these are right.
    """
    known = [index for index, style in enumerate(styles) if style in classifier.names]
    if not known:
        raise ModelError("nothing is held out to judge by")
    odds = classifier.probabilities(rows[known])
    truth = np.array([classifier.names.index(styles[index]) for index in known])
    right, surest = odds.argmax(axis=1) == truth, odds.max(axis=1)
    weight = 1.0 / np.bincount(truth, minlength=len(classifier.names))[truth]
    weight /= weight.sum()
    return {
        "stretches": len(known),
        "styles": {
            name: float(right[truth == place].mean())
            for place, name in enumerate(classifier.names)
            if (truth == place).any()
        },
        "thresholds": {
            f"{least:.1f}": _sure(right, weight * (surest >= least)) for least in THRESHOLDS
        },
    }


def _sure(right: NDArray[np.bool_], weight: Rows) -> dict[str, float]:
    told = float(weight.sum())
    return {"told": told, "right": float((right * weight).sum()) / told if told else float("nan")}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{found['stretches']} held-out stretches, all styles counting alike"
    yield f"{'style':<12}{'right':>8}"
    for style, share in found["styles"].items():
        yield f"{style:<12}{share:>8.2f}"
    yield f"\n{'at least':<12}{'told':>8}{'right':>8}"
    for least, row in found["thresholds"].items():
        yield f"{least:<12}{row['told']:>8.2f}{row['right']:>8.2f}"
