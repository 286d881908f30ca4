import errno
import json
import os
import queue
import socket
import stat
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import control, sockets
from antiphon.daemon.session.control import Server, Table, ask, watch
from antiphon.daemon.session.sockets import connect_loopback, listen_loopback

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


def echo(request: Table, _: int) -> Table:
    if request.get("do") == "fail":
        raise AntiphonError("cannot do that")
    return {"got": request}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def raw(path: Path, data: bytes) -> bytes:
    """What the server says to bytes as they are, until it has hung up or said one line."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        connection.sendall(data)
        return connection.makefile("rb").readline()


def test_a_request_is_answered(path: Path) -> None:
    with Server(path, echo):
        assert ask(path, {"do": "status"}) == {"got": {"do": "status"}}


def test_an_error_comes_back_as_one(path: Path) -> None:
    with Server(path, echo), pytest.raises(AntiphonError, match="cannot do that"):
        ask(path, {"do": "fail"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"la la la\n", "not JSON"),
        (b"[1]\n", "a request is a JSON object"),
        (b"\xff\xfe\n", "not JSON"),
        (b"[" * 60_000 + b"\n", "not JSON"),
        (b" " * 70_000 + b"\n", "a line is at most"),
    ],
)
def test_nonsense_is_answered_with_an_error(path: Path, line: bytes, words: str) -> None:
    with Server(path, echo):
        assert words in json.loads(raw(path, line))["error"]
        assert ask(path, {"do": "status"})


def test_every_client_that_watches_sees_every_change(path: Path) -> None:
    with Server(path, echo) as server:
        first, second = watch(path), watch(path)
        assert next(first)["got"] == next(second)["got"] == {"do": "watch"}
        server.publish({"controls": {"style": "jazz"}})
        assert next(first) == next(second) == {"controls": {"style": "jazz"}}
    assert list(first) == []


def test_a_change_never_comes_before_the_answer_to_watch(path: Path) -> None:
    servers: list[Server] = []

    def answer(request: Table, _: int) -> Table:
        servers[0].publish({"changed": True})
        return {"got": request}

    with Server(path, answer) as server:
        servers.append(server)
        changes = watch(path)
        assert next(changes) == {"got": {"do": "watch"}}
        assert next(changes) == {"changed": True}


def test_only_the_user_can_connect(path: Path) -> None:
    with Server(path, echo):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_daemon_is_refused_and_the_first_goes_on(path: Path) -> None:
    with Server(path, echo):
        with pytest.raises(AntiphonError, match="antiphon runs already"), Server(path, echo):
            pass
        assert ask(path, {"do": "status"})


def test_a_socket_left_behind_is_replaced_and_removed(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with Server(path, echo):
        assert ask(path, {"do": "status"})
    assert not path.exists()


def test_another_file_is_left_alone(path: Path) -> None:
    path.write_text("a letter")
    with pytest.raises(AntiphonError, match="is there and is no socket"), Server(path, echo):
        pass
    assert path.read_text() == "a letter"


@pytest.mark.parametrize("name", ["none/control.sock", "x" * 120])
def test_a_path_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(AntiphonError, match="give --socket PATH"), Server(tmp_path / name, echo):
        pass


def test_without_a_daemon_it_says_what_to_do(path: Path) -> None:
    with pytest.raises(AntiphonError, match="start one with antiphon run"):
        ask(path, {"do": "status"})


def test_leaving_hangs_up_and_ends_the_threads(path: Path) -> None:
    with Server(path, echo), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(20)
        connection.sendall(b'{"do": "watch"}\n')
        lines = connection.makefile("rb")
        lines.readline()
    assert not [t for t in threading.enumerate() if t.name == "control"]


def test_a_client_that_does_not_read_is_hung_up_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_MOST_CHANGES_WAITING", 3)
    with Server(path, echo) as server:
        deaf = watch(path)
        next(deaf)
        for _ in range(2000):
            server.publish({"text": "x" * 5000})
        assert ask(path, {"do": "status"})
        assert len(list(deaf)) < 2000
        assert server.hung_up == 1


def test_twenty_that_watch_and_one_that_never_reads_hold_nobody_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_MOST_CHANGES_WAITING", 50)
    with Server(path, echo) as server:
        panels = [watch(path) for _ in range(20)]
        deaf = watch(path)
        for panel in (*panels, deaf):
            next(panel)
        for number in range(40):
            server.publish({"number": number, "text": "x" * 50_000})
        for panel in panels:
            assert [next(panel)["number"] for _ in range(40)] == list(range(40))
        assert ask(path, {"do": "status"})


def test_who_left_is_told_however_it_left(path: Path) -> None:
    left: queue.SimpleQueue[int] = queue.SimpleQueue()

    def number(_: Table, client: int) -> Table:
        return {"client": client}

    with Server(path, number, left.put):
        first = watch(path)
        held = next(first)["client"]
        asked = ask(path, {"do": "status"})["client"]
        assert held != asked
        assert left.get(timeout=20) == asked
        first.close()  # type: ignore[attr-defined]
        assert left.get(timeout=20) == held


def test_while_nobody_watches_nothing_is_kept(path: Path) -> None:
    with Server(path, echo) as server:
        before = server.watched
        server.publish({"number": 1})
        panel = watch(path)
        next(panel)
        assert (before, server.watched) == (False, True)
        server.publish({"number": 2})
        assert next(panel) == {"number": 2}


def test_the_default_is_in_the_users_runtime_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert sockets.default_path() == tmp_path / "antiphon" / "control.sock"
    assert stat.S_IMODE((tmp_path / "antiphon").stat().st_mode) == 0o700


def test_without_one_it_is_in_a_folder_of_the_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = sockets.default_path().parent
    assert folder == tmp_path / f"antiphon-{os.getuid()}"
    folder.chmod(0o777)
    with pytest.raises(AntiphonError, match="not a folder of yours alone"):
        sockets.default_path()


def _first_line(listener: socket.socket, got: Callable[[bytes], None]) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        got(lines.readline())


def test_where_there_are_no_unix_sockets_a_token_lets_in(path: Path) -> None:
    listener, token = listen_loopback(path)
    got: list[bytes] = []
    thread = threading.Thread(target=_first_line, args=(listener, got.append))
    thread.start()
    with listener, connect_loopback(path):
        thread.join(20)
    assert json.loads(got[0]) == {"token": token}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_goes_wrong_inside_is_told_and_ends_nothing(path: Path) -> None:
    def answer(request: Table, _: int) -> Table:
        return {"answer": request["missing"]}

    with Server(path, answer):
        for _ in range(2):
            with pytest.raises(AntiphonError, match="KeyError: 'missing'; please report this"):
                ask(path, {"do": "status"})


def test_another_user_is_shown_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "is_own", lambda _: False)
    with Server(path, echo), pytest.raises(AntiphonError):
        ask(path, {"do": "status"})


class _Peer:
    """One end of a connection, whose other end the system says to be this user's."""

    def __init__(self, user: int) -> None:
        self.user = user

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        assert (level, option, size) == (socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return struct.pack("3i", 1, self.user, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="asked otherwise elsewhere")
def test_the_system_says_who_is_at_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert sockets.is_own(near)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert [user for user in (0, 1000, 1001) if sockets.is_own(_Peer(user))] == [0, 1000]  # type: ignore[arg-type]


def test_there_is_room_for_so_many_and_then_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_MOST_CLIENTS", 2)
    left: queue.SimpleQueue[int] = queue.SimpleQueue()
    with Server(path, echo, left.put):
        clients = [watch(path), watch(path)]
        for client in clients:
            next(client)
        with pytest.raises(AntiphonError):
            ask(path, {"do": "status"})
        clients[0].close()  # type: ignore[attr-defined]
        left.get(timeout=20)
        assert ask(path, {"do": "status"})


class _Listener:
    """A listening socket whose first caller finds no file left."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._calls = 0

    def accept(self) -> tuple[socket.socket, object]:
        self._calls += 1
        if self._calls == 1:
            raise OSError(errno.EMFILE, "too many open files")
        return self._listener.accept()

    def close(self) -> None:
        self._listener.close()


def test_too_many_open_files_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sockets.listen

    def listen(where: Path) -> tuple[_Listener, str]:
        listener, token = real(where)
        return _Listener(listener), token

    monkeypatch.setattr(sockets, "listen", listen)
    with Server(path, echo):
        assert ask(path, {"do": "status"})


def test_who_asks_and_never_reads_is_hung_up_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PATIENCE_S", 1.0)
    left: queue.SimpleQueue[int] = queue.SimpleQueue()
    with (
        Server(path, lambda *_: {"text": "x" * 1_000_000}, left.put),
        socket.socket(socket.AF_UNIX) as deaf,
    ):
        deaf.connect(str(path))
        deaf.sendall(b'{"do": "status"}\n' * 10)
        left.get(timeout=20)
