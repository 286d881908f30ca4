"""``antiphon evaluate``: measure an exported model on a folder of MIDI files; no torch.

One table: what is measured → the module that does it. Each has ``measure(task)``, which gives the
figures, and ``table(figures)``, which gives them as lines of text.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from antiphon.export import (
    company,
    duets,
    endings,
    fill,
    firstnotes,
    held,
    loss,
    ranking,
    recognition,
    remembering,
    replies,
    rolling,
    steering,
)
from antiphon.export.task import Task
from antiphon.model import conditions, corpus, heldout, progress
from antiphon.model.errors import ModelError
from antiphon.model.styles import STYLES

# Any: modules of one form.
MEASURES: dict[str, Any] = {
    "loss": loss,
    "ranking": ranking,
    "styles": recognition,
    "replies": replies,
    "steering": steering,
    "rolling": rolling,
    "together": company,
    "duets": duets,
    "held": held,
    "fill": fill,
    "first-notes": firstnotes,
    "memory": remembering,
    "endings": endings,
}

DEFAULT_PIECES = {"duets": duets.PIECES, "held": duets.PIECES}
"""So many pieces of each data set, unless told otherwise; all of them for other measurements."""

SPLITS = ("train", "valid", "test", "none")

OPTIONS = {
    "ranking": "is the true continuation of a phrase likelier than nine others?",
    "styles": "by which style does the model find a piece the likeliest?",
    "replies": "how near do replies come to what really followed a call?",
    "rolling": "is a context that has rolled for long as good as a fresh one?",
    "duets": "does what it plays beside somebody compare with the true other part?",
    "together": "do notes beside the player suit their chord as a person's do?",
    "held": "is a part cheaper when the player's next seconds are known?",
    "fill": "is a hole cheaper when what follows it is known?",
    "first-notes": "is the first note of a reply there when the turn ends?",
    "memory": "do the player's figures come back, and are verdicts heeded?",
    "endings": "do replies end at a rest and at home, as people do?",
    "steering": "do controls and styles bring what they promise, and keep the key?",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files, with or without a MANIFEST.tsv")
    parser.add_argument("--model", type=Path, help="an exported model (default: the shipped one)")
    parser.add_argument(
        "--split", choices=SPLITS, help="which files of a manifest (default: the valid ones)"
    )
    parser.add_argument("--pieces", type=int, help="at most so many pieces of each data set")
    parser.add_argument("--windows", type=int, default=100, help="at most so many windows or calls")
    parser.add_argument("--seed", type=int, default=0, help="which pieces and windows are drawn")
    parser.add_argument("--style", choices=STYLES, help="say that all files are of this style")
    parser.add_argument("--hand", choices=conditions.HANDS, help="say who plays in all files")
    parser.add_argument("--corpus", type=Path, help="the packed corpus that the model learned from")
    parser.add_argument("--labels", type=Path, help="folder of beats by number, as POP909 has it")
    parser.add_argument(
        "--picture", type=Path, help="draw the histograms of --replies, or --duets, here (PNG)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(what="loss")
    whats = parser.add_mutually_exclusive_group()
    for name, what in OPTIONS.items():
        whats.add_argument(f"--{name}", action="store_const", dest="what", const=name, help=what)


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    for option in ("windows", "pieces"):
        count = getattr(args, option)
        if count is not None and count < 1:
            raise ModelError(f"--{option} {count} leaves nothing to measure; give 1 or more")
    if args.picture and args.what not in ("replies", "duets"):
        raise ModelError("--picture draws what --replies or --duets measure; give one of them")
    if args.picture and not args.picture.parent.is_dir():
        raise ModelError(f"{args.picture}: there is no folder {args.picture.parent}; make it first")
    packed = heldout.held_out(
        args.folder,
        args.style,
        args.hand,
        split=args.split,
        pieces=args.pieces or DEFAULT_PIECES.get(args.what),
        seed=args.seed,
    )
    model = args.model or shipped_model()
    task = Task(
        engine=OnnxEngine(model),
        packed=packed,
        count=args.windows,
        seed=args.seed,
        known=Counter(row["style"] for row in corpus.manifest_rows(args.folder)),
        learned=corpus.load(args.corpus) if args.corpus else None,
        progress=progress.shown,
        folder=args.folder,
        labels=args.labels,
        picture=args.picture,
    )
    measure = MEASURES[args.what]
    try:
        found = measure.measure(task)
    except ModelError as error:
        raise ModelError(f"{args.folder}: {error}") from error
    if args.json:
        sys.stdout.write(json.dumps({"model": str(model), **found}) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in measure.table(found)))
    return 0
