"""`antiphon run` in a process of its own, between ports in memory that can be made to hang."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from antiphon.daemon import midi
from antiphon.daemon.session import control
from tests.fakes import performer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Unix")

PROGRAM = """
import os, sys, time
from contextlib import contextmanager
from types import SimpleNamespace
from antiphon.daemon import config, run
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.midi import note_on
from antiphon.daemon.ports.protocols import MemoryInput, MemoryOutput, Ports

def say(*what):
    # Not by `print`: a signal may find the main thread in there, with the lock of the stream.
    os.write(1, (" ".join(what) + "\\n").encode())

class Output(MemoryOutput):
    def send(self, data):
        say("sent", data.hex())

@contextmanager
def thru_process(*_):
    ports = Ports("memory", MemoryInput(), Output(MonotonicClock(), "antiphon:out"))
    yield SimpleNamespace(ports=ports)
    say("closing")
    if sys.argv[1] == "hangs":
        time.sleep(1000)

run.thru_process = thru_process
text = f'[control]\\nsocket = "{sys.argv[2]}"\\n[record]\\nenabled = false\\n'
sys.exit(run.serve(config.from_toml(text), sys.argv[3:]))
"""


@contextmanager
def running(folder: Path, way: str) -> Iterator["subprocess.Popen[str]"]:
    """It, ready to be played with."""
    program = [sys.executable, "-c", PROGRAM, way, str(folder / "control.sock")]
    command = [*program, *performer("well", folder / "notes")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            until(process, "ready")
            yield process
        finally:
            process.kill()


def until(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return
    raise AssertionError(f"it never said {word}")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"])
def test_a_signal_ends_it_in_order(tmp_path: Path, name: str) -> None:
    with running(tmp_path, "well") as process:
        process.send_signal(getattr(signal, name))
        until(process, "closing")
        assert process.wait(20) == 0


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_on_the_spot_what_hangs_while_it_ends(tmp_path: Path, first: int) -> None:
    with running(tmp_path, "hangs") as process:
        process.send_signal(first)
        until(process, "closing")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == -signal.SIGINT


def test_it_dozes_in_silence_and_goes_on(tmp_path: Path) -> None:
    with running(tmp_path, "well") as process:
        process.send_signal(signal.SIGTSTP)
        until(process, f"sent {list(midi.panic_messages())[-1].hex()}")
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert control.ask(tmp_path / "control.sock", {"do": "status"})["status"]["process"]


def test_a_crash_leaves_a_trace(tmp_path: Path) -> None:
    with running(tmp_path, "well") as process:
        process.send_signal(signal.SIGSEGV)
        assert process.wait(20) == -signal.SIGSEGV
        assert process.stderr is not None
        assert "Fatal Python error: Segmentation fault" in process.stderr.read()
