"""`antiphon text`: music as text and back, by the notation of `desk.text`; tunes as ABC, too."""

import argparse
import sys
from pathlib import Path

from antiphon.daemon.desk import abc_tunes, text
from antiphon.daemon.desk.cli import shared
from antiphon.daemon.desk.sources import ABC_ENDINGS, MIDI_ENDINGS
from antiphon.daemon.errors import AntiphonError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon text`."""
    shared.add_source_arguments(parser)
    shared.add_out_argument(
        parser, "a MIDI file is printed as text, anything else becomes a MIDI file beside it"
    )
    parser.add_argument("--abc", action="store_true", help="print as ABC rather than as text")


def main(args: argparse.Namespace) -> int:
    """Write text for music, or music for text; returns the exit code."""
    found = shared.source(args)
    ending = args.out.suffix.lower() if args.out else ""
    prints = args.out is None and (args.abc or found.kind in ("midi", "session"))
    if prints or (args.out and ending not in MIDI_ENDINGS):
        as_abc = args.abc or ending in ABC_ENDINGS
        content = (
            abc_tunes.written(found.piece, found.name) if as_abc else text.written(found.piece)
        )
        if prints and not args.json:
            sys.stdout.write(content)
            if found.piece.left_out:
                sys.stderr.write(f"antiphon: left out: {shared.left_out(found.piece)}\n")
            return 0
        written: Path | None = None
        if args.out:
            written = shared.new_path(args.out, found, "")
            shared.write_text(written, content)
    else:
        if args.abc:
            raise AntiphonError(f"{args.out}: ABC is text; name a file that ends in .abc")
        content = ""
        written = shared.new_path(args.out, found, f"{found.name}.mid")
        shared.write_midi(written, found.piece)
    notes = sum(len(part.notes) for part in found.piece.parts)
    told = {
        "file": str(written) if written else None,
        "grid": found.piece.grid,
        "parts": len(found.piece.parts),
        "notes": notes,
        "left_out": dict(found.piece.left_out),
        "text": content if written is None else None,
    }
    rows = [
        ("parts", str(len(found.piece.parts))),
        ("notes", str(notes)),
        ("grid", f"{found.piece.grid} ticks a beat"),
        ("left out", shared.left_out(found.piece)),
        ("wrote", str(written or "")),
    ]
    return shared.tell(args, told, shared.table(rows))
