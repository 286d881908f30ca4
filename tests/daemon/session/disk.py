"""A disk that may be full, and whether what was recorded on it is whole."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from unittest import mock

import mido

from antiphon.daemon.session import durable, journal


class Disk:
    """What journals are written to."""

    def __init__(self) -> None:
        self.room: int | None = None
        """How many bytes it has left, if that is told."""

    def write(self, file: BinaryIO, lines: bytes) -> None:
        """As `durable.write`, as far as there is room."""
        fits = lines if self.room is None else lines[: self.room]
        file.write(fits)
        if self.room is not None:
            self.room -= len(fits)
        if len(fits) < len(lines):
            raise OSError(errno.ENOSPC, "No space left on device")

    def check(self, path: Path) -> None:
        """Whether a journal can be mended and read."""
        durable.mend(path)
        lines = path.read_bytes().splitlines()
        entries = list(journal.read(path.parent))
        assert len(entries) == len(lines), "a line cannot be read"
        if self.room is None:
            assert entries[0]["is"] == "Session"
            assert (path.parent / journal.MIDI_FILE).exists()
        if any(entry["is"] == "Sent" for entry in entries):
            assert len(mido.MidiFile(journal.write_midi(path.parent)).tracks) == 2


@contextmanager
def disk() -> Iterator[Disk]:
    """Within it, journals are written to such a disk."""
    made = Disk()
    with (
        mock.patch.object(durable, "write", made.write),
        mock.patch.object(durable, "sync", lambda _: None),
    ):
        yield made
