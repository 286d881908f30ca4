"""What a player liked, and did not: a file of their own beside the jams, read at the start.

Written whole by a thread of its own, so that nobody who plays waits for the disk, and a file that
is cut short never takes the place of a whole one.
"""

import json
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from antiphon.daemon import messages, midi, wholefile, wire
from antiphon.daemon.clock import Clock
from antiphon.daemon.config import RecordSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import LONGEST_VERDICT, MOST_VERDICTS, Verdict
from antiphon.daemon.presets import checked

VERSION = 1
FOLDER = "players"

_LARGEST = 2_000_000
"""Bytes; a file of ours never comes near."""

_LONGEST_S = 60.0


def place(settings: RecordSettings) -> Path | None:
    """The file of the settings' player, None if there is none; raises `AntiphonError`."""
    if not settings.player:
        return None
    try:
        name = checked(settings.player)
    except AntiphonError:
        raise AntiphonError(
            f"[record] player = {settings.player!r}: letters, digits, - and _ can name a player"
        ) from None
    return Path(settings.folder).expanduser() / FOLDER / f"{name}.json"


def to_json(verdicts: Iterable[Verdict]) -> str:
    """The text of a file; `from_json` gives the verdicts back."""
    rows = [wire.as_table(verdict) for verdict in verdicts]
    return json.dumps({"version": VERSION, "verdicts": rows}, separators=(",", ":")) + "\n"


def from_json(text: str) -> list[Verdict]:
    """The verdicts of a file; raises `AntiphonError` for anything that `to_json` cannot make."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            raise AntiphonError(f"of version {content['version']!r}, not {VERSION}")
        found = [_verdict(row) for row in content["verdicts"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AntiphonError(f"damaged ({error!r})") from None
    return found[-MOST_VERDICTS:]


def _verdict(row: Any) -> Verdict:
    verdict = wire.from_table(row)
    if not isinstance(verdict, Verdict) or len(verdict.messages) > LONGEST_VERDICT:
        raise ValueError("not a verdict")
    for time_s, data in verdict.messages:
        if not 0.0 <= time_s <= _LONGEST_S or not midi.is_performed(data):
            raise ValueError(f"{data.hex()} at {time_s} s")
    return verdict


class Likings:
    """The verdicts of one player: entering reads the file, leaving waits until it is written.

    While playing, nothing here waits for the disk.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Clock,
        tell: Callable[[messages.ToPerformer], None],
        trouble: Callable[[str], None],
    ) -> None:
        self._path = path
        self._clock = clock
        self._tell = tell
        self._trouble = trouble
        self._lock = threading.Lock()
        self._verdicts: deque[Verdict] = deque(maxlen=MOST_VERDICTS)
        self._texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="likings", daemon=True)

    def __enter__(self) -> Self:
        """Read, and tell the performer; what cannot be read is put aside."""
        if self._path is not None:
            self._read(self._path)
        for verdict in self._verdicts:
            self._tell(verdict)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left."""
        self._texts.put(None)
        self._thread.join()

    def judge(self, *, good: bool) -> None:
        """Ask the performer what it is that was good, or was not."""
        self._tell(messages.Judge(self._clock.now(), good))

    def add(self, verdict: Verdict) -> None:
        """Keep what it answers, and have it learn that; the oldest may go.

        Raises `AntiphonError` for what could not be read again: it would cost all the others.
        """
        from_json(to_json([verdict]))
        with self._lock:
            self._verdicts.append(verdict)
            self._texts.put(to_json(self._verdicts))
        self._tell(verdict)

    def forget(self) -> None:
        """Keep none, and have the performer know none."""
        with self._lock:
            self._verdicts.clear()
            self._texts.put("")
        self._tell(messages.Forget(self._clock.now()))

    def _read(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise AntiphonError("far too large")
            self._verdicts.extend(from_json(content.decode()))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._path = None
            self._trouble(f"cannot read {path}: {error.strerror}; what you like is not kept")
        except (AntiphonError, UnicodeDecodeError) as error:
            aside = path.with_suffix(".unread")
            with suppress(OSError):
                path.replace(aside)
            self._trouble(f"{path} is {error}: put aside as {aside.name}, and begun anew")

    def _write_all(self) -> None:
        while (text := self._texts.get()) is not None:
            if self._path is not None:
                self._write(self._path, text)

    def _write(self, path: Path, text: str) -> None:
        try:
            if not text:
                path.unlink(missing_ok=True)
                return
            wholefile.write(path, text)
        except OSError as error:
            self._trouble(f"cannot write {path}: {error.strerror}; what you like is not kept")
