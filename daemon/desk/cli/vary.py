"""`antiphon vary`: vary a piece or some of its bars, its skeleton kept."""

import argparse
import re
import time

from antiphon.daemon.desk import analysis, composing, varying
from antiphon.daemon.desk.cli import shared, writing
from antiphon.daemon.errors import AntiphonError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon vary`."""
    shared.add_source_arguments(parser)
    writing.add_arguments(parser, "NAME-varied.mid beside the file")
    parser.add_argument("--bars", metavar="M-N", help="these bars alone, as in 5-8")
    parser.add_argument(
        "--amount", type=float, default=0.5, help="share of the notes that goes, 0 to 1"
    )
    parser.add_argument("--style", help="in this style rather than the piece's own")


def bars_of(text: str | None) -> tuple[int, int] | None:
    """Bars as they are typed, 5-8 or 5; AntiphonError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    if not match:
        raise AntiphonError(f"--bars {text!r}: write the first and the last bar, as in 5-8")
    return int(match[1]), int(match[2] or match[1])


def main(args: argparse.Namespace) -> int:
    """Vary, write, and say what stayed; returns the exit code."""
    writing.check(args)
    if not 0.0 <= args.amount <= 1.0:
        raise AntiphonError(f"--amount {args.amount:g}: give 0 to 1")
    bars, style = bars_of(args.bars), composing.known_style(args.style)
    found = shared.source(args)
    path = shared.new_path(args.out, found, f"{found.name}-varied.mid")
    progress = shared.Progress("varying", time.monotonic)
    try:
        heard = analysis.analyse(found.piece, lambda share: progress(0.4 * share))
        varying.span_s(heard, bars)
        made = varying.vary(
            writing.engine(args),
            heard,
            args.amount,
            args.seed,
            bars,
            args.takes,
            args.temperature,
            style,
            lambda share: progress(0.4 + 0.6 * share),
        )
    finally:
        progress.end()
    written = writing.write(args, path, made.piece, made.new)
    told = {
        "file": args.file,
        "written": [str(each) for each in written],
        "kept": made.kept,
        "of": made.of,
        "new": len(made.new.notes),
        "changed": round(made.changed, 3),
        "seed": args.seed,
    }
    rows = [
        ("kept", f"{made.kept} of {made.of} notes"),
        ("new", f"{len(made.new.notes)} notes"),
        ("changed", f"{made.changed:.0%}"),
        ("seed", str(args.seed)),
        ("wrote", ", ".join(str(each) for each in written)),
    ]
    return shared.tell(args, told, shared.table(rows))
