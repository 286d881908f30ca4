"""`antiphon sessions`: the jams that were recorded, and one part of a jam as a MIDI file.

Also how every command that takes a session finds it. What was recorded is never changed here.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.config import load
from antiphon.daemon.controls import nearest
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import journal
from antiphon.daemon.session.tracks import PLAYED, data_of, midi_file, tracks
from antiphon.daemon.shell.handles import Handle

BOTH = "both"


@dataclass(frozen=True, slots=True)
class Session:
    """One jam: its folder, how long it lasted in seconds, and the notes of either part."""

    folder: str
    length_s: float
    player_notes: int
    machine_notes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon sessions`."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="where jams are kept"
    )
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print them as JSON")
    how.add_argument("--names", action="store_true", help="print their names alone, at once")


def main(args: argparse.Namespace) -> int:
    """Print one line a session; nothing if there is none."""
    parent = args.folder or kept_in(args)
    if args.names:
        sys.stdout.writelines(f"{folder.name}\n" for folder in folders(parent))
        return 0
    found = sessions(parent)
    if args.json:
        sys.stdout.write(json.dumps([asdict(session) for session in found], indent=2) + "\n")
        return 0
    for session in found:
        minutes, seconds = divmod(round(session.length_s), 60)
        sys.stdout.write(
            f"{session.folder}  {minutes}:{seconds:02}  {session.player_notes} notes of yours, "
            f"{session.machine_notes} of the machine\n"
        )
    return 0


def sessions(parent: Path) -> list[Session]:
    """The sessions in a folder, by name, which is by date."""
    return [looked_at(folder) for folder in folders(parent)]


def folders(parent: Path) -> list[Path]:
    """Their folders."""
    return [path.parent for path in sorted(parent.glob(f"*/{journal.JOURNAL}"))]


def looked_at(folder: Path) -> Session:
    """One session, from its journal as far as that can be read."""
    first: float | None = None
    last = 0.0
    notes = dict.fromkeys(PLAYED.values(), 0)
    for entry in journal.read(folder):
        first = entry["time"] if first is None else first
        last = max(last, entry["time"])
        if (part := PLAYED.get(entry["is"])) and midi.is_note_on(data_of(entry)):
            notes[part] += 1
    length_s = 0.0 if first is None else last - first
    return Session(str(folder), length_s, notes["player"], notes["machine"])


def kept_in(args: argparse.Namespace) -> Path:
    """Where the configuration keeps jams."""
    return Path(load(args.config).record.folder).expanduser()


def add_session_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a command that works on one session."""
    parser.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="a session's name or folder; the latest in which a note was played without it",
    )
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")


def chosen(args: argparse.Namespace) -> Path:
    """The folder of the session that is meant; raises `AntiphonError` naming the nearest."""
    parent = kept_in(args)
    if args.session is None:
        for folder in reversed(folders(parent)):
            found = looked_at(folder)
            if found.player_notes or found.machine_notes:
                return folder
        raise AntiphonError(f"no jam is recorded in {parent} yet: play with antiphon jam")
    for folder in (Path(args.session).expanduser(), parent / args.session):
        if (folder / journal.JOURNAL).exists():
            return folder
    names = [folder.name for folder in folders(parent)]
    raise AntiphonError(
        f"no session {args.session!r}{nearest(args.session, names)} (antiphon sessions lists them)"
    )


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    add_session_arguments(parser)
    parser.add_argument(
        "--part",
        choices=(*reversed(PLAYED.values()), BOTH),
        default=PLAYED["Sent"],
        help="whose part (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: PART.mid in the session")


def _export(args: argparse.Namespace) -> int:
    folder = chosen(args)
    found = tracks(journal.read(folder))
    wanted = {name: timed for name, timed in found.items() if args.part in (name, BOTH)}
    if not any(wanted.values()):
        raise AntiphonError(f"{folder}: there is nothing in that part")
    path = args.out or folder / f"{args.part}.mid"
    try:
        journal.save(midi_file(wanted), path)
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be written ({error.strerror})") from None
    answer = {"session": str(folder), "part": args.part, "file": str(path)}
    sys.stdout.write(json.dumps(answer) + "\n" if args.json else f"wrote {path}\n")
    return 0


EXPORT = Handle(_export_arguments, _export)
