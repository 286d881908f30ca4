"""`antiphon continue`: go on from a piece for some bars."""

import argparse
import time
from dataclasses import replace

from antiphon.daemon.desk import analysis, composing, continuing, text
from antiphon.daemon.desk.cli import shared, writing
from antiphon.daemon.errors import AntiphonError

MOST_BARS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon continue`."""
    shared.add_source_arguments(parser)
    writing.add_arguments(parser, "NAME-continued.mid beside the file")
    parser.add_argument("--bars", type=int, default=8, help="so many bars more (default: 8)")
    parser.add_argument("--style", help="in this style rather than the piece's own")


def main(args: argparse.Namespace) -> int:
    """Write the continuation, and say where; returns the exit code."""
    writing.check(args)
    if not 1 <= args.bars <= MOST_BARS:
        raise AntiphonError(f"--bars {args.bars}: give 1 to {MOST_BARS}")
    style = composing.known_style(args.style)
    found = shared.source(args)
    path = shared.new_path(args.out, found, f"{found.name}-continued.mid")
    progress = shared.Progress("writing", time.monotonic)
    try:
        heard = analysis.analyse(found.piece, lambda share: progress(0.4 * share))
        went_on = continuing.go_on(
            writing.engine(args),
            heard,
            args.bars,
            args.seed,
            args.takes,
            style,
            args.temperature,
            lambda share: progress(0.4 + 0.6 * share),
        )
    finally:
        progress.end()
    written = writing.write(args, path, went_on.piece, went_on.part)
    new = text.written(replace(went_on.piece, parts=(went_on.part,), end=0))
    told = {
        "file": args.file,
        "written": [str(each) for each in written],
        "bars": args.bars,
        "notes": len(went_on.part.notes),
        "key": heard.harmony.key.name,
        "nats_a_note": round(went_on.cost, 3),
        "seed": args.seed,
        "text": new,
    }
    rows = [
        ("key", heard.harmony.key.name),
        ("added", f"{len(went_on.part.notes)} notes, {args.bars} bars"),
        ("seed", str(args.seed)),
        ("wrote", ", ".join(str(each) for each in written)),
    ]
    lines = [*shared.table(rows), *(["", new.rstrip()] if found.kind == "text" else [])]
    return shared.tell(args, told, lines)
