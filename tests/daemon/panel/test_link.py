import queue
import socket
from pathlib import Path
from typing import Any

import pytest

from antiphon.daemon.panel import link
from antiphon.daemon.panel.link import Link
from antiphon.daemon.session.control import Server, Table

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


def echo(request: Table, _: int) -> Table:
    return {"got": request}


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> queue.SimpleQueue[dict[str, Any] | None]:
    monkeypatch.setattr(link, "AGAIN_S", 0.01)
    return queue.SimpleQueue()


def test_it_watches_sends_and_comes_back(
    tmp_path: Path, came: queue.SimpleQueue[dict[str, Any] | None]
) -> None:
    path = tmp_path / "control.sock"
    with Link(path, came.put, lambda: came.put(None)) as line:
        for _ in range(2):
            with Server(path, echo) as server:
                assert came.get(timeout=20) == {"got": {"do": "watch"}}
                assert line.send({"do": "panic"})
                assert came.get(timeout=20) == {"got": {"do": "panic"}}
                server.publish({"turn": "player"})
                assert came.get(timeout=20) == {"turn": "player"}
            assert came.get(timeout=20) is None


def test_without_a_daemon_it_waits_and_ends(
    tmp_path: Path, came: queue.SimpleQueue[dict[str, Any] | None]
) -> None:
    with Link(tmp_path / "none", came.put, lambda: came.put(None)) as line:
        for _ in range(500):
            line.send({"do": "panic"})
    assert came.empty()


def test_too_much_is_refused(tmp_path: Path) -> None:
    idle = Link(tmp_path / "none", lambda _: None, lambda: None)
    assert [idle.send({}) for _ in range(101)] == [True] * 100 + [False]
