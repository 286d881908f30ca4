"""What becomes of what happens: a journal while recording is on, and always the latest two minutes.

Every thread that plays tells it, so telling only puts on queues. What is on the disk is opened and
ended by whoever asks for it, never under the lock for which notes wait.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from antiphon.daemon import controls
from antiphon.daemon.clock import Clock
from antiphon.daemon.config import Config
from antiphon.daemon.configtext import to_toml
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session import journal
from antiphon.daemon.session.tracks import PLAYED

KEEP_S = 120.0
"""How much is remembered though nobody pressed record."""

_MOST_KEPT = 30_000
"""A stream of bends must not fill the memory."""

SETTINGS_FILE = "settings.toml"
_ABOUT_SETTINGS = "# The settings of this jam. With them: antiphon run --config settings.toml"

_WRITTEN_S = 3.0
_ENDING = "_kept"

_FOR_REPLAY = {"Ask", "Took", "Began", "Deed", "Schedule", "Voices", "Cancel", "Withdrawn"}
"""Of use only from the beginning of a jam on."""

Entry = tuple[float, dict[str, Any]]


class Latest:
    """The entries of the latest `KEEP_S` but what only a replay needs, and what was so before."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = dict(values)
        """The controls as they are."""
        self.ready: list[Entry] = []
        """Which model plays, once it is known."""
        self._values_before = dict(values)
        self._entries: deque[Entry] = deque()

    def add(self, time: float, content: dict[str, Any]) -> None:
        """Remember an entry, and forget what is too old."""
        kind = content["is"]
        if kind == "Ready":
            self.ready = [(time, content)]
        elif kind not in _FOR_REPLAY:
            self._entries.append((time, content))
        if kind == "Settings":
            self.values.update(content["values"])
        while self._entries and self._is_past(self._entries[0], time):
            _, past = self._entries.popleft()
            if past["is"] == "Settings":
                self._values_before.update(past["values"])

    def story(self) -> tuple[dict[str, Value], list[Entry]]:
        """The controls as they were, and what happened since, oldest first."""
        return dict(self._values_before), [*self.ready, *self._entries]

    def _is_past(self, entry: Entry, now: float) -> bool:
        return entry[0] < now - KEEP_S or len(self._entries) > _MOST_KEPT


class Recorder:
    """Records one running daemon: on and off while it plays, and the latest at any time.

    A context manager: entering starts recording if the settings say so, leaving waits until all is
    written. `about` goes into the first entry of every journal, `config` into a file beside it.
    """

    def __init__(
        self,
        config: Config,
        about: Mapping[str, Any],
        clock: Clock,
        trouble: Callable[[str], None],
    ) -> None:
        self._config = replace(config, engine=replace(config.engine, seed=about["seed"]))
        self._parent = Path(config.record.folder).expanduser()
        self._from_start = config.record.enabled
        self._about = about
        self._clock = clock
        self._trouble = trouble
        self._latest = Latest(about["controls"])
        self._journal: journal.Journal | None = None
        self._ended: list[journal.Journal] = []
        self._dropped = 0
        self._lock = threading.Lock()
        self._switching = threading.Lock()

    @property
    def folder(self) -> Path | None:
        """Where it records; None while it does not."""
        opened = self._journal
        return opened.folder if opened else None

    @property
    def dropped(self) -> int:
        """How many entries were lost because the disk did not keep up."""
        opened = self._journal
        unfinished = [*self._ended, *([opened] if opened else [])]
        return self._dropped + sum(one.dropped for one in unfinished)

    def __enter__(self) -> Self:
        """Start recording, if the settings say so; where that fails, playing goes on."""
        if self._from_start:
            try:
                self._start({})
            except AntiphonError as error:
                self._trouble(f"nothing is recorded, playing goes on: {error}")
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left."""
        self.stop()
        for ended in self._ended:
            ended.wait(None)

    def remark(self, time: float, content: dict[str, Any]) -> None:
        """Something happened; `time` is when, unless the entry has a time of its own."""
        with self._lock:
            self._latest.add(time, content)
            if self._journal:
                self._journal.remark(time, content)

    def began(self, time: float, values: Mapping[str, Value], forgets: bool) -> None:
        """A performer begins, with these settings; whether the history was given up first."""
        self.remark(time, {"is": "Began", "values": dict(values), "forgets": forgets})

    def start(self) -> Path:
        """Record from now on, in which folder; raises `AntiphonError` if that cannot be."""
        with self._switching:
            return self.folder or self._start(journal.MIDWAY)

    def stop(self) -> Path | None:
        """Record no more; the folder of what was recorded, if anything was."""
        with self._switching:
            with self._lock:
                ended, self._journal = self._journal, None
            if ended is None:
                return None
            ended.finish()
            self._let_go()
            self._ended.append(ended)
            return ended.folder

    def keep(self) -> Path:
        """Save the latest as a session of its own, in which folder; raises `AntiphonError`."""
        with self._lock:
            values, story = self._latest.story()
        times = [content["time"] for _, content in story if content["is"] in PLAYED]
        if not times:
            raise AntiphonError(f"nothing was played in the last {KEEP_S / 60:g} minutes")
        kept = self._opened(values, _ENDING)
        kept.remark(min(times), self._header(journal.MIDWAY, values))
        for time, content in story:
            # Settings may have been made before the first note.
            kept.remark(max(time, min(times)), content)
        kept.start()
        kept.finish()
        kept.wait(_WRITTEN_S)
        return kept.folder

    def _start(self, how: Mapping[str, Any]) -> Path:
        opened = self._opened(self._latest.values)
        with self._lock:
            now = self._clock.now()
            opened.remark(now, self._header(how, self._latest.values))
            for _, content in self._latest.ready:
                opened.remark(now, content)
            self._journal = opened
        opened.start()
        return opened.folder

    def _let_go(self) -> None:
        """Forget what has been written: who records on and off all day must not collect that."""
        written = [one for one in self._ended if one.wait(0)]
        self._dropped += sum(one.dropped for one in written)
        self._ended = [one for one in self._ended if one not in written]

    def _opened(self, values: Mapping[str, Value], ending: str = "") -> journal.Journal:
        folder = journal.new_folder(self._parent, datetime.now().astimezone(), ending)
        config = replace(self._config, controls=controls.from_values(values))
        _, _, text = to_toml(config).partition("\n")
        try:
            (folder / SETTINGS_FILE).write_text(f"{_ABOUT_SETTINGS}\n{text}", encoding="utf-8")
        except OSError as error:
            self._trouble(f"cannot write {folder / SETTINGS_FILE}: {error.strerror}")
        return journal.Journal(folder, self._trouble)

    def _header(self, how: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
        about = {**self._about, "controls": dict(values), **how}
        return journal.header(about, datetime.now().astimezone())
