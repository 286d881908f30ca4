"""``antiphon model prepare``: pack a folder of MIDI files for training."""

import argparse
import sys
from pathlib import Path

from antiphon.model import corpus, progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files, with or without a MANIFEST.tsv")
    parser.add_argument("--out", type=Path, default=Path("runs/corpus"), help="where to pack them")
    parser.add_argument(
        "--labels",
        type=Path,
        help="folder with NUMBER/beat_midi.txt: beats and bars of ANY_NUMBER.mid, as POP909 has it",
    )


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    counts = corpus.prepare(args.folder, args.out, progress.shown, args.labels)
    pieces = corpus.load(args.out).pieces
    write = sys.stdout.write
    write(f"{counts['pieces']} pieces, {counts['notes']} notes, {counts['pedals']} pedal moves\n")
    for split in ("train", "valid"):
        events = sum(piece.events for piece in pieces if piece.split == split)
        write(f"{split}: {events} events\n")
    if counts["skipped"]:
        write(f"{counts['skipped']} files skipped: see {args.out / 'skipped.tsv'}\n")
    return 0
