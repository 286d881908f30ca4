"""What the player plays arrives, message by message, on the server that people run."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig, thru
from antiphon.daemon.bench.comparison import Difference
from antiphon.daemon.clock import MonotonicClock
from tests.end_to_end.conftest import PLENTY_S, sounding
from tests.fakes import performer

pytestmark = pytest.mark.jack

MESSAGES = 240
TRIALS = 6
"""A server that is late drops what goes through it, a bare loop's too: one trial must be whole."""
ON, OFF = midi.note_on(0, 60, 80), midi.note_off(0, 60)
ANSWER = midi.note_on(0, 67, 70)


@pytest.fixture(scope="module", params=[64, 256])
def played_to(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rig.Running]:
    if not jackd.available():
        pytest.skip("no jackd here: apt install jackd2")
    folder = tmp_path_factory.mktemp("thru")
    with (
        jackd.private_server(request.param, jackd.USUAL),
        rig.running(folder, "--no-record") as daemon,
    ):
        daemon.wait_ready()
        daemon.set(channel=str(thru.MACHINE + 1))
        yield daemon


@pytest.mark.parametrize("mode", ["silent", "reply", "continue", "together", "harmonise", "trade"])
def test_all_that_is_played_leaves_as_it_was_played(played_to: rig.Running, mode: str) -> None:
    played_to.set(mode=mode)
    found: list[Difference] = []
    for trial in range(TRIALS):
        played = thru.notes(MESSAGES, seed=trial)
        found += thru.measured(played, MonotonicClock(), [thru.DAEMON])
        if not (found[-1].lost or found[-1].altered or found[-1].added):
            return
    counts = [(one.lost, one.altered, one.added) for one in found]
    pytest.fail(f"lost, altered and added of {MESSAGES}: {counts}")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[rig.Running]:
    if not jackd.available():
        pytest.skip("no jackd here: apt install jackd2")
    with (
        jackd.private_server(256, jackd.USUAL),
        rig.running(tmp_path, performer=performer("well", tmp_path / "notes")) as running,
    ):
        running.wait_ready()
        yield running


def until_sounding(keys: rig.Keyboard, ears: rig.Ears) -> None:
    """Play until the machine's answer is heard: any of it may be dropped on such a server."""
    for _ in range(20):
        keys.feed(ON)
        keys.feed(OFF)
        if ears.wait_for(lambda sent: ANSWER in [data for _, data in sent], 1.0):
            break
    # One key of the player's, too.
    keys.feed(midi.note_on(3, 40, 80))
    threading.Event().wait(0.1)


def is_silent(ears: rig.Ears) -> bool:
    silent = all(not sounding(ears.sent, channel) for channel in (0, 3))
    return silent or ears.wait_for(
        lambda sent: all(not sounding(sent, channel) for channel in (0, 3)), PLENTY_S
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("process", ["session", "thru"])
def test_whichever_process_ends_and_however_nothing_sounds_on(
    daemon: rig.Running, process: str, number: int
) -> None:
    with rig.Keyboard() as keys, rig.Ears() as ears:
        until_sounding(keys, ears)
        # The guardian looks at the connections every half second.
        threading.Event().wait(1.5)
        ended = daemon.status()["thru_process"]["process"]
        if process == "session":
            ended = daemon.process.pid
        elif number == signal.SIGTERM:
            pytest.skip("it ends with the session, and not by such a signal")
        os.kill(ended, number)
        assert is_silent(ears)


def test_a_thru_process_that_is_killed_is_started_again_and_goes_on(daemon: rig.Running) -> None:
    old = daemon.status()["thru_process"]["process"]
    os.kill(old, signal.SIGKILL)
    pause = threading.Event()
    for _ in range(round(PLENTY_S / 0.05)):
        status = daemon.status()
        if status["thru_process"]["process"] not in (old, None) and not status["lost"]:
            break
        pause.wait(0.05)
    assert daemon.status()["thru_process"]["restarts"] == 1
    with rig.Keyboard() as keys, rig.Ears() as ears:
        until_sounding(keys, ears)
        assert sounding(ears.sent, 3) == [40]
        keys.feed(midi.note_off(3, 40))
    assert daemon.status()["restarts"] == 0
