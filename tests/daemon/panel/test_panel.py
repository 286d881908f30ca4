import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.data_structures import Point
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.output import DummyOutput

from antiphon.daemon import presets
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import terminal
from antiphon.daemon.panel.app import Panel
from antiphon.daemon.panel.looks import BLOCKS
from tests.fakes import ManualClock

STATUS: dict[str, Any] = {
    "version": "1",
    "turn": "idle",
    "state": {},
    "controls": as_values(Controls()),
}


class Bench:
    """A panel whose keyboard is a pipe, and what it sent to the daemon."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.panel = Panel(BLOCKS, ManualClock(), folder)
        self.panel.send = self.take
        self.panel.got({"status": STATUS})

    def take(self, request: Mapping[str, Any]) -> bool:
        self.sent.append(request)
        return len(self.sent) < 10

    def type(self, text: str) -> None:
        """Start the application, type, and wait for its end: the text must leave it."""
        with create_pipe_input() as source:
            application = self.panel.application(source, DummyOutput())
            self.panel.take_in()
            source.send_text(text)
            application.run(pre_run=self.panel.start)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


RIGHT, UP = "\x1b[C", "\x1b[A"


def test_keys_reach_the_desk_and_the_daemon(bench: Bench) -> None:
    bench.type(f"4{RIGHT}{UP} q")
    assert bench.sent == [{"do": "set", "values": {"density": "0.55"}}, {"do": "panic"}]
    assert bench.panel.desk.controls["density"] == 0.55


def test_control_c_leaves_it(bench: Bench) -> None:
    bench.type("\x03")
    assert bench.sent == []


def test_presets_are_saved_and_stepped_through(bench: Bench, tmp_path: Path) -> None:
    presets.save(tmp_path, "first", {"density": 0.25})
    bench.type("Psecond\rpq")
    assert presets.names(tmp_path) == ["first", "second"]
    assert bench.sent == [{"do": "set", "values": {"density": "0.25"}}]
    assert bench.panel.desk.preset == "first"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no preset yet"), ("denstiy = 1", "did you mean density?")]
)
def test_a_preset_that_cannot_be_loaded_is_told(
    bench: Bench, tmp_path: Path, content: str | None, words: str
) -> None:
    if content:
        (tmp_path / "bad.toml").write_text(content)
    bench.type("pq")
    assert words in bench.panel.desk.log[-1]
    assert bench.sent == []


def test_a_daemon_that_takes_nothing_is_told(bench: Bench) -> None:
    bench.type(" " * 10 + "q")
    assert bench.panel.desk.log[-1] == "the daemon does not take requests"


def test_a_refused_change_is_looked_up_again(bench: Bench) -> None:
    bench.panel.got({"error": "lowest_key is above"})
    bench.panel.lost()
    bench.panel.take_in()
    assert bench.sent == [{"do": "get"}]
    assert not bench.panel.desk.linked


def test_clicks_and_drags_find_their_slider(bench: Bench) -> None:
    bench.type("q")
    bench.panel.create_content(80, 24)
    target = next(t for t in bench.panel._screen.targets if t.name == "density")
    for kind, button in (
        (MouseEventType.MOUSE_DOWN, MouseButton.LEFT),
        (MouseEventType.MOUSE_MOVE, MouseButton.NONE),
        (MouseEventType.MOUSE_UP, MouseButton.LEFT),
    ):
        place = Point(target.column + target.width - 1, target.row)
        bench.panel.mouse_handler(MouseEvent(place, kind, button, frozenset()))
    bench.panel.mouse_handler(
        MouseEvent(
            Point(target.column, target.row),
            MouseEventType.MOUSE_MOVE,
            MouseButton.LEFT,
            frozenset(),
        )
    )
    assert bench.sent == [
        {"do": "set", "values": {"density": "1"}},
        {"do": "set", "values": {"density": "0"}},
    ]


def test_where_there_is_no_terminal_it_says_so() -> None:
    with pytest.raises(AntiphonError, match="needs a terminal"):
        terminal.look(argparse.Namespace(ascii=False))


@pytest.mark.parametrize(
    ("environment", "encoding", "blocks"),
    [
        ({"LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({}, "utf-8", True),
        ({"LANG": "C.utf8", "TERM": "xterm"}, "UTF-8", True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", False),
        ({}, "cp1252", False),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, "utf-8", False),
    ],
)
def test_blocks_are_drawn_only_where_they_show(
    environment: dict[str, str], encoding: str, blocks: bool
) -> None:
    assert terminal.draws_blocks(environment, encoding) == blocks
