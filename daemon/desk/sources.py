"""Where a piece comes from: a MIDI file, a recorded session, text, ABC, or music typed as it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon.desk import abc_tunes, midi_files, text
from antiphon.daemon.desk.piece import Piece
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import journal
from antiphon.daemon.session.tracks import midi_file, tracks

MIDI_ENDINGS: Final = (".mid", ".midi", ".kar", ".smf")
ABC_ENDINGS: Final = (".abc",)
TEXT_ENDINGS: Final = (".txt", ".text")
LARGEST_TEXT: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A piece, what it is called, and where new files about it belong."""

    piece: Piece
    name: str
    folder: Path
    kind: str


def load(argument: str | Path, sessions: Path | None = None) -> Source:
    """The piece that is meant: a file, a session's folder or name, or music in text.

    `sessions` is the folder in which names of sessions are looked for. Raises AntiphonError.
    """
    words, path = str(argument), Path(argument).expanduser()
    if isinstance(argument, str) and text.looks_like_text(words) and not _exists(path):
        return Source(text.read(words, "music"), "music", Path(), "text")
    for folder in (path, *([sessions / words] if sessions else [])):
        if (folder / journal.JOURNAL).exists():
            return _session(folder)
    if path.is_dir():
        raise AntiphonError(f"{path} is a folder without a session; give a file")
    if not _exists(path):
        raise AntiphonError(
            f"{path}: there is no such file or session; give a MIDI file, text, or notes "
            "as in 'C4:0,1 E4:1,1'"
        )
    ending = path.suffix.lower()
    if ending in MIDI_ENDINGS or _begins_like_midi(path):
        return Source(midi_files.read(path), path.stem, path.parent, "midi")
    content = _content(path)
    if ending in ABC_ENDINGS:
        return Source(abc_tunes.read(content, str(path)), path.stem, path.parent, "abc")
    return Source(text.read(content, str(path)), path.stem, path.parent, "text")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than any name of a file
        return False


def _session(folder: Path) -> Source:
    found = midi_file(tracks(journal.read(folder)))
    piece = midi_files.piece_of(found, folder)
    measured = Piece(piece.grid, piece.parts, piece.tempos, (), piece.end, {}, is_measured=True)
    return Source(measured, folder.name, folder, "session")


def _begins_like_midi(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"MThd", b"RIFF")
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be read ({error.strerror})") from None


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_TEXT:
            raise AntiphonError(f"{path}: too large for text; give a MIDI file")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise AntiphonError(f"{path}: neither a MIDI file nor text in UTF-8") from None
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be read ({error.strerror})") from None


def free_path(folder: Path, name: str) -> Path:
    """A path in a folder at which nothing stands: `name`, or with a number before its ending."""
    path = folder / name
    number = 2
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return path
