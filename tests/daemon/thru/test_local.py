"""The order of all that happens between the input port and the output port."""

from collections.abc import Callable
from typing import Any

import pytest

from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.session.debts import Debts
from antiphon.daemon.session.mixer import Mixer
from antiphon.daemon.session.sounding import Sounding
from antiphon.daemon.thru.core import ThruCore
from antiphon.daemon.thru.local import LocalThru
from antiphon.daemon.thru.recent import RecentTraffic
from tests.fakes import ManualClock, RecordingOutput

ON, OFF = note_on(0, 60, 80), note_off(0, 60)


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.came: list[object] = []

    def received(self, data: bytes, time: float) -> None:
        self.came.append((time, data))

    def moved(self, data: bytes) -> None:
        self.came.append(("moved", data))

    def came_back(self) -> None:
        self.came.append("came back")

    def problem(self, problem: Problem) -> None:
        self.came.append(problem.text)


def noted(
    monkeypatch: pytest.MonkeyPatch, order: list[str], place: type, name: str, call: str
) -> None:
    real: Callable[..., Any] = getattr(place, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        order.append(call)
        return real(*args, **kwargs)

    monkeypatch.setattr(place, name, wrapped)


def test_between_port_and_port_nothing_is_done_but_what_must_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []
    for place, name in (
        *((RecentTraffic, name) for name in ("is_echo", "went_out", "came_in")),
        (ThruCore, "receive"),
        (Mixer, "pass_on"),
        (Debts, "send"),
        (Sounding, "sent"),
        (RecordingOutput, "send"),
        (Heard, "received"),
    ):
        noted(monkeypatch, order, place, name, f"{place.__name__}.{name}")
    later: list[Callable[[], None]] = []
    sounding = Sounding()
    thru = LocalThru(RecordingOutput(), ManualClock(), sounding=sounding, later=later.append)
    thru.listen(Heard())
    thru.receive(ON)
    assert order == [
        "RecentTraffic.is_echo",
        "ThruCore.receive",
        "Mixer.pass_on",
        "Debts.send",
        "Sounding.sent",
        "RecordingOutput.send",
    ]
    order.clear()
    for work in later:
        work()
    assert order == ["RecentTraffic.went_out", "Heard.received", "RecentTraffic.came_in"]
    sounding.close()


def test_it_is_told_in_the_order_in_which_it_went_out() -> None:
    clock, output, heard = ManualClock(), RecordingOutput(), Heard()
    thru = LocalThru(output, clock)
    thru.listen(heard)
    thru.receive(ON)
    clock.advance(0.1)
    thru.play(note_on(1, 62, 80))
    thru.receive(OFF)
    assert output.sent == [ON, note_on(1, 62, 80), OFF]
    assert heard.came == [(100.0, ON), (100.1, note_on(1, 62, 80)), (100.1, OFF)]


def test_a_listener_may_send_while_it_is_told() -> None:
    class Answering(Heard):
        def received(self, data: bytes, time: float) -> None:
            del time
            if midi.is_note_on(data):
                thru.send(note_on(1, midi.key(data) + 7, 60))

    output = RecordingOutput()
    thru = LocalThru(output, ManualClock())
    thru.listen(Answering())
    thru.receive(ON)
    assert output.sent == [ON, note_on(1, 67, 60)]


def test_after_a_drop_endings_are_said_again_but_not_of_what_sounds_by_then() -> None:
    clock, output = ManualClock(), RecordingOutput()
    later: list[Callable[[], None]] = []
    thru = LocalThru(output, clock, is_lossy=True, later=later.append)
    for data in (ON, OFF, note_on(0, 62, 80), note_off(0, 62)):
        thru.receive(data)
    for work in later:
        work()
    thru.dropped()
    wait_s = thru.settle()
    assert wait_s
    # This stroke has gone out, and what follows of it has not been done yet.
    thru.receive(ON)
    clock.advance(wait_s)
    thru.settle()
    assert output.sent[4:] == [ON, note_off(0, 62)]


def test_what_is_not_lossy_says_nothing_again() -> None:
    clock, output = ManualClock(), RecordingOutput()
    thru = LocalThru(output, clock)
    thru.receive(ON)
    thru.finish()
    thru.dropped()
    assert thru.settle() is None
    assert output.sent == [ON, OFF]


def test_the_end_is_said_again_in_any_case() -> None:
    clock, output = ManualClock(), RecordingOutput()
    thru = LocalThru(output, clock, is_lossy=True)
    thru.receive(ON)
    thru.finish()
    while (wait_s := thru.settle()) is not None:
        clock.advance(wait_s)
    assert output.sent == [ON, OFF, OFF, OFF, OFF]
    thru.receive(ON)
    assert output.sent[-1] == OFF


def test_what_sounded_when_a_process_was_lost_is_ended_by_the_next() -> None:
    sounding, clock, output = Sounding(), ManualClock(), RecordingOutput()
    sounding.sent(ON)
    thru = LocalThru(output, clock, is_lossy=True, sounding=sounding)
    thru.end_again()
    assert output.sent == [OFF]
    assert sounding.endings() == []
    thru.receive(ON)
    while (wait_s := thru.settle()) is not None:
        clock.advance(wait_s)
    assert output.sent == [OFF, ON]
    sounding.close()


def test_a_loop_is_told_and_its_echo_ignored() -> None:
    clock, output, heard = ManualClock(), RecordingOutput(), Heard()
    thru = LocalThru(output, clock)
    thru.listen(heard)
    thru.wire(is_there=True)
    thru.receive(ON)
    clock.advance(0.003)
    thru.receive(ON)
    assert output.sent == [ON]
    assert "by a connection" in str(heard.came[0])
    assert heard.came[1:] == [(100.0, ON), "came back"]
