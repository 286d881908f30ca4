"""A private JACK server without hardware, for measuring and for tests.

It runs under a name of its own, so that it meets neither the user's server nor a second one of
these. Nothing of a jam depends on it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from antiphon.daemon import priority
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.backends import choose_backend, compiled_backends
from antiphon.daemon.ports.pulse import answers

PRIORITY: Final = 20
RATE_HZ: Final = 48_000
PERIOD_FRAMES: Final = 64
MOST_SERVERS: Final = 8
PATIENT: Final = ("-S", "-t", "1000")
"""Synchronous, and it waits long: no client that is late on a busy machine loses what it sent.

But one that is killed holds up all the others for twenty times as long.
"""
USUAL: Final = ()
"""As most servers run."""
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 5.0
RETRY_S: Final = 0.1


def available() -> bool:
    """Whether there is a `jackd` to start and python-rtmidi speaks to it."""
    return shutil.which("jackd") is not None and "jack" in compiled_backends()


class Server:
    """A JACK server of one name, that can be ended in several ways and started again."""

    def __init__(self, name: str, period_frames: int, manner: Sequence[str]) -> None:
        """Start it; raises AntiphonError if there is no `jackd`."""
        self.name = name
        self._period_frames = period_frames
        self._manner = manner
        self.start()

    def start(self) -> None:
        """Start it again after its end; raises AntiphonError if there is no `jackd`."""
        program = shutil.which("jackd")
        if program is None:
            raise AntiphonError("jackd is not there; install jackd2")
        server_options = ["-n", self.name, *_priority(), *self._manner]
        driver = ["-d", "dummy", "-r", str(RATE_HZ), "-p", str(self._period_frames)]
        self._process = subprocess.Popen(  # noqa: S603 - the program found on PATH, our arguments
            [program, *server_options, *driver],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def process_id(self) -> int:
        """The number of its process."""
        return self._process.pid

    def wait_ready(self) -> None:
        """Wait until it takes clients; raises AntiphonError if it ends or does not in time."""
        # A server that starts tells nobody when it is ready: asking is the only way.
        for _ in range(round(START_TIMEOUT_S / RETRY_S)):
            if self._process.poll() is not None:
                raise AntiphonError(
                    f"jackd ended with status {self._process.returncode} at its start; it keeps "
                    "places for 8 servers, those that were killed included: when none runs, "
                    "rm /dev/shm/jack-shm-registry frees them"
                )
            try:
                choose_backend("jack")
            except AntiphonError:
                time.sleep(RETRY_S)
            else:
                return
        raise AntiphonError(f"jackd was not ready after {START_TIMEOUT_S:g} s")

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it by a signal, and wait for its end."""
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def private_server(
    period_frames: int = PERIOD_FRAMES, manner: Sequence[str] = PATIENT
) -> Iterator[Server]:
    """A running server; JACK clients of this process and its children go to it.

    `manner` is `PATIENT` or `USUAL`. Raises AntiphonError if there is no `jackd` or it does not
    come up.
    """
    with (
        _free_name() as name,
        environment(JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1"),
    ):
        server = Server(name, period_frames, manner)
        try:
            server.wait_ready()
            yield server
        finally:
            server.end()


def _priority() -> Sequence[str]:
    """Real time, as studios have it, where it is to be had; it also runs without special rights."""
    had_it = priority.granted()
    gets_it = priority.ask()
    if gets_it and not had_it:
        priority.fall_back()
    return ("-R", "-P", str(PRIORITY)) if gets_it and sys.platform == "linux" else ("-r",)


@contextmanager
def _free_name() -> Iterator[str]:
    """A name that no running server of ours has.

    A server that is killed keeps its place among JACK's eight until one of the same name starts:
    names that come again, unlike the number of a process, leave no more such places than servers
    of ours ran at a time.
    """
    import fcntl

    for number in range(MOST_SERVERS):
        path = Path(tempfile.gettempdir()) / f"antiphon-{os.getuid()}-jackd-{number}.lock"
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            name = f"antiphon-test-{number}"
            if answers(f"/dev/shm/jack_{name}_{os.getuid()}_0"):  # noqa: S108 - JACK's own place
                # Left running by a program that was killed.
                continue
            yield name
            return
    raise AntiphonError(f"{MOST_SERVERS} private JACK servers run already; end one")


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """These environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
