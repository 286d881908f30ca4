import io
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.daemon import cli, controls
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.session.control import Server, Table
from antiphon.daemon.shell.watcher import told

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


class Stand:
    """Answers like a daemon that plays nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.controls = Controls()
        self.done: list[str] = []
        self.stopped = threading.Event()

    def answer(self, request: Table, _: int) -> Table:
        deed = request["do"]
        self.done.append(deed)
        if deed == "stop":
            self.stopped.set()
        if deed == "set":
            self.controls, changes = controls.changed(self.controls, request["values"])
            return {"controls": changes}
        return {"controls": as_values(self.controls)} if deed == "get" else {"done": deed}


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path / "control.sock")
    with Server(stand.path, stand.answer):
        yield stand


def run(stand: Stand, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main([*words, "--socket", str(stand.path)]) == 0
    return capsys.readouterr().out


def test_get_prints_what_set_takes(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stand, capsys, "get", "style", "density") == "style=any\ndensity=auto\n"
    assert run(stand, capsys, "get", "temperature").count("temperature_") == 3
    assert len(run(stand, capsys, "get").splitlines()) == len(controls.CONTROLS)
    assert json.loads(run(stand, capsys, "get", "density", "--json")) == {"density": None}


def test_mode_is_told_and_changed(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stand, capsys, "mode", "silent") == "silent\n"
    assert run(stand, capsys, "mode") == "silent\n"
    assert json.loads(run(stand, capsys, "mode", "reply", "--json")) == {"mode": "reply"}


def test_panic_says_nothing_when_it_worked(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stand, capsys, "panic") == ""
    assert json.loads(run(stand, capsys, "panic", "--json")) == {"done": "panic"}
    assert stand.done == ["panic", "panic"]


def test_stop_comes_back_when_the_daemon_is_gone(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "control.sock")
    ended: list[bool] = []

    def stop() -> None:
        assert cli.main(["stop", "--socket", str(stand.path)]) == 0
        ended.append(stand.path.exists())

    thread = threading.Thread(target=stop)
    with Server(stand.path, stand.answer):
        thread.start()
        assert stand.stopped.wait(20)
        assert not ended
    thread.join(20)
    assert ended == [False]


@pytest.mark.parametrize(
    "words", [["get"], ["mode"], ["panic"], ["stop"], ["watch"], ["keep"], ["record", "on"]]
)
def test_without_a_daemon_it_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert cli.main([*words, "--socket", "/nowhere/sock"]) == 2
    err = capsys.readouterr().err
    assert "start one with antiphon run" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["get", "stile"], "did you mean style?"),
        (["mode", "replay"], "did you mean reply?"),
    ],
)
def test_a_wrong_word_names_the_nearest(
    capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    assert cli.main([*words, "--socket", "/nowhere/sock"]) == 2
    assert text in capsys.readouterr().err


def test_changes_are_told_in_words() -> None:
    ready = {"model": "m", "provider": "cpu"}
    changes: list[Table] = [
        {"status": {"controls": {"style": "any"}, "turn": "idle", "state": {}, "performer": None}},
        {"controls": {"density": None}},
        {"performer": ready},
        {"turn": "idle", "state": {}},
        {"turn": "player", "state": {"key": "C major", "style": None}},
        {"turn": "player", "state": {"key": "C major", "style": "jazz"}},
        {"recording": None},
        {"problem": "no sound"},
        {"solved": "no sound"},
        {"event": {"is": "Heard", "seq": 1, "time": 1.0, "data": "903c50"}},
        {"event": {"is": "Schedule", "plan": 3, "heard": 1, "messages": [[1.0, "903c50"]]}},
        {"event": {"is": "Withdrawn", "plan": 3, "time": 1.0}},
        {"something": "new"},
    ]
    assert list(told(changes)) == [
        "style=any",
        "turn idle",
        "density=auto",
        "ready m on cpu",
        "turn player",
        "key C major",
        "style jazz",
        "recording off",
        "problem no sound",
        "solved no sound",
        "heard channel 1 note on C4 velocity 80",
        "planned 1 messages of plan 3",
        "withdrawn plan 3",
    ]


class Printed(io.StringIO):
    """Standard output that tells when a word was printed."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self.seen = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._word in text:
            self.seen.set()
        return written


def test_watch_prints_until_the_daemon_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "control.sock"
    first, last = Printed("jazz"), Printed("rains")

    def answer(request: Table, _: int) -> Table:
        return {"controls": {"style": "jazz"}} if request["do"] == "watch" else {}

    words = ["watch", "--json", "--no-notes", "--socket", str(path)]
    with Server(path, answer) as server:
        monkeypatch.setattr("sys.stdout", first)
        watching = threading.Thread(target=lambda: cli.main(words))
        watching.start()
        assert first.seen.wait(20)
        monkeypatch.setattr("sys.stdout", last)
        server.publish({"event": {"is": "Withdrawn", "plan": 1, "time": 2.0}})
        server.publish({"problem": "it rains"})
        assert last.seen.wait(20)
    watching.join(20)
    assert [json.loads(line) for line in last.getvalue().splitlines()] == [{"problem": "it rains"}]


def test_each_line_is_a_tap(
    stand: Stand, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n\n"))
    assert run(stand, capsys, "tap") == "-\n-\n-\n"
    assert stand.done[1:] == ["tap"] * 3
