"""Watches the ports of a daemon: loses what is gone, opens it again when it is back, changes it.

All of it on one thread. How a back end opens ports is no business of this module.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, Self, TypeVar

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.hotplug import HotInput, HotOutput
from antiphon.daemon.ports.protocols import InputPort, OutputPort, PlugChange, Plugging, Way

LOOK_S = 0.5
"""How often the names of the ports are looked through while all is well."""

RETRY_S = 0.25
"""The same while something is lost."""

_T = TypeVar("_T")
_PATIENCE_S = 10.0
"""Closing a port on a server that is gone takes RtMidi a second."""


class System(Protocol):
    """What a back end does for the keeper."""

    def open_input(self, wanted: str, way: Way) -> InputPort:
        """Open the input of that name, or a virtual one; raises `AntiphonError`."""
        ...

    def open_output(self, wanted: str, way: Way) -> OutputPort:
        """The same for an output."""
        ...

    def names(self, way: Way) -> list[str]:
        """The ports of others that there are; raises `AntiphonError` where the back end is gone."""
        ...

    def check_is_there(self, wanted: str, way: Way) -> None:
        """Raises `AntiphonError` if there is no port of that name."""
        ...

    def wait(self, timeout_s: float | None) -> bool:
        """Wait for so long, for `wake`, or until the server ends; whether it did."""
        ...

    def wake(self) -> None:
        """End a `wait`."""
        ...

    def server_lost(self) -> None:
        """Give up what still belongs to a server that is gone, after all ports are closed."""
        ...


class Keeper:
    """Watches ports. A context manager: entering starts its thread.

    `changed` is called on that thread: of an output that is lost or left before it is closed, so
    that what sounds can be ended on it; of one that is back or chosen when it may be played on.
    """

    def __init__(
        self,
        system: System,
        plugs: Mapping[Way, HotInput | HotOutput],
        changed: Callable[[PlugChange], None],
    ) -> None:
        self._system = system
        self._plugs = plugs
        self._changed = changed
        self._closing = threading.Event()
        # Any: each deed fulfils its own promise.
        self._asked: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ports", daemon=True)

    def __enter__(self) -> Self:
        """Start watching."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching; the ports stay as they are."""
        self._closing.set()
        self._system.wake()
        self._thread.join()
        self.do_what_is_asked()

    def names(self) -> dict[Way, list[str]]:
        """The ports of others that there are; raises `AntiphonError` where the server is gone."""
        return self._ask(lambda: {way: self._system.names(way) for way in self._plugs})

    def choose(self, way: Way, wanted: str | None) -> str:
        """Open another port, as of `HotInput.wanted`; its whole name.

        Raises `AntiphonError`, with everything as it was, if that cannot be.
        """
        return self._ask(lambda: self._change(way, wanted))

    def pause_s(self) -> float | None:
        """How long to wait before the next `look`; None: only for the end of the server."""
        if any(self._missing()):
            return RETRY_S
        return LOOK_S if any(plug.wanted for plug in self._plugs.values()) else None

    def look(self) -> None:
        """Lose what is gone, and find what is back."""
        with suppress(AntiphonError):
            for way, plug in self._plugs.items():
                if plug.present and plug.wanted and plug.name not in self._system.names(way):
                    self._lose(way, Plugging.LOST)
        for way in self._missing():
            # Each on its own: the one must not wait for the other.
            with suppress(AntiphonError):
                self._find(way, Plugging.BACK)

    def server_ended(self) -> None:
        """Close everything of a server that is gone.

        All of it, and before anything is opened again: JACK's library frees the clients of a dead
        server when the next one is made, and closing one of those afterwards crashes.
        """
        for way, plug in self._plugs.items():
            if plug.present:
                self._lose(way, Plugging.LOST)
        self._system.server_lost()

    def do_what_is_asked(self) -> None:
        """Keep the promises made to other threads."""
        while not self._asked.empty():
            promise, deed = self._asked.get()
            try:
                if self._closing.is_set():
                    raise AntiphonError("the daemon is stopping")
                promise.set_result(deed())
            except AntiphonError as error:
                promise.set_exception(error)

    def begin(self) -> None:
        """Open what is not open yet, or tell that it is awaited."""
        self.look()
        for way in self._missing():
            self._changed(PlugChange(way, self._plugs[way].name, Plugging.AWAITED))

    def _run(self) -> None:
        self.begin()
        while not self._closing.is_set():
            if self._system.wait(self.pause_s()):
                self.server_ended()
            elif not self._closing.is_set():
                self.look()
                self.do_what_is_asked()

    def _ask(self, deed: Callable[[], _T]) -> _T:
        promise: Future[_T] = Future()
        self._asked.put((promise, deed))
        if self._closing.is_set():
            self.do_what_is_asked()
        else:
            self._system.wake()
        try:
            return promise.result(_PATIENCE_S)
        except TimeoutError:
            raise AntiphonError("the MIDI back end does not answer") from None

    def _change(self, way: Way, wanted: str | None) -> str:
        plug = self._plugs[way]
        if wanted:
            # Before anything is given up for it.
            self._system.check_is_there(wanted, way)
        before = plug.wanted
        if plug.present:
            # First: a client has one port, and JACK allows no two clients of one name.
            self._lose(way, Plugging.LEFT)
        plug.wanted = wanted
        try:
            self._find(way, Plugging.CHOSEN)
        except AntiphonError:
            plug.wanted = before
            with suppress(AntiphonError):
                self._find(way, Plugging.BACK)
            raise
        return plug.name

    def _missing(self) -> Iterator[Way]:
        plugs = self._plugs.items()
        return (way for way, plug in plugs if plug.wanted is not None and not plug.present)

    def _find(self, way: Way, what: Plugging) -> None:
        plug = self._plugs[way]
        if plug.wanted is None:
            plug.name = ""
        elif isinstance(plug, HotInput):
            plug.plug(self._system.open_input(plug.wanted, way))
        else:
            plug.plug(self._system.open_output(plug.wanted, way))
        self._changed(PlugChange(way, plug.name, what))

    def _lose(self, way: Way, what: Plugging) -> None:
        plug = self._plugs[way]
        if isinstance(plug, HotInput):
            plug.unplug()
            self._changed(PlugChange(way, plug.name, what))
        else:
            self._changed(PlugChange(way, plug.name, what))
            plug.unplug()
