"""Ports on JACK that stay open while what they are connected to comes and goes.

Python-rtmidi opens and closes clients without letting go of the interpreter: beside busy programs
that takes a third of a second, for which every note would wait. A connection is made past it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.guardian.libjack import Jack, Watcher, Wire
from antiphon.daemon.ports.protocols import Way
from antiphon.daemon.ports.rtports import SETTLED_S, RtInput, RtOutput, let_others_run


class Patchbay:
    """Connects our ports to others, and watches the server, by a client of its own."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._watcher = watcher
        self._jack: Jack | None = None
        self._lets_be = False
        # Closed by the thread that finds the server gone, while another looks.
        self._lock = threading.Lock()

    def names(self, way: Way) -> list[str]:
        """The ports of others and of ours that such a port of ours can be connected to."""
        with self._lock:
            try:
                return self._opened().names(sources=way.is_inward)
            except OSError as error:
                raise AntiphonError(f"jack: {error}") from None

    def is_wired(self, source: str, sink: str) -> bool:
        """Whether two ports of ours are connected to each other."""
        with self._lock:
            jack = self._jack
            return jack is not None and Wire(source, sink) in jack.wires({source})

    @property
    def period_s(self) -> float:
        """From one cycle of the server to the next, 0 where there is none."""
        with self._lock, suppress(OSError):
            return self._opened().period_s
        return 0.0

    def connect(self, own: str, other: str, way: Way) -> None:
        """Connect one of our ports to another; raises `AntiphonError` if that cannot be."""
        try:
            with self._lock:
                if self._opened().connect(_wire(own, other, way)):
                    return
        except OSError as error:
            raise AntiphonError(f"jack: {error}") from None
        raise AntiphonError(f"cannot open {other} for {way.value}")

    def disconnect(self, own: str, other: str, way: Way) -> None:
        """Undo that connection; where there is no other, all of a port that others connected to."""
        if self._lets_be:
            return
        with self._lock, suppress(OSError):
            jack = self._opened()
            for wire in [_wire(own, other, way)] if other else jack.wires({own}):
                jack.disconnect(wire)

    def let_be(self) -> None:
        """Undo nothing more: the server is gone, or the ports will be."""
        self._lets_be = True

    def close(self) -> None:
        """Give the client up; there may be another server afterwards."""
        with self._lock:
            jack, self._jack, self._lets_be = self._jack, None, False
            if jack is not None:
                jack.close()

    def _opened(self) -> Jack:
        if self._jack is None:
            self._jack = Jack("antiphon-patch", self._watcher)
        return self._jack


def _wire(own: str, other: str, way: Way) -> Wire:
    return Wire(other, own) if way.is_inward else Wire(own, other)


class PatchedInput:
    """An input that stays, as one that is opened and closed; `undo` what it is connected to."""

    def __init__(self, port: RtInput, name: str, undo: Callable[[], None]) -> None:
        self.name = name
        self._port = port
        self._undo = undo

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call `heard` on RtMidi's thread."""
        self._port.listen(heard)

    def stop(self) -> None:
        """Hear no more."""
        self._port.stop()

    def close(self) -> None:
        """Stop, and be connected to nothing."""
        self.stop()
        self._undo()


class PatchedOutput:
    """The same of an output."""

    def __init__(self, port: RtOutput, name: str, undo: Callable[[], None]) -> None:
        self.name = name
        self._port = port
        self._undo = undo

    def send(self, data: bytes) -> None:
        """Send one message; raises `AntiphonError` if the port cannot take it."""
        self._port.send(data)

    def close(self) -> None:
        """Be connected to nothing, once the ends of notes have gone out: that takes a period."""
        let_others_run(SETTLED_S)
        self._undo()
