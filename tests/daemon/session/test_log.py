import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from antiphon.daemon.config import AUTO, LogSettings
from antiphon.daemon.session import log


@contextmanager
def kept(path: Path, level: str = "warning") -> Iterator[None]:
    # pytest's own handlers hear everything otherwise.
    with log.kept(LogSettings(level=level, file=str(path))):
        yield


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_in_the_file_with_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state" / "antiphon.log"
    with kept(path):
        log.say("the performer is ready", step_p50_ms=0.7)
        log.say("the input is lost", logging.WARNING)
    ready, lost = lines(path)
    assert (ready["says"], ready["step_p50_ms"], ready["level"]) == (
        *("the performer is ready", 0.7, "info"),
    )
    assert (lost["says"], lost["from"]) == ("the input is lost", "antiphon")
    assert lost["time"] > "2026"
    assert capsys.readouterr().err == "antiphon: the input is lost\n"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_it_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST_BYTES", 2000)
    path = tmp_path / "antiphon.log"
    with kept(path):
        for number in range(200):
            log.say(f"line {number}")
    found = log.files(LogSettings(file=str(path)))
    assert [file.name for file in found] == ["antiphon.log.2", "antiphon.log.1", "antiphon.log"]
    assert all(file.stat().st_size <= 2000 for file in found)
    assert lines(path)[-1]["says"] == "line 199"


def test_where_no_file_can_be_it_says_so_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with kept(tmp_path / "file" / "antiphon.log"):
        log.say("on it goes", logging.WARNING)
    complaint, line = capsys.readouterr().err.splitlines()
    assert "no log is kept in" in complaint
    assert line == "antiphon: on it goes"


def test_empty_keeps_none_and_auto_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert LogSettings(file="").path is None
    assert log.files(LogSettings(file="")) == []
    assert LogSettings(file=AUTO).path == tmp_path / "antiphon" / "antiphon.log"


def test_whoever_speaks_does_not_wait_for_a_stuck_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, said = threading.Event(), threading.Event()

    class Terminal:
        def write(self, _: str) -> None:
            said.set()
            stuck.wait()

        def flush(self) -> None:
            pass

    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setattr(log, "_FAREWELL_S", 0.0)
    monkeypatch.setattr(log._Queued, "dropped", 0)
    with kept(tmp_path / "antiphon.log"):
        log.say("stuck", logging.WARNING)
        said.wait()
        for _ in range(log._MOST_WAITING + 5):
            log.say("more", logging.WARNING)
    assert log.dropped() == 5
    stuck.set()
