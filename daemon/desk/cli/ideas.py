"""`antiphon ideas`: a dozen beginnings, each as MIDI and picture, the best first."""

import argparse
import time
from pathlib import Path

from antiphon.daemon.controls import nearest
from antiphon.daemon.desk import analysis, composing, ideas
from antiphon.daemon.desk.cli import shared, writing
from antiphon.daemon.desk.piece import Part
from antiphon.daemon.desk.sources import Source, free_path
from antiphon.daemon.errors import AntiphonError

FASTEST, SLOWEST = 300.0, 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon ideas`."""
    parser.add_argument(
        "kind", nargs="?", choices=tuple(ideas.KINDS), default="melody", help="default: melody"
    )
    parser.add_argument("--count", type=int, default=12, help="so many (default: 12)")
    parser.add_argument("--key", help="as in C, Am, F# minor; any without it")
    parser.add_argument("--style", help="in this style")
    parser.add_argument("--mood", help=f"one of {', '.join(ideas.MOODS)}")
    parser.add_argument("--tempo", type=float, default=100.0, help="beats a minute")
    parser.add_argument("--bars", type=int, default=4, help="how long (default: 4)")
    parser.add_argument("--beats", type=int, default=4, help="beats a bar (default: 4)")
    parser.add_argument("--like", metavar="FILE", help="in the manner of a piece")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: ideas, here")
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same")
    parser.add_argument("--temperature", type=float, default=1.0, help="0.05 to 2")
    parser.add_argument("--model", default="", metavar="PATH", help="an exported model")
    parser.add_argument("--sound", action="store_true", help="their sound as well (WAV)")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")


def main(args: argparse.Namespace) -> int:
    """Write the ideas to a folder of their own, and list them; returns the exit code."""
    brief = _brief(args)
    like = None
    if args.like is not None:
        args.file = args.like
        like = analysis.analyse(shared.source(args).piece)
    folder = args.out or free_path(Path(), "ideas")
    if folder.exists():
        raise AntiphonError(f"{folder} is there already, and nothing is overwritten; name another")
    progress = shared.Progress("writing", time.monotonic)
    try:
        found = ideas.propose(writing.engine(args), brief, args.count, args.seed, like, progress)
    finally:
        progress.end()
    rows = []
    args.picture = True
    for number, idea in enumerate(found, start=1):
        path = shared.new_path(None, Source(idea.piece, "", folder, ""), f"{number:02}.mid")
        new: Part = idea.piece.parts[0]
        written = writing.write(args, path, idea.piece, new)
        rows.append(
            {
                "files": [str(each) for each in written],
                "score": round(idea.score, 2),
                "apart": round(idea.apart, 2),
                "notes": len(new.notes),
                "chords": idea.chart,
            }
        )
    lines = [f"{'':<4}{'score':>7}{'apart':>7}{'notes':>7}  chords"]
    lines += [
        f"{number:>2}  {row['score']:>7.2f}{row['apart']:>7.2f}{row['notes']:>7}  {row['chords']}"
        for number, row in enumerate(rows, start=1)
    ]
    lines.append(f"wrote {len(rows)} to {folder}, seed {args.seed}")
    return shared.tell(args, {"folder": str(folder), "seed": args.seed, "ideas": rows}, lines)


def _brief(args: argparse.Namespace) -> ideas.Brief:
    if not 1 <= args.count <= 100:
        raise AntiphonError(f"--count {args.count}: give 1 to 100")
    if not 1 <= args.bars <= 32:
        raise AntiphonError(f"--bars {args.bars}: give 1 to 32")
    if not 2 <= args.beats <= 7:
        raise AntiphonError(f"--beats {args.beats}: give 2 to 7")
    if not SLOWEST <= args.tempo <= FASTEST:
        raise AntiphonError(f"--tempo {args.tempo:g}: give {SLOWEST:g} to {FASTEST:g}")
    if not 0.05 <= args.temperature <= 2.0:
        raise AntiphonError(f"--temperature {args.temperature:g}: give 0.05 to 2")
    if args.seed < 0:
        raise AntiphonError(f"--seed {args.seed}: give a whole number from 0 on")
    if args.mood is not None and args.mood not in ideas.MOODS:
        known = ", ".join(ideas.MOODS)
        raise AntiphonError(
            f"no mood {args.mood!r}{nearest(args.mood, ideas.MOODS)} (there are: {known})"
        )
    return ideas.Brief(
        kind=args.kind,
        key=ideas.key_of(args.key) if args.key else None,
        style=composing.known_style(args.style),
        mood=args.mood,
        tempo=args.tempo,
        bars=args.bars,
        per_bar=args.beats,
        temperature=args.temperature,
    )
