"""Between an input and an output port: the core at work, under one lock.

The thru process runs this, and so does a daemon whose ports are its own, as in the demo.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from antiphon.daemon import midi
from antiphon.daemon.clock import Clock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Problem
from antiphon.daemon.ports.protocols import OutputPort
from antiphon.daemon.session.debts import Debts
from antiphon.daemon.session.sounding import Sounding
from antiphon.daemon.thru.core import Passed, ThruCore
from antiphon.daemon.thru.recent import RecentTraffic
from antiphon.daemon.thru.settings import ThruSettings
from antiphon.daemon.thru.timing import NO_TIMES, CallbackTimes

RETRY_S: Final = 0.02
"""How soon an ending that the port refused is sent again."""
TIMES_AFTER_LOSS: Final = 40
"""So often what sounded when a process was lost: its connections come back within a second."""
TIMES: Final = 3
"""So often what ends everything is said again in any case."""


@dataclass(frozen=True, slots=True)
class ThruFigures:
    """How it has done so far."""

    failed: int = 0
    """How many messages the port refused."""
    xruns: int = 0
    """How often the server was late, or some client of it: it may have dropped messages then."""
    callback: CallbackTimes = NO_TIMES


class Listener(Protocol):
    """Told of what passes, after it has gone out; it must not block."""

    def received(self, data: bytes, time: float) -> None:
        """The player's message, on the channel on which it went out."""
        ...

    def moved(self, data: bytes) -> None:
        """A controller's message, as it came in."""
        ...

    def came_back(self) -> None:
        """A message of our own came back in, and was ignored."""
        ...

    def problem(self, problem: Problem) -> None:
        """A line for the user."""
        ...


class Thru(Protocol):
    """What the session sees of it."""

    losses: int
    """How often its process was lost."""

    @property
    def process_id(self) -> int | None:
        """The number of its process, None where it has none of its own."""
        ...

    def listen(self, listener: Listener) -> None:
        """Tell this listener from now on."""
        ...

    def play(self, data: bytes) -> None:
        """Play a message of the player's that came another way than by the input port."""
        ...

    def send(self, data: bytes) -> None:
        """Send a message of the machine's or of nobody's, where it is not in the player's way."""
        ...

    def apply(self, **changes: Any) -> None:
        """Change fields of `ThruSettings`; the channel not under a lock that the listener takes."""
        ...

    def panic(self) -> None:
        """Silence everybody, and reset every channel."""
        ...

    def finish(self) -> None:
        """End all that sounds, and send nothing more."""
        ...

    def unplug(self) -> None:
        """The output is lost: end what sounds, and send nothing until `plug`."""
        ...

    def plug(self) -> None:
        """The output is back."""
        ...

    def settle(self) -> float | None:
        """Send again what was refused or dropped; after how many seconds to call again."""
        ...

    @property
    def figures(self) -> ThruFigures:
        """How it has done so far."""
        ...


@dataclass
class Silent:
    """The listener while there is none."""

    def received(self, data: bytes, time: float) -> None:
        """Nobody is told."""

    def moved(self, data: bytes) -> None:
        """Nobody is told."""

    def came_back(self) -> None:
        """Nobody is told."""

    def problem(self, problem: Problem) -> None:
        """Nobody is told."""


