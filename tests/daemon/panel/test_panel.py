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
from antiphon.daemon.panel import kitty
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

    def __init__(self, folder: Path, *, is_plain: bool = False) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.panel = Panel(BLOCKS, ManualClock(), folder, is_plain=is_plain)
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


@pytest.mark.parametrize("key", [" ", "t", "g", "r", "i", "K\r", "4" + RIGHT])
def test_without_a_daemon_it_says_that_nothing_was_done(bench: Bench, key: str) -> None:
    bench.panel.lost()
    bench.type(f"{key}q")
    assert bench.sent == []
    assert "no daemon: nothing" in bench.panel.desk.log[-1]


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


def test_a_preset_is_loaded_by_a_part_of_its_name(bench: Bench, tmp_path: Path) -> None:
    for name, density in (("calm", 0.1), ("wild", 0.9)):
        presets.save(tmp_path, name, {"density": density})
    bench.type("Lil\rq")
    assert bench.sent == [{"do": "set", "values": {"density": "0.9"}}]
    assert bench.panel.desk.preset == "wild"


def test_one_preset_becomes_another(bench: Bench, tmp_path: Path) -> None:
    for name, density in (("calm", 0.0), ("wild", 1.0)):
        presets.save(tmp_path, name, {"density": density})
    bench.type(f"Mcalm\rwild\r{RIGHT}\x1b[Fu\rq")
    texts = [request["values"]["density"] for request in bench.sent]
    assert texts == ["0", "0.05", "1", "auto"]


def test_a_knob_is_learned_for_the_control_that_is_chosen(bench: Bench) -> None:
    bench.type("4K\rq")
    assert bench.sent == [{"do": "learn", "target": "density"}]


Z_DOWN, Z_ON, Z_UP, FEELS, AWAY = (
    *("\x1b[122;;122u", "\x1b[122;1:2;122u", "\x1b[122;1:3u"),
    *("\x1b[?27u", "\x1b[O"),
)
STRIKE, END = {"do": "play", "data": "903050"}, {"do": "play", "data": "803040"}


@pytest.mark.parametrize("end", [Z_UP, AWAY, "\t"])
def test_where_releases_are_told_a_note_lasts_until_then(bench: Bench, end: str) -> None:
    bench.type(f"\t{FEELS}{Z_DOWN}{Z_ON}{end}\x03")
    assert bench.sent == [STRIKE, END]


def test_the_terminal_is_asked_for_releases_and_released(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(DummyOutput, "write_raw", lambda _, text: asked.append(text))
    bench.type("\t\x03")
    assert asked == [kitty.ASK, kitty.LEAVE]


def test_a_plain_terminal_is_asked_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DummyOutput, "write_raw", lambda _, text: pytest.fail(text))
    Bench(tmp_path, is_plain=True).type("\t\x03")
