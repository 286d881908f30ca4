"""One life of the performer, or of another child process, and the threads at its pipes.

Nothing here decides what becomes of it; a caller is never blocked by it.
"""

import logging
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence

from antiphon.daemon import messages, priority, wire

_LONGEST_LINE = 1 << 20
_log = logging.getLogger("antiphon.performer")


class Child:
    """A process that is told messages, a line each, and whose lines go to `hear`."""

    def __init__(
        self, command: Sequence[str], name: str = "performer", *, urgency: int = 0
    ) -> None:
        """Start the process alone, with a priority of `daemon.priority` or 0; raises `OSError`."""
        with priority.handed_down(urgency):
            self._process = subprocess.Popen(  # noqa: S603 (our own command)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C in the terminal is for us; a child ends when its input does.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        self._name = name
        self._waiting: queue.SimpleQueue[messages.ToPerformer | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.ended = threading.Event()
        """It says no more, or was told to end."""

    @property
    def process_id(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it has not."""
        return self._process.returncode

    def put(self, message: messages.ToPerformer) -> None:
        """Have it told, after all that was put before."""
        self._waiting.put(message)

    def start(self, hear: Callable[[bytes], bool]) -> None:
        """Begin to tell and to hear: `hear` gets each line, and says whether to go on."""
        for work in (self._write, self._log_errors, lambda: self._read(hear)):
            thread = threading.Thread(target=work, name=self._name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self, farewell_s: float, join_s: float) -> None:
        """Close its input, give it so long to end by itself, then kill it."""
        self._waiting.put(None)
        try:
            self._process.wait(farewell_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(join_s)

    def _read(self, hear: Callable[[bytes], bool]) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 (it was asked for)
        with stdout:
            # Bounded: whoever writes no end of a line must not fill our memory.
            while (line := stdout.readline(_LONGEST_LINE)) and hear(line):
                pass
        self.ended.set()

    def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 (it was asked for)
        try:
            with stdin:
                while (message := self._waiting.get()) is not None:
                    stdin.write(wire.encode(message))
                    if self._waiting.empty():
                        stdin.flush()
        except OSError:
            # It died; the reader sees its end.
            return

    def _log_errors(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None  # noqa: S101 (it was asked for)
        with stderr:
            while line := stderr.readline(_LONGEST_LINE):
                _log.warning("%s: %s", self._name, line.decode(errors="replace").rstrip())
