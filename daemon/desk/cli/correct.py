"""`antiphon correct`: what is probably wrong in a piece, and the piece put right, apart from it."""

import argparse
import time
from pathlib import Path
from typing import Any

from antiphon.daemon.desk import analysis, correcting
from antiphon.daemon.desk.cli import shared
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.show.score import clock
from antiphon.model.events import key_name

MOST_SHOWN = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon correct`."""
    shared.add_source_arguments(parser)
    shared.add_out_argument(parser, "NAME-corrected.mid beside the file")
    parser.add_argument(
        "--strictness", type=float, default=0.5, help="0 reports the surest alone, 1 much"
    )
    parser.add_argument("--report", action="store_true", help="report only, write no file")
    parser.add_argument("--model", default="", metavar="PATH", help="an exported model")


def main(args: argparse.Namespace) -> int:
    """Report, and write the corrected piece if anything was found; returns the exit code."""
    if not 0.0 <= args.strictness <= 1.0:
        raise AntiphonError(f"--strictness {args.strictness:g}: give 0 to 1")
    found = shared.source(args)
    path = None
    if not args.report:
        path = shared.new_path(args.out, found, f"{found.name}-corrected.mid")
    progress = shared.Progress("listening", time.monotonic)
    try:
        heard = analysis.analyse(found.piece, lambda share: progress(0.3 * share))
        report = correcting.correct(
            _engine(args), heard, args.strictness, lambda share: progress(0.3 + 0.7 * share)
        )
    finally:
        progress.end()
    written = path if report.findings else None
    if written is not None:
        shared.write_midi(written, report.piece)
    rows = [_row(heard, each) for each in report.findings]
    lines = [
        f"{'bar':>4} {'beat':>5} {'time':>6}  {'what':<11}{'key':<5}{'sure':>5}  why; instead",
        *(
            f"{row['bar']:>4} {row['beat']:>5.2f} {clock(row['time_s']):>6}  {row['what']:<11}"
            f"{row['key']:<5}{row['sure']:>5.0%}  {row['reason']}; {row['proposal']}"
            for row in rows[:MOST_SHOWN]
        ),
    ]
    if len(rows) > MOST_SHOWN:
        lines.append(f"and {len(rows) - MOST_SHOWN} more (--json tells all)")
    if not rows:
        lines = ["nothing was found that is probably wrong"]
    elif written is not None:
        lines.append(f"wrote {written}")
    told = {
        "file": args.file,
        "written": str(written) if written else None,
        "strictness": args.strictness,
        "findings": rows,
    }
    return shared.tell(args, told, lines)


def _engine(args: argparse.Namespace) -> Engine:
    from antiphon.daemon.performer.engine import OnnxEngine
    from antiphon.daemon.performer.loading import shipped_model

    path = Path(args.model).expanduser() if args.model else shipped_model()
    return OnnxEngine(path, tells_all=True)


def _row(heard: analysis.Analysis, each: correcting.Finding) -> dict[str, Any]:
    beats = heard.beats
    bar = heard.bar_of(each.time_s)
    at = float(beats.at(each.time_s)) - float(beats.at(beats.bars_s[bar - 1]))
    return {
        "bar": bar,
        "beat": round(at + 1, 2),
        "time_s": round(each.time_s, 3),
        "what": each.what,
        "key": key_name(each.key),
        "sure": round(each.sure, 2),
        "reason": each.reason,
        "proposal": _proposal(heard, each),
    }


def _proposal(heard: analysis.Analysis, each: correcting.Finding) -> str:
    if each.proposal is None:
        return "leave it out"
    name = key_name(each.proposal.key)
    if each.what == "late":
        moved_s = each.time_s - float(heard.piece.seconds(each.proposal.start))
        return f"{1000 * moved_s:.0f} ms earlier"
    return f"add {name}" if each.what == "missing" else name
