"""Tunes in ABC as pieces, and pieces as ABC, by way of symusic, which brings abcMIDI along."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from antiphon.daemon.desk import midi_files
from antiphon.daemon.desk.piece import Note, Part, Piece
from antiphon.daemon.errors import AntiphonError

LATE: Final = 1
"""abc2midi begins each note so many ticks late and ends it on time."""

_PLACE: Final = re.compile(r"Error in line-char (\d+)-(\d+) : (.*)")


def read(text: str, source: str) -> Piece:
    """The piece that a tune says, its repeats played.

    Raises AntiphonError with the line and what is wrong there.
    """
    symusic = _symusic()
    if not text.strip():
        raise AntiphonError(f"{source}: is empty; a tune begins with X:1 and ends its head with K:")
    with tempfile.TemporaryDirectory() as folder:
        tune, midi = Path(folder) / "tune.abc", Path(folder) / "tune.mid"
        tune.write_text(text, encoding="utf-8")
        with _printed() as printed:
            try:
                symusic.Score(tune, fmt="abc").dump_midi(midi)
                problem = ""
            except Exception as error:  # a RuntimeError, or whatever its reader lets out
                problem = str(error)
        match = _PLACE.search(printed())
        if match and (problem or not midi.exists()):
            line, column, why = match.groups()
            raise AntiphonError(f"{source}, line {line}, column {int(column) + 1}: {why}")
        if problem:
            raise AntiphonError(f"{source}: is no tune in ABC; it begins with X:1 and a line K:")
        piece = midi_files.read(midi)
    return Piece(
        grid=piece.grid,
        parts=tuple(_on_time(part) for part in piece.parts),
        tempos=piece.tempos,
        meters=piece.meters,
        end=piece.end,
    )


def _on_time(part: Part) -> Part:
    notes = (
        Note(start, note.key, note.end - start, note.velocity)
        for note in part.notes
        for start in [max(0, note.start - LATE)]
    )
    return Part(part.name, part.channel, tuple(notes), part.pedals, part.programs)


def written(piece: Piece, title: str, fifths: int = 0) -> str:
    """The piece as ABC, its key signature of so many sharps, or flats below 0.

    Exact for tunes on eighths, sixteenths and triplets; anything finer is rounded by midi2abc.
    """
    symusic = _symusic()
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "tune.mid"
        midi_files.write(piece, midi)
        with _printed() as printed:
            try:
                score: Any = symusic.Score(midi)
                score.key_signatures = symusic.core.KeySignatureTickList(
                    [symusic.KeySignature(0, fifths, 0)]
                )
                text = str(score.dumps_abc())
            except Exception as error:
                raise AntiphonError(f"cannot be written as ABC ({error})") from error
        printed()
    lines = [line for line in text.splitlines() if not line.startswith("T:")]
    head = next((place for place, line in enumerate(lines) if line.startswith("X:")), -1)
    lines[head + 1 : head + 1] = [f"T:{title}"]
    return "\n".join(line.split(" %")[0] for line in lines).rstrip() + "\n"


def _symusic() -> Any:
    try:
        import symusic
    except ModuleNotFoundError:
        raise AntiphonError("ABC needs symusic: pip install 'antiphon[desk]'") from None
    return symusic


@contextmanager
def _printed() -> Iterator[Any]:
    """What the programs that symusic starts print meanwhile, as a function that tells it."""
    sys.stdout.flush()
    with tempfile.TemporaryFile() as sink:
        kept = os.dup(1)
        os.dup2(sink.fileno(), 1)
        text: list[str] = []
        try:
            yield lambda: text[0] if text else ""
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            text.append(_content(sink))


def _content(sink: BinaryIO) -> str:
    sink.seek(0)
    return sink.read().decode("utf-8", "replace")
