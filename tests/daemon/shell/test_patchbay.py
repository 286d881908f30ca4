import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from antiphon.daemon import cli
from antiphon.daemon.session.control import Server, Table
from antiphon.daemon.shell import patchbay
from antiphon.daemon.shell.patchbay import asked

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")

NAMES = {"input": ["Keys", "Pads"], "output": ["Synth"]}
NOW = {"input": "antiphon:in", "output": "antiphon:out"}


class Stand:
    """Answers like a daemon whose ports can be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ports: dict[str, object] = {**NOW, "names": NAMES}

    def answer(self, request: Table, _: int) -> Table:
        self.ports |= {way: name for way, name in request.items() if way != "do"}
        return {"ports": self.ports}


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path / "control.sock")
    with Server(stand.path, stand.answer):
        yield stand


def run(stand: Stand, *words: str) -> int:
    return cli.main([*words, "--socket", str(stand.path)])


def test_ports_are_told_and_changed(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stand, "connect") == 0
    assert capsys.readouterr().out == "input      antiphon:in\noutput     antiphon:out\n"
    assert run(stand, "connect", "--input", "Keys", "--controller", "Pads", "--json") == 0
    ports = json.loads(capsys.readouterr().out)
    assert (ports["input"], ports["output"], ports["controller"]) == (
        *("Keys", "antiphon:out"),
        "Pads",
    )


def test_choosing_asks_until_it_understands() -> None:
    answers = iter(["7", "two", "2", ""])
    assert asked(NAMES, NOW, lambda _: next(answers)) == {"input": "Pads"}
    answers = iter(["", "0"])
    assert asked(NAMES, NOW, lambda _: next(answers)) == {"output": ""}


def test_the_running_daemon_is_connected(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    answers = iter(["1", "1"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert run(stand, "ports", "--choose") == 0
    assert capsys.readouterr().out.endswith("input      Keys\noutput     Synth\n")


def test_without_a_daemon_it_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(patchbay, "choose_backend", lambda _: "alsa")
    monkeypatch.setattr(patchbay, "port_names", lambda _: (NAMES["input"], NAMES["output"]))
    answers = iter(["2", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert cli.main(["ports", "--choose", "--socket", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out.endswith('start one with: antiphon run --input "Pads"\n')


def test_nobody_is_asked_who_cannot_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ports", "--choose", "--socket", str(tmp_path / "none")]) == 2
    assert "antiphon connect takes names" in capsys.readouterr().err
