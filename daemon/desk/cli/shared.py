"""What the desk's commands share: how they are given a piece, where they write, how they tell."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from antiphon.daemon import wholefile
from antiphon.daemon.desk import midi_files
from antiphon.daemon.desk.piece import Piece
from antiphon.daemon.desk.sources import Source, free_path, load
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.shell.sessions import kept_in

Item = TypeVar("Item")


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that works on a piece."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a MIDI file, a recorded session, text, ABC, or notes as in 'C4:0,1 E4:1,1'",
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")


def add_out_argument(parser: argparse.ArgumentParser, what: str) -> None:
    """Where the command writes."""
    parser.add_argument("--out", type=Path, metavar="PATH", help=f"default: {what}")


def source(args: argparse.Namespace) -> Source:
    """The piece that the command was given."""
    try:
        sessions = kept_in(args)
    except AntiphonError:
        if args.config:
            raise
        sessions = None
    return load(args.file, sessions)


def new_path(out: Path | None, found: Source, name: str) -> Path:
    """Where to write: what was asked for if nothing stands there, otherwise beside the source."""
    if out is None:
        return free_path(found.folder, name)
    if out.exists():
        raise AntiphonError(f"{out} is there already, and nothing is overwritten; name another")
    return out


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    try:
        wholefile.write(path, text)
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be written ({error.strerror})") from None


def write_midi(path: Path, piece: Piece) -> None:
    """Write a piece as a MIDI file, whole or not at all."""
    midi_files.write(piece, path)


def tell(args: argparse.Namespace, content: Mapping[str, Any], lines: Iterable[str]) -> int:
    """Print what was done in words, or as JSON if that was asked for; the exit code."""
    if args.json:
        sys.stdout.write(json.dumps(content, default=str) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Rows of two columns, aligned; those without a second are left out."""
    shown = [(name, value) for name, value in rows if value]
    width = max((len(name) for name, _ in shown), default=0)
    return (f"{name:<{width}}  {value}" for name, value in shown)


def left_out(piece: Piece) -> str:
    """What of the file the desk does not work with, in words."""
    return ", ".join(
        f"{count} {what.removesuffix('s') if count == 1 and what != 'lyrics' else what}"
        for what, count in sorted(piece.left_out.items())
    )


class Progress:
    """A bar on a terminal's error output, once a command has taken for longer than a second."""

    def __init__(self, what: str, clock: Callable[[], float]) -> None:
        self._what, self._clock = what, clock
        self._began = clock()
        self._shown = -1
        self._is_shown = sys.stderr.isatty()

    def __call__(self, share: float) -> None:
        """So much of it is done, 0 to 1."""
        percent = int(100 * min(max(share, 0.0), 1.0))
        late = self._clock() - self._began > 1.0
        if self._is_shown and (late or self._shown >= 0) and percent != self._shown:
            self._shown = percent
            done = percent * 30 // 100
            bar = "#" * done + "." * (30 - done)
            sys.stderr.write(f"\r{self._what} [{bar}] {percent:3} %")
            sys.stderr.flush()

    def end(self) -> None:
        """Clear the bar's line."""
        if self._shown >= 0:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
