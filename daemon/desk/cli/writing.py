"""What commands that write music share: the model, the seed, files, picture and sound."""

import argparse
from pathlib import Path
from typing import Any

from antiphon.daemon.desk.cli import shared
from antiphon.daemon.desk.midi_files import midi_file
from antiphon.daemon.desk.piece import Part, Piece
from antiphon.daemon.desk.sources import free_path
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine


def add_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """The options of every command that writes music."""
    shared.add_out_argument(parser, what)
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same")
    parser.add_argument("--takes", type=int, default=4, help="so many tries; the best is kept")
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="low is safe, high is daring (0.05 to 2)"
    )
    parser.add_argument("--model", default="", metavar="PATH", help="an exported model")
    parser.add_argument("--picture", action="store_true", help="a picture of it as well (PNG)")
    parser.add_argument("--sound", action="store_true", help="its sound as well (WAV)")


def check(args: argparse.Namespace) -> None:
    """Refuse what cannot be: AntiphonError."""
    if not 1 <= args.takes <= 64:
        raise AntiphonError(f"--takes {args.takes}: give 1 to 64")
    if not 0.05 <= args.temperature <= 2.0:
        raise AntiphonError(f"--temperature {args.temperature:g}: give 0.05 to 2")
    if args.seed < 0:
        raise AntiphonError(f"--seed {args.seed}: give a whole number from 0 on")


def engine(args: argparse.Namespace) -> Engine:
    """The model, on one thread of the processor: there it writes the same again."""
    from antiphon.daemon.performer.loading import load
    from antiphon.daemon.performer.providers import Provider

    return load(args.model, Provider.CPU.value, threads=1).engine


def write(args: argparse.Namespace, path: Path, piece: Piece, new: Part) -> list[Path]:
    """Write the piece, and what else was asked for; all that was written."""
    shared.write_midi(path, piece)
    written = [path]
    if args.picture:
        written.append(draw(piece, new, free_path(path.parent, f"{path.stem}.png")))
    if args.sound:
        from antiphon.daemon.demo.sound import render

        wav = free_path(path.parent, f"{path.stem}.wav")
        try:
            render(path, wav)
        except OSError as error:
            raise AntiphonError(f"{wav}: cannot be written ({error.strerror})") from None
        written.append(wav)
    return written


def draw(piece: Piece, new: Part, path: Path) -> Path:
    """A picture of what was there, in blue, and what is new, in orange."""
    from antiphon.daemon import smf
    from antiphon.daemon.show import picture

    old = [part for part in piece.parts if part is not new]
    parts = [_timed(piece, chosen) for chosen in (old, [new])]
    try:
        picture.draw([part for part in parts if smf.notes(part.messages)], path, path.stem, ())
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be written ({error.strerror})") from None
    return path


def _timed(piece: Piece, parts: list[Part]) -> Any:
    from antiphon.daemon import smf

    messages = []
    for track in midi_file(Piece(piece.grid, tuple(parts), end=piece.end)).tracks[1:]:
        tick = 0
        for message in track:
            tick += message.time
            if not message.is_meta:
                messages.append((float(piece.seconds(tick)), bytes(message.bytes())))
    return smf.Part("", tuple(sorted(messages, key=lambda item: item[0])))
