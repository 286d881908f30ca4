"""Keeps a guardian beside the session process: starts it, tells it where we play, ends it."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Final, Self

from antiphon.daemon import priority
from antiphon.daemon.guardian.state import State, command
from antiphon.daemon.ports.protocols import Chooser, PlugChange, Ports, Way
from antiphon.daemon.session.sounding import Sounding

PAUSE_S: Final = 1.0
FAREWELL_S: Final = 2.0


@contextmanager
def shared_notes() -> Iterator[Sounding | None]:
    """What sounds, where a guardian sees it; None on Windows, which has no such files."""
    if os.name != "posix":
        yield None
        return
    sounding = Sounding()
    try:
        yield sounding
    finally:
        sounding.close()


@contextmanager
def guarded(ports: Ports, sounding: Sounding | None) -> Iterator[Ports]:
    """The same ports, with a guardian beside them, which sees what sounds."""
    if sounding is None:
        yield ports
        return
    with Guard(ports.backend, ports.output.name, sounding) as guard:

        def mind(changed: Callable[[PlugChange], None]) -> AbstractContextManager[Chooser]:
            def tell(change: PlugChange) -> None:
                if change.way is Way.OUTPUT:
                    guard.plays_on(change.name)
                changed(change)

            return ports.mind(tell)

        yield replace(
            ports, mind=mind, silence=guard.silence, lost=guard.lost, alive=sounding.alive
        )


class Guard:
    """A context manager: within it a guardian waits, and is started again should it end.

    Telling it anything never blocks.
    """

    def __init__(self, backend: str, output: str, sounding: Sounding) -> None:
        self._backend = backend
        self._output = output
        self._sounding = sounding
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="guard", daemon=True)

    def __enter__(self) -> Self:
        """Start it."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Send it away."""
        self._closing.set()
        self._tell({"is": "bye"})
        self._thread.join(FAREWELL_S)
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._thread.join()

    def plays_on(self, output: str) -> None:
        """The output leads there from now on."""
        self._output = output
        self._tell({"is": "output", "name": output})

    def silence(self) -> None:
        """Have it end all that sounds, past whatever keeps us from doing so."""
        self._tell({"is": "silence"})

    def lost(self) -> None:
        """Have it end all that sounds on ports that were lost, and connect the next ones alike."""
        self._tell({"is": "lost"})

    def _tell(self, what: dict[str, str]) -> None:
        line = json.dumps(what).encode() + b"\n"
        with self._lock:
            stdin = self._process.stdin if self._process else None
            try:
                if stdin is not None:
                    os.write(stdin.fileno(), line)
            except OSError:
                # It is gone, and is being started again; or it hangs, and cannot be helped.
                return

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                process = self._start()
            except OSError:
                # No process is to be had now; perhaps later.
                self._closing.wait(PAUSE_S)
                continue
            if process is None:
                return
            process.wait()
            with self._lock:
                self._process = None
            if process.stdin is not None:
                process.stdin.close()
            self._closing.wait(PAUSE_S)

    def _start(self) -> "subprocess.Popen[bytes] | None":
        file = self._sounding.descriptor
        with self._lock:
            if self._closing.is_set():
                return None
            with priority.handed_down(priority.LOADING):
                process = subprocess.Popen(  # noqa: S603 (our own command)
                    command(State(self._backend, file, self._output)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    # JACK's library complains there of every server that is gone.
                    stderr=subprocess.DEVNULL,
                    pass_fds=[file],
                    start_new_session=True,
                )
            assert process.stdin is not None  # noqa: S101 (it was asked for)
            os.set_blocking(process.stdin.fileno(), False)
            self._process = process
        return process
