import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest

from antiphon.daemon import midi
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.ports.protocols import (
    Chooser,
    FixedPorts,
    MemoryInput,
    MemoryOutput,
    PlugChange,
    Plugging,
    Ports,
    Way,
)
from antiphon.daemon.session import guard
from antiphon.daemon.session.guard import Guard, guarded, shared_notes
from antiphon.daemon.session.sounding import Sounding
from antiphon.daemon.thru.local import LocalThru
from tests.fakes import RecordingOutput

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no guardian on Windows")


class Starts:
    """Counts the guardians that are started, and can wait for the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self.changed = threading.Condition()
        real = subprocess.Popen

        def start(*args: object, **kwargs: object) -> "subprocess.Popen[bytes]":
            process: subprocess.Popen[bytes] = real(*args, **kwargs)  # type: ignore[call-overload]
            with self.changed:
                self.processes.append(process)
                self.changed.notify_all()
            return process

        monkeypatch.setattr(subprocess, "Popen", start)
        monkeypatch.setattr(guard, "PAUSE_S", 0.0)
        monkeypatch.setattr(guard, "FAREWELL_S", 20.0)

    def wait_for(self, count: int) -> "subprocess.Popen[bytes]":
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.processes) >= count, 20)
            return self.processes[count - 1]


def test_a_guardian_that_ends_is_started_again_and_leaves_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts = Starts(monkeypatch)
    sounding = Sounding()
    with Guard("memory", "", sounding) as keeper:
        starts.wait_for(1).kill()
        second = starts.wait_for(2)
        # What ends everybody else must not end it.
        os.kill(second.pid, signal.SIGSTOP)
        keeper.silence()
        keeper.plays_on("synth")
        os.kill(second.pid, signal.SIGCONT)
    assert second.wait() == 0
    assert len(starts.processes) == 2
    sounding.close()


def test_a_key_whose_end_was_refused_sounds_on_for_the_guardian() -> None:
    sounding, port = Sounding(), RecordingOutput()
    thru = LocalThru(port, MonotonicClock(), sounding=sounding)
    thru.receive(midi.note_on(0, 60, 80))
    port.broken = True
    thru.receive(midi.note_off(0, 60))
    assert sounding.endings() == [midi.note_off(0, 60)]
    port.broken = False
    thru.settle()
    assert sounding.endings() == []
    sounding.close()


def test_it_is_told_where_the_output_leads_now(monkeypatch: pytest.MonkeyPatch) -> None:
    Starts(monkeypatch)
    told: list[str] = []
    monkeypatch.setattr(Guard, "plays_on", lambda _, output: told.append(output))
    changes = [
        PlugChange(Way.INPUT, "keys", Plugging.LOST),
        PlugChange(Way.OUTPUT, "synth:2", Plugging.CHOSEN),
    ]

    def mind(changed: Callable[[PlugChange], None]) -> AbstractContextManager[Chooser]:
        for change in changes:
            changed(change)
        return nullcontext(FixedPorts())

    bare = Ports("memory", MemoryInput(), MemoryOutput(MonotonicClock()), mind)
    seen: list[PlugChange] = []
    with shared_notes() as sounding, guarded(bare, sounding) as ports, ports.mind(seen.append):
        assert seen == changes
        assert told == ["synth:2"]
