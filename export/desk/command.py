"""``antiphon evaluate desk WHAT FOLDER``: what the desk says and does, judged on held-out pieces.

One table: what is measured, and the module that does it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from antiphon.daemon.desk import analysis, midi_files
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from antiphon.export.desk import forms, mistakes, notation, pieces, tonality, variety
from antiphon.model.errors import ModelError

Figures = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=tuple(MEASURES), help="what is judged")
    parser.add_argument("folder", type=Path, help="MIDI files with a MANIFEST.tsv")
    parser.add_argument("--labels", type=Path, help="chords and keys by number, as POP909 has them")
    parser.add_argument("--given-beats", action="store_true", help="chords: at the labels' beats")
    parser.add_argument("--pieces", type=int, default=10_000, help="at most so many held-out ones")
    parser.add_argument("--seed", type=int, default=0, help="which pieces, and how they are played")
    parser.add_argument("--strictness", type=float, default=0.5, help="correct: 0 to 1")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from tqdm import tqdm

    chosen = pieces.held_out(args.folder, args.pieces, args.seed)
    measure, table = MEASURES[args.what]
    found = measure(args, chosen, lambda items: tqdm(items, disable=None))
    if args.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in table(found)))
    return 0


def _tonality(args: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    if args.labels is None:
        raise ModelError("chords and keys are judged by labels; give their folder with --labels")
    return tonality.measure(chosen, args.labels, args.given_beats, progress)


def _forms(args: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    return forms.measure(chosen, args.seed, progress)


def _notation(args: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    return notation.measure(chosen, args.seed, progress)


def _ideas(args: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    return variety.measure(chosen, OnnxEngine(shipped_model()), args.seed, progress)


def _correct(args: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    engine = OnnxEngine(shipped_model(), tells_all=True)
    return mistakes.measure(chosen, engine, args.strictness, args.seed, progress)


def _speed(_: argparse.Namespace, chosen: list[pieces.Held], progress: Any) -> Figures:
    rows = []
    for held in progress(chosen):
        piece = midi_files.read(held.path)
        if 150 <= piece.length_s <= 210:
            began, worked = time.perf_counter(), time.process_time()
            analysis.analyse(piece)
            row = {"piece": held.path.stem, "notes": len(piece.table), "length_s": piece.length_s}
            row["seconds"] = time.perf_counter() - began
            row["processor_s"] = time.process_time() - worked
            rows.append(row)
    return {"pieces": rows}


def _speed_table(found: Figures) -> Iterator[str]:
    yield f"{'':<40}{'notes':>7}{'seconds':>9}{'of processor':>14}"
    for row in sorted(found["pieces"], key=lambda row: row["processor_s"]):
        yield (
            f"{row['piece'][:39]:<40}{row['notes']:>7}{row['seconds']:>9.2f}"
            f"{row['processor_s']:>14.2f}"
        )


MEASURES: Mapping[
    str,
    tuple[
        Callable[[argparse.Namespace, list[pieces.Held], Any], Figures],
        Callable[[Figures], Iterator[str]],
    ],
] = {
    "chords": (_tonality, tonality.table),
    "sections": (_forms, forms.table),
    "notation": (_notation, notation.table),
    "correct": (_correct, mistakes.table),
    "ideas": (_ideas, variety.table),
    "speed": (_speed, _speed_table),
}
