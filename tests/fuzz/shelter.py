"""Where the targets run: a folder of their own, and a session process that writes to no disk."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from antiphon.daemon.session import journal, memory
from tests.daemon.session.unthreaded import Process

CASES_A_PROCESS = 200


@cache
def folder() -> Path:
    """A folder for the files that are read."""
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def file(name: str, data: bytes) -> Path:
    """A file of that content in it."""
    path = folder() / name
    path.write_bytes(data)
    return path


class _Shared:
    """A process that serves many cases: to begin one takes longer than most cases do."""

    def __init__(self) -> None:
        self.process = Process(folder())
        self.cases: list[bytes] = []

    def close(self) -> None:
        self.process.close()
        assert not self.process.listener.hears_something


_shared: list[_Shared] = []


@contextmanager
def process(data: bytes) -> Iterator[Process]:
    """A session process for a case."""
    if not _shared:
        _shared.append(_Shared())
    [shared] = _shared
    shared.cases.append(data)
    try:
        yield shared.process
        assert not shared.process.listener.struck_twice
        if len(shared.cases) == CASES_A_PROCESS:
            _shared.clear()
            shared.close()
    except BaseException as error:
        error.add_note(f"The cases of this process, in order: {shared.cases}")
        _shared.clear()
        shared.process.sounding.close()
        raise


@contextmanager
def sheltered() -> Iterator[None]:
    """Within it the targets may run: nothing is written but into that folder."""
    with (
        mock.patch.multiple(journal.Journal, start=lambda _: None, wait=lambda *_: True),
        mock.patch.object(journal, "new_folder", lambda *_: folder()),
        mock.patch.object(memory, "resident_mb", lambda _: None),
    ):
        yield
        while _shared:
            _shared.pop().close()
    shutil.rmtree(folder())
    folder.cache_clear()
