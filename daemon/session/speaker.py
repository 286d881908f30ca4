"""Keeps the built-in sound beside the session process, and has it sound what goes out.

It is a process of its own, so that nothing of it delays a note. Here is only what starts it, tells
it and hears of it; telling it never blocks.
"""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, replace
from typing import IO, Final

from antiphon.daemon import midi, priority
from antiphon.daemon.audio import fluid
from antiphon.daemon.audio.orders import (
    ALIVE,
    SERVER_LOST,
    USER_ERROR,
    Orders,
    State,
    command,
    frame,
)
from antiphon.daemon.config import AUTO, AudioSettings
from antiphon.daemon.ports.names import others
from antiphon.daemon.ports.protocols import Chooser, PlugChange, Ports, Way

PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
FAREWELL_S: Final = 2.0

_LONGEST_LINE: Final = 1 << 16
_SILENCE: Final = b"".join(frame(data) for data in midi.panic_messages())


def wanted(settings: AudioSettings, output: str) -> bool:
    """Whether there is to be a built-in sound where an output leads to that port."""
    if settings.enabled == AUTO:
        return not others([output])
    return settings.enabled == "on"


def is_possible(settings: AudioSettings) -> bool:
    """Whether there can be a built-in sound, as far as is known before it is tried."""
    return settings.enabled != "off" and not fluid.lacking()


class Speaker:
    """The built-in sound of one daemon, as long as it is wanted."""

    def __init__(self, settings: AudioSettings, ports: Ports) -> None:
        self._settings = settings
        self._bare = ports
        self._output = ports.output.name
        self._state = State()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        self._closing = threading.Event()
        self._last_problem = ""

    @property
    def ports(self) -> Ports:
        """The same ports, with what is played on them sounded here."""
        if self._settings.enabled == "off":
            return self._bare
        bare = self._bare

        def mind(changed: Callable[[PlugChange], None]) -> AbstractContextManager[Chooser]:
            def tell(change: PlugChange) -> None:
                if change.way is Way.OUTPUT:
                    self.plays_on(change.name)
                changed(change)

            return bare.mind(tell)

        def silence() -> None:
            self._write(_SILENCE)
            bare.silence()

        def alive() -> None:
            self._write(ALIVE)
            bare.alive()

        return replace(
            bare,
            passed=self.send,
            mind=mind,
            silence=silence,
            alive=alive,
            sound=lambda: asdict(self._state),
        )

    @contextmanager
    def playing(
        self, changed: Callable[[], None], trouble: Callable[[str], None]
    ) -> Iterator[None]:
        """Sound within the context; `changed` is called when it begins or ends to.

        Both are called on a thread of its own.
        """
        if self._settings.enabled == "off":
            yield
            return
        thread = threading.Thread(
            target=self._run, args=(changed, trouble), name="speaker", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            self._closing.set()
            self._hang_up()
            thread.join(FAREWELL_S)
            with self._lock:
                if self._process is not None:
                    self._process.kill()
            thread.join()

    def plays_on(self, output: str) -> None:
        """The output leads there from now on."""
        self._output = output
        if wanted(self._settings, output):
            self._stirred.set()
        else:
            self._hang_up()

    def send(self, data: bytes) -> None:
        """Sound one message, if it is one of a channel."""
        if midi.is_channel_message(data):
            self._write(frame(data))

    def _write(self, frames: bytes) -> None:
        with self._lock:
            if self._process is None or self._pipe is None:
                return
            try:
                os.write(self._pipe.fileno(), frames)
            except BlockingIOError:
                # It hangs, with a note perhaps: that ends with it, and another one is started.
                self._process.kill()
            except OSError:
                # It ended, and is being started again.
                return

    def _hang_up(self) -> None:
        """Have the process end by itself, and see what is wanted now."""
        self._close_pipe()
        self._stirred.set()

    def _close_pipe(self) -> None:
        with self._lock:
            pipe, self._pipe = self._pipe, None
            if pipe is not None:
                pipe.close()

    def _run(self, changed: Callable[[], None], trouble: Callable[[str], None]) -> None:
        pause_s = PAUSE_S

        def hear(news: dict[str, object]) -> None:
            nonlocal pause_s
            if "problem" in news:
                self._complain(f"no built-in sound: {news['problem']}", trouble)
                return
            self._state = State(bool(news["sounds"]), str(news["words"]))
            if self._state.sounds:
                pause_s, self._last_problem = PAUSE_S, ""
            changed()

        while not self._closing.is_set():
            self._stirred.clear()
            if not wanted(self._settings, self._output):
                self._stirred.wait()
                continue
            code = self._live(hear)
            self._state = State(words=self._last_problem)
            if self._closing.is_set():
                return
            changed()
            if code == 0:
                # It was sent away, and may be wanted again by now.
                continue
            if code == USER_ERROR:
                self._stirred.wait()
                continue
            if code != SERVER_LOST:
                self._complain("the built-in sound ended; starting it again", trouble)
            self._stirred.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _complain(self, text: str, trouble: Callable[[str], None]) -> None:
        # The same again and again is no news.
        if text != self._last_problem:
            self._last_problem = text
            trouble(text)

    def _live(self, hear: Callable[[dict[str, object]], None]) -> int | None:
        """One life of the process; its exit code, None if it could not begin."""
        watched = self._output if self._settings.enabled == AUTO else ""
        try:
            # FluidSynth asks for a priority of its own.
            with priority.handed_down(0):
                process = subprocess.Popen(  # noqa: S603 (our own command)
                    command(Orders(self._settings, self._bare.backend, watched)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    # ALSA, PulseAudio and JACK complain there of every server not found.
                    stderr=subprocess.DEVNULL,
                    # Ctrl-C in the terminal is for us; it ends when its input does.
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                )
        except OSError:
            return None
        pipe, news = process.stdin, process.stdout
        assert pipe is not None  # noqa: S101 (it was asked for)
        assert news is not None  # noqa: S101 (it was asked for)
        with suppress(OSError, AttributeError):
            # Windows has it from Python 3.12 on.
            os.set_blocking(pipe.fileno(), False)
        with self._lock:
            self._process, self._pipe = process, pipe
        if self._closing.is_set() or not wanted(self._settings, self._output):
            self._hang_up()
        with news:
            while line := news.readline(_LONGEST_LINE):
                hear(json.loads(line))
        process.wait()
        # Nobody stirred: the pause before the next life is kept.
        self._close_pipe()
        with self._lock:
            self._process = None
        return process.returncode
