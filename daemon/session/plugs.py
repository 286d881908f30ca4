"""The ports of a running daemon: which they are, what is lost of them, and others chosen.

What follows for the music when one comes or goes is the daemon's business.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import Chooser, FixedPorts, PlugChange, Plugging, Ports, Way


class Plugs:
    """A context manager: within it the ports are watched, and `changed` is told what becomes.

    `signal` sends to the lights of a controller that hangs at the output, if one does.
    """

    def __init__(
        self,
        ports: Ports,
        changed: Callable[[PlugChange], None],
        signal: Callable[[bytes], None] | None = None,
    ) -> None:
        self._ports = ports
        self._changed = changed
        self._signal = signal
        self._lost: frozenset[Way] = frozenset()
        self.losses = 0
        """How many times a port was lost."""
        self.chooser: Chooser = FixedPorts()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Begin to watch."""
        self.chooser = self._running.enter_context(self._ports.mind(self._take))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching; the ports stay as they are."""
        self._running.close()

    def table(self) -> dict[str, Any]:
        """What is played on, and what is lost of it just now."""
        controller = self._ports.controller
        return {
            "backend": self._ports.backend,
            "input": self._ports.input.name,
            "output": self._ports.output.name,
            "controller": controller.name if controller else "",
            "lost": sorted(way.value for way in self._lost),
            "sound": self._ports.sound(),
        }

    def names(self) -> dict[str, list[str]]:
        """The ports of others that there are; raises `AntiphonError` where the server is gone."""
        return {way.value: names for way, names in self.chooser.names().items()}

    def choose(self, way: Way, wanted: str) -> str:
        """Open another port by a part of its name, and tell its whole; raises `AntiphonError`.

        Without a name there is a virtual port to play on, but no controller.
        """
        may_be_virtual = way in (Way.INPUT, Way.OUTPUT)
        return self.chooser.choose(way, wanted if wanted or may_be_virtual else None)

    def light(self, data: bytes) -> bool:
        """Send to the lights and motors of a controller; whether there is one to take it."""
        try:
            if self._signal is not None:
                self._signal(data)
            elif self._ports.feedback is None:
                return False
            else:
                self._ports.feedback.send(data)
        except AntiphonError:
            return False
        return True

    def _take(self, change: PlugChange) -> None:
        gone = frozenset((change.way,))
        self.losses += change.what is Plugging.LOST
        self._lost = self._lost - gone if change.what.is_there else self._lost | gone
        self._changed(change)
