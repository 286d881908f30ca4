"""What the daemon says: on standard error, and in a file of JSON lines that stays small.

Whoever says something only puts it on a queue; a thread of its own writes. What was played is never
in it. What is said there is a line for the user, with figures beside it where there are some.
"""

import json
import logging
import logging.handlers
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.config import LogSettings

NAME: Final = "antiphon"
MOST_BYTES: Final = 1_000_000
KEPT: Final = 2
"""So many files of that size are kept besides the one that is written."""
_MOST_WAITING: Final = 1000
"""Beyond this a line is dropped: with a stuck disk or terminal, notes come first."""
_FAREWELL_S: Final = 1.0


@contextmanager
def kept(settings: LogSettings) -> Iterator["Log"]:
    """Everything that is said by `logging` goes where the settings have it."""
    log = Log(settings)
    log.begin()
    try:
        yield log
    finally:
        log.end()


def say(text: str, level: int = logging.INFO, **figures: Any) -> None:
    """Say a line, with figures by name that only the file has."""
    logging.getLogger(NAME).log(level, "%s", text, extra={"figures": figures})


def files(settings: LogSettings) -> list[Path]:
    """The files that there are, the oldest first."""
    path = settings.path
    if path is None:
        return []
    older = [path.with_name(f"{path.name}.{number}") for number in range(KEPT, 0, -1)]
    return [found for found in (*older, path) if found.is_file()]


class Log:
    """A queue and the thread behind it."""

    def __init__(self, settings: LogSettings) -> None:
        self._queue: queue.SimpleQueue[logging.LogRecord | None] = queue.SimpleQueue()
        self._targets: list[logging.Handler] = [_terminal(settings)]
        self._queued = _Queued(self._queue)
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._root = logging.getLogger()
        self._before = self._root.level
        problem = ""
        if (path := settings.path) is not None:
            try:
                self._targets.append(_file(path))
            except OSError as error:
                problem = f"no log is kept in {path}: {error.strerror}"
        self._problem = problem

    def begin(self) -> None:
        """Take in what is said from now on."""
        self._root.addHandler(self._queued)
        self._root.setLevel(min(target.level for target in self._targets))
        self._thread.start()
        if self._problem:
            say(self._problem, logging.WARNING)

    def end(self) -> None:
        """Write what waits; a terminal that is stuck is not waited for."""
        self._root.removeHandler(self._queued)
        self._root.setLevel(self._before)
        self._queue.put(None)
        self._thread.join(_FAREWELL_S)

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            for target in self._targets:
                if record.levelno >= target.level:
                    target.handle(record)
        for target in self._targets:
            target.close()


class _Queued(logging.handlers.QueueHandler):
    dropped = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        # A `SimpleQueue`, as `Log` makes it; `logging` knows of more kinds.
        waiting: queue.SimpleQueue[logging.LogRecord | None] = self.queue  # type: ignore[assignment]
        if waiting.qsize() >= _MOST_WAITING:
            _Queued.dropped += 1
        else:
            waiting.put(record)


def dropped() -> int:
    """How many lines were dropped in this process because nobody took them."""
    return _Queued.dropped


class _Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.process,
            "from": record.name,
            "says": record.message,
            **getattr(record, "figures", {}),
        }
        return json.dumps(content, ensure_ascii=False)


class _OwnFile(logging.handlers.RotatingFileHandler):
    """Files that nobody else can read."""

    def _open(self) -> TextIOWrapper:
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, "a", encoding="utf-8", opener=opener)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own)
        """A full disk is no reason to fill the terminal."""


def _terminal(settings: LogSettings) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("antiphon: %(message)s"))
    handler.setLevel(settings.level.upper())
    return handler


def _file(path: Path) -> logging.Handler:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _OwnFile(path, maxBytes=MOST_BYTES, backupCount=KEPT)
    handler.setFormatter(_Lines())
    handler.setLevel(logging.INFO)
    return handler
