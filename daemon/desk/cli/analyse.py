"""`antiphon analyse`: what is in a piece, as a table, a page with the annotated roll, or JSON."""

import argparse
import time
import webbrowser
from pathlib import Path

from antiphon.daemon.desk import analysis
from antiphon.daemon.desk.cli import shared
from antiphon.daemon.desk.page import page, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon analyse`."""
    shared.add_source_arguments(parser)
    shared.add_out_argument(parser, "NAME-analysis.html beside the file")
    parser.add_argument("--chords", action="store_true", help="print the chords, bar by bar")
    parser.add_argument("--no-page", action="store_true", help="write no page")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def main(args: argparse.Namespace) -> int:
    """Analyse, write the page, and print what was found; returns the exit code."""
    found = shared.source(args)
    path: Path | None = None
    if not args.no_page:
        path = shared.new_path(args.out, found, f"{found.name}-analysis.html")
    progress = shared.Progress("analysing", time.monotonic)
    try:
        heard = analysis.analyse(found.piece, progress)
    finally:
        progress.end()
    if path is not None:
        shared.write_text(path, page(heard, found.name))
    content = {
        "file": args.file,
        "page": str(path) if path else None,
        **analysis.as_json(heard),
        "chart": analysis.chart(heard),
    }
    lines = [*shared.table([*summary(heard), ("wrote", str(path or ""))])]
    if args.chords:
        lines += ["", *analysis.chart_lines(heard)]
    status = shared.tell(args, content, lines)
    if args.open and path is not None:
        webbrowser.open(path.resolve().as_uri())
    return status
