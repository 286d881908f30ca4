"""The recording of a jam: a journal of all that happened, and from it a two-track MIDI file.

A thread of its own writes; whoever plays only puts on a queue. What is written here is never read
back while playing.
"""

import json
import math
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

import mido

from antiphon.daemon import messages, wholefile, wire
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import durable, tracks

JOURNAL, MIDI_FILE = "journal.jsonl", "session.mid"

MIDWAY = {"midway": True}
"""What the first entry says besides where the jam had begun already: it cannot be replayed."""

_ROUTINE = {"Ask", "Took"}
"""Goes on while nobody plays, when the disk should rest."""

_MOST_WAITING = 100_000
_MOST_AT_ONCE = 1000
_BUNCH_S = 0.05
"""So much is lost when the power fails, and the time of one write through to the disk."""


class Journal:
    """Writes one session; with a stuck disk it counts what it drops, and never waits for it."""

    def __init__(self, folder: Path, trouble: Callable[[str], None]) -> None:
        self.folder = folder
        self._trouble = trouble
        self._waiting: queue.SimpleQueue[tuple[float, dict[str, object]] | None] = (
            queue.SimpleQueue()
        )
        self._dropped = 0
        self._works = True
        self._finished = False
        self._matters = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def dropped(self) -> int:
        """How many entries were lost because the disk did not keep up."""
        return self._dropped

    def __enter__(self) -> Self:
        """Start writing; the folder is there already."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left, and the MIDI file."""
        self.finish()
        self.wait(None)

    def start(self) -> None:
        """Write what waits already, and what comes."""
        self._thread.start()

    def finish(self) -> None:
        """Take nothing more; what is left and the MIDI file are written meanwhile."""
        self._ending.set()
        self._waiting.put(None)

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until all is written; whether it is."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def write(self, time: float, message: messages.Message) -> None:
        """Keep a message that crossed between the processes; `time` where it has none itself."""
        self.remark(time, wire.as_table(message))

    def remark(self, time: float, content: dict[str, object]) -> None:
        """Keep an entry of any content."""
        if self._waiting.qsize() >= _MOST_WAITING:
            self._dropped += 1
        else:
            self._waiting.put((time, content))

    def _run(self) -> None:
        try:
            with durable.opened(self.folder / JOURNAL) as file:
                self._write_to(file)
            if self._works:
                write_midi(self.folder)
            if self._dropped:
                lost = f"{self._dropped} events are missing, the disk was stuck"
                self._trouble(f"{self.folder}: {lost}")
        except (OSError, AntiphonError) as error:
            self._fail(error)
            self._write_to(None)

    def _write_to(self, file: BinaryIO | None) -> None:
        """Take entries until the end; once the disk has failed they are only taken."""
        while not self._finished:
            lines = b"".join(self._take())
            if file is None or not self._works or not lines:
                continue
            try:
                durable.write(file, lines)
                if self._matters:
                    durable.sync(file)
                    self._matters = False
            except OSError as error:
                self._fail(error)
            # What comes meanwhile goes out together: a disk takes few writes a second.
            self._ending.wait(_BUNCH_S)

    def _take(self) -> Iterator[bytes]:
        """Wait for the next entry; it and what more there is, as lines."""
        for _ in range(_MOST_AT_ONCE):
            entry = self._waiting.get()
            if entry is None:
                self._finished = True
                return
            time, content = entry
            self._matters = self._matters or content["is"] not in _ROUTINE
            yield json.dumps({"time": time, **content}).encode() + b"\n"
            if self._waiting.empty():
                return

    def _fail(self, error: Exception) -> None:
        if self._works:
            self._works = False
            self._trouble(f"the recording stops, playing goes on: {error}")


def new_folder(parent: Path, date: datetime, ending: str = "") -> Path:
    """Make the folder of a session, named by its date; raises `AntiphonError` if it cannot."""
    name = date.strftime("%Y-%m-%d_%H-%M-%S") + ending
    for number in range(1, 1000):
        folder = parent / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not parent.is_dir():
                raise AntiphonError(f"{parent} is not a folder: set folder in [record]") from None
        except OSError as error:
            raise AntiphonError(
                f"cannot record in {parent}: {error.strerror}; set folder in [record], or use "
                "--no-record"
            ) from None
        else:
            return folder
    raise AntiphonError(f"cannot make a new folder in {parent}")


def recover(parent: Path) -> list[Path]:
    """Repair sessions that were killed: cut a torn last line, write the MIDI file; which those are.

    One that is being recorded right now is left alone.
    """
    found = []
    for path in sorted(parent.glob(f"*/{JOURNAL}")):
        if not (path.parent / MIDI_FILE).exists():
            try:
                if durable.mend(path):
                    found.append(write_midi(path.parent))
            except (OSError, AntiphonError):
                # Somebody else's folder, or a full disk: no reason not to play.
                continue
    return found


def write_midi(folder: Path) -> Path:
    """Write the MIDI file of a session from its journal, which may end in the middle of a line.

    Two tracks, the player's and the machine's, from the time at which the session started. Raises
    `AntiphonError` if there is no journal.
    """
    path = folder / MIDI_FILE
    save(tracks.midi_file(tracks.tracks(read(folder))), path)
    return path


def save(file: mido.MidiFile, path: Path) -> None:
    """Write a MIDI file; whoever opens it sees a whole one."""
    with wholefile.replaced(path) as unfinished:
        file.save(unfinished)


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """The entries of a session's journal; a damaged line is passed over."""
    path = folder / JOURNAL
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    entry = json.loads(line, parse_int=_whole, parse_constant=_whole)
                    yield {**entry, "is": str(entry["is"]), "time": _time(entry["time"])}
                except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
                    continue
    except FileNotFoundError:
        raise AntiphonError(f"{folder} holds no session: there is no {JOURNAL} in it") from None


def _whole(text: str) -> int:
    """A whole number that is no larger than any other can be; "NaN" is none."""
    number = int(text)
    float(number)
    return number


def _time(value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise ValueError(f"{value!r} is not a time")


def header(settings: Mapping[str, object], date: datetime) -> dict[str, object]:
    """The first entry of a journal."""
    return {"is": "Session", "date": date.isoformat(), "process": os.getpid(), **settings}
