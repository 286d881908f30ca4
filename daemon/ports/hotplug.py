"""Ports that outlive what they are plugged into: what is behind them comes and goes.

The rest of the daemon holds one of these for good; a keeper changes what is behind it.
"""

import threading
from collections.abc import Callable

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.held import HeldKeys
from antiphon.daemon.ports.protocols import InputPort, OutputPort


class HotInput:
    """An input port for good. When it is lost, what the player held there is let go.

    `wanted` is a part of the name of the port behind it, empty for a virtual one, None for none.
    """

    def __init__(self, wanted: str | None, port: InputPort | None) -> None:
        self.wanted = wanted
        self.name = wanted or "" if port is None else port.name
        self._port = port
        self._heard: Callable[[bytes], None] | None = None
        self._held = HeldKeys()
        self._lock = threading.Lock()

    @property
    def present(self) -> bool:
        """Whether there is something to hear."""
        return self._port is not None

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call `heard` with every message, from whatever port is there at the time."""
        with self._lock:
            self._heard = heard
            if self._port is not None:
                self._port.listen(self._take)

    def plug(self, port: InputPort) -> None:
        """Hear this port from now on."""
        with self._lock:
            self._port = port
            self.name = port.name
            if self._heard is not None:
                port.listen(self._take)

    def unplug(self) -> None:
        """The port is lost: close what is left of it, and let go what was held."""
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.stop()
            port.close()
        heard = self._heard
        for data in self._held.let_go():
            if heard is not None:
                heard(data)

    def stop(self) -> None:
        """Hear no more."""
        with self._lock:
            self._heard = None
            if self._port is not None:
                self._port.stop()

    def close(self) -> None:
        """Stop, and give the port up."""
        self.stop()
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.close()

    def _take(self, data: bytes) -> None:
        heard = self._heard
        if heard is None:
            return
        heard(data)
        # After it was passed on: nothing comes before thru.
        self._held.follow(data)


class HotOutput:
    """An output port for good; while it is lost, `send` raises. `wanted` is as of `HotInput`."""

    def __init__(self, wanted: str | None, port: OutputPort | None) -> None:
        self.wanted = wanted
        self.name = wanted or "" if port is None else port.name
        self._port = port
        self._lock = threading.Lock()

    @property
    def present(self) -> bool:
        """Whether there is something to play on."""
        return self._port is not None

    def send(self, data: bytes) -> None:
        """Send one message; raises `AntiphonError` if there is no port to take it."""
        # Held while sending, so that a port is never closed under a message.
        with self._lock:
            if self._port is None:
                raise AntiphonError(f"{self.name} is gone")
            self._port.send(data)

    def plug(self, port: OutputPort) -> None:
        """Play on this port from now on."""
        with self._lock:
            self._port = port
            self.name = port.name

    def unplug(self) -> None:
        """The port is lost: close what is left of it."""
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.close()

    def close(self) -> None:
        """Give the port up."""
        self.unplug()
