import argparse
import socket
import sys
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import app as panel
from antiphon.daemon.panel import jam, terminal
from antiphon.daemon.panel.looks import ASCII, Look
from antiphon.daemon.session import control, sockets
from antiphon.daemon.session.control import Server

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")

DAEMON = """
import sys, threading
from pathlib import Path
from antiphon.daemon.session.control import Server
owners, over = [], threading.Event()

def answer(request, client):
    if request["do"] == "own":
        owners.append(client)
    return {"done": request["do"]}

def gone(client):
    if client in owners:
        over.set()

with Server(Path(sys.argv[1]), answer, gone):
    over.wait()
"""
REFUSES = "import sys; sys.exit('warming up\\nantiphon: no port has organ in its name')"


def test_a_daemon_of_our_own_ends_with_us(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with jam.started([sys.executable, "-c", DAEMON, str(path)], path, MonotonicClock()):
        assert control.ask(path, {"do": "status"}) == {"done": "status"}
    assert not path.exists()


def test_an_exception_ends_it_too(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    command = [sys.executable, "-c", DAEMON, str(path)]
    with pytest.raises(RuntimeError), jam.started(command, path, MonotonicClock()):
        raise RuntimeError
    assert not path.exists()


def test_what_it_complains_of_is_passed_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", REFUSES]
    with (
        pytest.raises(AntiphonError, match=r"^no port has organ in its name$"),
        jam.started(command, tmp_path / "control.sock", MonotonicClock()),
    ):
        pass


def test_one_that_runs_already_is_shown_and_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "control.sock"
    shown: list[Path] = []

    def show(path: Path, _: Look) -> int:
        shown.append(path)
        return 0

    monkeypatch.setattr(terminal, "look", lambda _: ASCII)
    monkeypatch.setattr(panel, "show", show)
    with Server(path, lambda request, _: {"done": request["do"]}):
        assert cli.main(["jam", "--socket", str(path)]) == 0
        assert sockets.answers(path)
    assert shown == [path]


def test_the_options_go_on_to_the_daemon() -> None:
    parser = argparse.ArgumentParser()
    jam.add_arguments(parser)
    words = ["--backend", "jack", "--input", "a b", "--no-record", "--ascii", "--config", "c.toml"]
    made = jam.command(parser.parse_args(words), Path("s"))
    given = made[made.index("run") :]
    assert given == [
        *("run", "--socket", "s", "--config", "c.toml", "--backend", "jack"),
        *("--input", "a b", "--no-record"),
    ]
