import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.control import Server, Table

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


class Stand:
    """Answers as a daemon does that may record."""

    def __init__(self) -> None:
        self.recording: str | None = None
        self.played = True

    def answer(self, request: Table, _: int) -> Table:
        if request["do"] == "keep":
            if not self.played:
                raise AntiphonError("nothing was played")
            return {"kept": "/jams/1_kept"}
        if "on" in request:
            self.recording = "/jams/2" if request["on"] else None
        return {"recording": self.recording}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


@pytest.fixture
def stand(path: Path) -> Iterator[Stand]:
    stand = Stand()
    with Server(path, stand.answer):
        yield stand


@pytest.mark.usefixtures("stand")
def test_a_recording_is_begun_and_ended(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert cli.main(["record", *words, "--socket", str(path)]) == 0
        return capsys.readouterr().out

    assert said() == "not recording\n"
    assert said("on") == said() == "recording in /jams/2\n"
    assert json.loads(said("off", "--json")) == {"recording": None}


def test_keep_says_where(stand: Stand, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["keep", "--socket", str(path)]
    assert cli.main(words) == 0
    assert capsys.readouterr().out == "kept in /jams/1_kept\n"
    stand.played = False
    assert cli.main(words) == 2
    assert capsys.readouterr().err == "antiphon: nothing was played\n"