class LocalThru:
    """The core with an output port behind it; its `receive` is the callback of an input port.

    `is_lossy` says that the port may drop what it takes; `sounding` is told what sounds. What has
    to be done once a message has gone out is given to `later`, for another thread to do in order.
    """

    process_id = None
    losses = 0

    def __init__(
        self,
        output: OutputPort,
        clock: Clock,
        settings: ThruSettings | None = None,
        *,
        is_lossy: bool = False,
        sounding: Sounding | None = None,
        later: Callable[[Callable[[], None]], None] = lambda work: work(),
    ) -> None:
        self._output = output
        self._clock = clock
        self._sounding = sounding
        self._later = later
        self._core = ThruCore(settings or ThruSettings())
        self._recent = RecentTraffic(is_lossy=is_lossy)
        self._debts = Debts(self._put, self._complain)
        self._listener: Listener = Silent()
        # Told in the order in which messages went out: held while the listener is called.
        self._order = threading.RLock()
        self._lock = threading.Lock()

    @property
    def figures(self) -> ThruFigures:
        """How it has done so far."""
        return ThruFigures(failed=self._debts.failed)

    @property
    def is_unsettled(self) -> bool:
        """Whether `settle` has something to do."""
        return bool(self._debts) or self._recent.next_time() is not None

    def listen(self, listener: Listener) -> None:
        """Tell this listener from now on."""
        self._listener = listener

    def end_again(self) -> None:
        """End what sounded when the process before this one was lost."""
        if self._sounding is not None:
            endings = self._sounding.endings()
            self._send(lambda _: endings, insist=TIMES_AFTER_LOSS)

    def receive(self, data: bytes) -> None:
        """The callback of the input port: a message of the player's."""
        now = self._clock.now()
        is_echo = self._recent.is_echo(data, now)
        with self._order:
            with self._lock:
                passed = self._core.receive(data, now, is_echo=is_echo)
                self._send_all(passed.send)
            self._later(partial(self._follow, data, passed, now))

    def receive_controller(self, data: bytes) -> None:
        """The callback of a controller's port."""
        self._later(partial(self._listener.moved, data))

    def play(self, data: bytes) -> None:
        """Play a message of the player's that came another way than by the input port."""
        now = self._clock.now()
        with self._order:
            with self._lock:
                passed = self._core.play(data, now)
                self._send_all(passed.send)
            self._later(partial(self._tell, passed, now))

    def send(self, data: bytes) -> None:
        """Send a message of the machine's or of nobody's, where it is not in the player's way."""
        self._send(partial(self._core.send, data), is_own=True)

    def apply(self, **changes: Any) -> None:
        """Change fields of `ThruSettings`; the channel not under a lock that the listener takes."""
        now = self._clock.now()
        with self._order if "channel" in changes else nullcontext():
            with self._lock:
                followed = self._core.apply(now, changes)
                for passed in followed:
                    self._send_all(passed.send)
            for passed in followed:
                self._later(partial(self._tell, passed, now))

    def panic(self) -> None:
        """Silence everybody, and reset every channel."""
        self._send(self._core.panic, insist=TIMES)

    def finish(self) -> None:
        """End all that sounds, and send nothing more."""
        self._send(self._core.unplug, insist=TIMES)

    def unplug(self) -> None:
        """The output is lost: end what sounds, and send nothing until `plug`."""
        self._send(self._core.unplug)
        with self._lock:
            self._debts.forgive()
        self._recent.clear()

    def plug(self) -> None:
        """The output is back."""
        self._send(lambda _: self._core.plug())

    def wire(self, *, is_there: bool) -> None:
        """The output is connected to the input, or is not."""
        self._tell_problems(self._recent.wired(is_there=is_there, now=self._clock.now()))

    def dropped(self) -> None:
        """The server was too late for somebody: what was sent just now may be lost."""
        self._recent.dropped(self._clock.now())

    def settle(self) -> float | None:
        """Send again what was refused or dropped; after how many seconds to call again."""
        now = self._clock.now()
        while (ending := self._recent.again(now)) is not None:
            # One by one: the player's messages go between.
            with self._lock:
                if not self._core.sounds(ending):
                    self._debts.send(ending)
        with self._lock:
            with suppress(AntiphonError):
                self._debts.pay()
            waits = [RETRY_S] if self._debts else []
        if (next_s := self._recent.next_time()) is not None:
            waits.append(max(next_s - now, 0.0))
        self._tell_problems(self._recent.news(now))
        return min(waits, default=None)

    def _send(
        self,
        decide: Callable[[float], list[bytes]],
        *,
        is_own: bool = False,
        insist: int = 0,
    ) -> None:
        now = self._clock.now()
        with self._lock:
            sent = decide(now)
            self._send_all(sent)
        self._recent.went_out(sent, now, is_own=is_own)
        if insist:
            self._recent.insist(insist, now)

    def _send_all(self, messages: Iterable[bytes]) -> None:
        for data in messages:
            self._debts.send(data)

    def _put(self, data: bytes) -> None:
        sounding = self._sounding
        if sounding is not None and not midi.is_note_off(data):
            sounding.sent(data)
        self._output.send(data)
        # Only once the port took it: a key whose end was refused sounds on.
        if sounding is not None and midi.is_note_off(data):
            sounding.sent(data)

    def _complain(self, text: str) -> None:
        self._listener.problem(Problem(text))

    def _follow(self, data: bytes, passed: Passed, now: float) -> None:
        """What is done of a message that came in, after it has gone out."""
        self._tell(passed, now)
        if passed.received is not None:
            self._tell_problems(self._recent.came_in(data, now))

    def _tell(self, passed: Passed, now: float) -> None:
        self._recent.went_out(passed.send, now, is_own=False)
        if passed.moved is not None:
            self._listener.moved(passed.moved)
        if passed.received is not None:
            self._listener.received(passed.received, now)
        if passed.is_echo:
            self._listener.came_back()

    def _tell_problems(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self._listener.problem(problem)
