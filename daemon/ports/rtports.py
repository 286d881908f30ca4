"""One open port of python-rtmidi's each way: bytes in, bytes out, and closing without a crash."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.thru.timing import CallbackTimer

_LAST_MESSAGE_S = 0.01
SETTLED_S = 0.05
"""JACK tells every client when one closes. libjack crashes where that news reaches a client that
gives up its own port just then: so it gets the time to arrive."""
_LONGEST = 4096
"""RtMidi's buffer to JACK holds 16 KiB: a message that does not fit garbles all that follow."""


Quiet = Callable[[], AbstractContextManager[None]]
"""Makes a context within which a client may be opened or closed."""


class RtInput:
    """One input port of python-rtmidi's, open. It is closed within a context of `quiet`."""

    def __init__(self, port: Any, name: str, quiet: Quiet) -> None:
        self.name = name
        self._port = port
        self._quiet = quiet
        self._heard: Callable[[bytes], None] | None = None
        self._clock = MonotonicClock()
        self.timer = CallbackTimer()
        """How long messages take in the callback."""

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call `heard` on RtMidi's thread, with what comes from now on."""
        while self._port.get_message() is not None:
            pass
        self._heard = heard
        self._port.set_callback(self._take)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let messages wait in RtMidi's own queue meanwhile, and hear them afterwards, in order.

        RtMidi opens and closes clients without letting go of the interpreter. A message that waits
        for the interpreter then holds up JACK, for which the client waits: all stands still.
        """
        heard = self._heard
        if heard is None:
            yield
            return
        let_others_run()
        self._port.cancel_callback()
        let_others_run()
        try:
            yield
        finally:
            while (event := self._port.get_message()) is not None:
                self.timer.skip(event[1])
                heard(bytes(event[0]))
            self._port.set_callback(self._take)

    def _take(self, event: tuple[list[int], float], _: object) -> None:
        began = self._clock.now()
        heard = self._heard
        if heard is not None:
            heard(bytes(event[0]))
        self.timer.add(event[1], began, self._clock.now())

    def stop(self) -> None:
        """Hear no more.

        RtMidi takes its callback away with no regard to a message that is under way in it, and
        closes ports without letting go of the interpreter, for which such a message may wait: a
        crash or a deadlock. So those under way get the time to end, before and after.
        """
        if self._heard is not None:
            self._heard = None
            let_others_run()
            self._port.cancel_callback()
            let_others_run()

    def close(self) -> None:
        """Stop, and give the client up."""
        if not self._port.is_deleted:
            self.stop()
            let_others_run(SETTLED_S)
            with self._quiet():
                self._port.close_port()
                self._port.delete()


class RtOutput:
    """One output port of python-rtmidi's, open. It is closed within a context of `quiet`."""

    def __init__(self, port: Any, name: str, quiet: Quiet) -> None:
        self.name = name
        self._port = port
        self._quiet = quiet

    def send(self, data: bytes) -> None:
        """Send one message; raises `AntiphonError` if the port cannot take it."""
        if len(data) > _LONGEST:
            raise AntiphonError(
                f"a message of {len(data)} bytes is too long to be passed on: at most {_LONGEST}"
            )
        try:
            self._port.send_message(data)
        except (OSError, ValueError) as error:
            raise AntiphonError(f"cannot send to {self.name}: {error}") from None

    def close(self) -> None:
        """Give the client up; on a JACK server that is gone this takes RtMidi a second."""
        if not self._port.is_deleted:
            let_others_run(SETTLED_S)
            with self._quiet():
                self._port.close_port()
                self._port.delete()


def let_others_run(duration_s: float = _LAST_MESSAGE_S) -> None:
    """Wait, so that messages under way arrive."""
    threading.Event().wait(duration_s)
