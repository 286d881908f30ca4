"""MIDI ports: what one is, and those inside this process, for the demo and the tests.

Bytes in and bytes out; what the messages mean is no business of this module.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from antiphon.daemon.clock import Clock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Timed
from antiphon.daemon.thru.timing import NO_TIMES, CallbackTimes

if TYPE_CHECKING:
    from antiphon.daemon.session.sounding import Sounding
    from antiphon.daemon.thru.local import Thru


class InputPort(Protocol):
    """Where the player's messages come from."""

    @property
    def name(self) -> str:
        """As other programs see it."""
        ...

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call `heard` with every message from now on, sysex and timing too, on any thread."""
        ...

    def stop(self) -> None:
        """Stop calling; when it returns, no message is under way. Again does nothing."""
        ...

    def close(self) -> None:
        """Stop, and give the port up; again does nothing."""
        ...


class OutputPort(Protocol):
    """Where messages go out; used by one thread at a time."""

    @property
    def name(self) -> str:
        """As other programs see it."""
        ...

    def send(self, data: bytes) -> None:
        """Send one message; raises `AntiphonError` if the port cannot take it."""
        ...

    def close(self) -> None:
        """Give the port up; again does nothing."""
        ...


class Way(Enum):
    """Which port, and so which way messages go through it."""

    INPUT = "input"
    OUTPUT = "output"
    CONTROLLER = "controller"
    FEEDBACK = "feedback"

    @property
    def is_inward(self) -> bool:
        """Whether messages come in through it."""
        return self in (Way.INPUT, Way.CONTROLLER)


class Plugging(Enum):
    """What became of a port."""

    AWAITED = "is not there yet; it is opened when it comes"
    LOST = "is gone; it is opened again when it is back"
    BACK = "is back"
    LEFT = "is left for another"
    CHOSEN = "is chosen"

    @property
    def is_there(self) -> bool:
        """Whether there is a port to use now."""
        return self in (Plugging.BACK, Plugging.CHOSEN)


@dataclass(frozen=True, slots=True)
class PlugChange:
    """Something became of a port."""

    way: Way
    name: str
    what: Plugging


class Chooser(Protocol):
    """Lists ports and opens others, while playing."""

    def names(self) -> dict[Way, list[str]]:
        """The ports of others that there are; raises `AntiphonError` where the server is gone."""
        ...

    def choose(self, way: Way, wanted: str | None) -> str:
        """Open another port: by a part of its name, a virtual one (empty), or none; its name.

        Raises `AntiphonError`, with everything as it was, if that cannot be.
        """
        ...


Minding = Callable[[Callable[[PlugChange], None]], AbstractContextManager[Chooser]]
"""Watches ports within the context, and calls what it is given when something becomes of one."""


class FixedPorts:
    """The chooser of ports that stay as they are."""

    def names(self) -> dict[Way, list[str]]:
        """There are no others."""
        return {way: [] for way in Way}

    def choose(self, way: Way, wanted: str | None) -> str:
        """Raises `AntiphonError`."""
        raise AntiphonError(f"this {way.value} cannot be changed to {wanted!r}")


def _never_lost(_: Callable[[PlugChange], None]) -> AbstractContextManager[Chooser]:
    return nullcontext(FixedPorts())


def _nobody_else() -> None:
    """There is no other way."""


def _nobody_hears(_: bytes) -> None:
    """There is no sound of our own."""


def _no_sound() -> dict[str, object]:
    """There is none of our own."""
    return {"sounds": False, "words": "off"}


@dataclass(frozen=True, slots=True)
class Callback:
    """How the callback of the input does, and whether our output is connected to it."""

    times: CallbackTimes = NO_TIMES
    period_s: float = 0.0
    """Of the server; 0 where there is none."""
    is_wired: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """An open pair, the back end that it lives in, what keeps it open, and a controller's ports."""

    backend: str
    input: InputPort
    output: OutputPort
    mind: Minding = _never_lost
    controller: InputPort | None = None
    feedback: OutputPort | None = None
    silence: Callable[[], None] = _nobody_else
    """Ends what sounds by a way past these ports, where there is one. Never blocks."""
    lost: Callable[[], None] = _nobody_else
    """The same where the process of these ports was lost, and another one will open them."""
    alive: Callable[[], None] = _nobody_else
    """To be called at least twice a second while anything sounds, or it is ended that way."""
    sound: Callable[[], dict[str, object]] = _no_sound
    """Tells of the built-in sound: whether it `sounds`; by what or why not, in `words`."""
    callback: Callable[[], Callback] = Callback
    thru: "Thru | None" = None
    """What passes messages on between these ports, where that is done elsewhere."""
    sounding: "Sounding | None" = None
    """Told what sounds, where a guardian sees it."""
    passed: Callable[[bytes], None] = _nobody_hears
    """To be called with all that goes out, for the built-in sound."""


class NoOutput:
    """An output port that leads nowhere, for who sounds by itself."""

    name = "antiphon's own sound"

    def send(self, data: bytes) -> None:
        """Drop it."""

    def close(self) -> None:
        """There is nothing to give up."""


class MemoryInput:
    """An input port inside this process: whoever holds it plays with `feed`."""

    def __init__(self, name: str = "memory:in") -> None:
        self.name = name
        self._heard: Callable[[bytes], None] | None = None

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call `heard` from `feed`, on the thread that feeds."""
        self._heard = heard

    def feed(self, data: bytes) -> None:
        """Play one message; lost if nobody listens, as on a cable."""
        if self._heard is not None:
            self._heard(data)

    def stop(self) -> None:
        """Stop calling."""
        self._heard = None

    def close(self) -> None:
        """Stop calling."""
        self.stop()


class MemoryOutput:
    """An output port inside this process that remembers what was sent, and when."""

    def __init__(self, clock: Clock, name: str = "memory:out") -> None:
        self.name = name
        self._clock = clock
        self._changed = threading.Condition()
        self._sent: list[Timed] = []

    @property
    def sent(self) -> list[Timed]:
        """All messages so far with their times in seconds, a copy."""
        with self._changed:
            return list(self._sent)

    def send(self, data: bytes) -> None:
        """Remember one message."""
        with self._changed:
            self._sent.append((self._clock.now(), data))
            self._changed.notify_all()

    def wait_for(self, enough: Callable[[Sequence[Timed]], bool], timeout_s: float) -> bool:
        """Wait until `enough` is true of what was sent; whether it came to be in time."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(self._sent), timeout_s)

    def close(self) -> None:
        """Nothing to give up: what was sent stays readable."""
