"""Keeps the thru process: started, told, heard, started again when it is lost.

Telling it anything never blocks.
"""

import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, Any, Final, Self

from antiphon.daemon import priority
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import ControllerSettings, PortSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Problem
from antiphon.daemon.ports.held import HeldKeys
from antiphon.daemon.ports.protocols import Chooser, PlugChange, Plugging, Ports, Way
from antiphon.daemon.session.sounding import THRU, Sounding
from antiphon.daemon.thru.frames import Frames, FrameWriter, Kind, frame, table
from antiphon.daemon.thru.local import Listener, Silent, ThruFigures
from antiphon.daemon.thru.orders import Orders, command
from antiphon.daemon.thru.timing import CallbackTimes

OPEN_TIMEOUT_S: Final = 30.0
ANSWER_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 3.0
POLL_INTERVAL_S: Final = 0.5
STILL_LOOKS: Final = 4
"""A process whose pulse stands still for so many looks hangs."""
RETRY_S: Final = 0.5

_CHUNK: Final = 65_536


@contextmanager
def thru_process(
    settings: PortSettings,
    controller: ControllerSettings,
    sounds_itself: bool,
    awaited: Collection[Way],
    sounding: Sounding | None,
) -> Iterator["ThruProcess"]:
    """A thru process with its ports open; raises `AntiphonError` where it cannot open them."""
    file = -1 if sounding is None else sounding.descriptor
    orders = Orders(settings, controller, sounds_itself, tuple(way.value for way in awaited), file)
    with ThruProcess(orders, sounding) as process:
        yield process


@dataclass(frozen=True, slots=True)
class _Life:
    """One life of the process."""

    process: "subprocess.Popen[bytes]"
    writer: FrameWriter
    input: IO[bytes]
    output: IO[bytes]

    def end_input(self) -> None:
        """Tell it to end: nothing more is written."""
        with self.writer.lock, suppress(OSError):
            self.input.close()


class _Named:
    """One of the ports, as far as its name goes."""

    def __init__(self) -> None:
        self.name = ""

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """What comes in is told by the process."""

    def stop(self) -> None:
        """The process stops."""

    def close(self) -> None:
        """The process closes."""

    def send(self, data: bytes) -> None:
        """The process sends."""
        raise NotImplementedError


class _Lights(_Named):
    """The port of a controller's lights."""

    def __init__(self, tell: Callable[..., None]) -> None:
        super().__init__()
        self._tell = tell

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._tell(do="light", data=data.hex())


class ThruProcess:
    """A `Thru` in a process of its own, and the `Chooser` of its ports.

    A context manager: within it the process lives, and is started again should it end.
    """

    def __init__(self, orders: Orders, sounding: Sounding | None) -> None:
        self._orders = orders
        self._sounding = sounding
        self._listener: Listener = Silent()
        self._lock = threading.Lock()
        self._life: _Life | None = None
        self._closing = threading.Event()
        self._is_open = False
        self._opened: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._count = 0
        self._held = HeldKeys()
        self._changed: Callable[[PlugChange], None] | None = None
        self._unheard: list[PlugChange] = []
        self._names = {way: _Named() for way in Way} | {Way.FEEDBACK: _Lights(self._tell)}
        self._lost: set[Way] = set()
        self._settings: dict[str, Any] = {}
        self.figures = ThruFigures()
        """How the process has done so far, as it last told."""
        self.losses = 0
        """How often it was lost."""
        self.lost: Callable[[], None] = lambda: None
        """Called when the process is lost: ends what sounds by another way."""

    @property
    def process_id(self) -> int | None:
        """The number of its process, None while there is none."""
        life = self._life
        return None if life is None else life.process.pid

    def __enter__(self) -> Self:
        """Start it; raises `AntiphonError` where it cannot open the ports."""
        try:
            life = self._start()
        except OSError as error:
            raise AntiphonError(f"cannot start the thru process: {error}") from None
        self._threads = [
            threading.Thread(target=self._keep, args=(life,), name="thru", daemon=True),
            threading.Thread(target=self._watch, name="thru-watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        try:
            opened = self._opened.get(timeout=OPEN_TIMEOUT_S)
        except queue.Empty:
            opened = {"error": "the MIDI back end does not answer"}
        if "error" in opened:
            self.__exit__()
            raise AntiphonError(opened["error"])
        self.ports = Ports(
            opened["backend"],
            self._names[Way.INPUT],
            self._names[Way.OUTPUT],
            self._mind,
            self._names[Way.CONTROLLER],
            self._names[Way.FEEDBACK],
            thru=self,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Have it end what sounds, and end."""
        self._closing.set()
        life = self._life
        if life is not None:
            life.end_input()
            try:
                life.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                life.process.kill()
        for thread in self._threads:
            thread.join()

    def listen(self, listener: Listener) -> None:
        """Tell this listener from now on."""
        self._listener = listener

    def play(self, data: bytes) -> None:
        """Play a message of the player's that came another way than by the input port."""
        self._put(frame(Kind.PLAY, data=data))

    def send(self, data: bytes) -> None:
        """Send a message of the machine's or of nobody's."""
        self._put(frame(Kind.SEND, data=data))

    def apply(self, **changes: Any) -> None:
        """Change fields of `ThruSettings`."""
        if "controllers" in changes:
            changes["controllers"] = sorted(head.hex() for head in changes["controllers"])
        self._settings |= changes
        self._tell(do="apply", changes=changes)

    def panic(self) -> None:
        """Silence everybody, and reset every channel."""
        self._tell(do="panic")

    def finish(self) -> None:
        """End all that sounds."""
        self._tell(do="finish")

    def unplug(self) -> None:
        """It has ended what sounded already."""

    def plug(self) -> None:
        """It knows already."""

    def settle(self) -> None:
        """It sees to that itself."""

    def names(self) -> dict[Way, list[str]]:
        """The ports of others that there are; raises `AntiphonError` where the server is gone."""
        found = self._ask(do="names")
        return {Way(way): names for way, names in found.items()}

    def choose(self, way: Way, wanted: str | None) -> str:
        """Open another port, as of `Chooser`; raises `AntiphonError`."""
        name = str(self._ask(do="choose", way=way.value, wanted=wanted))
        # Should the process be lost, the next one begins with these.
        ports, controller = self._orders.ports, self._orders.controller
        match way:
            case Way.INPUT:
                ports = replace(ports, input=wanted or "")
            case Way.OUTPUT:
                ports = replace(ports, output=wanted or "")
            case Way.CONTROLLER:
                controller = replace(controller, input=wanted or "")
            case Way.FEEDBACK:
                controller = replace(controller, feedback=wanted or "off")
        self._orders = replace(self._orders, ports=ports, controller=controller)
        return name

    @contextmanager
    def _mind(self, changed: Callable[[PlugChange], None]) -> Iterator[Chooser]:
        with self._lock:
            self._changed, unheard = changed, self._unheard
        for change in unheard:
            changed(change)
        try:
            yield self
        finally:
            self._changed = None

    def _tell(self, **order: object) -> None:
        self._put(table(order))

    def _put(self, data: bytes) -> None:
        life = self._life
        if life is not None:
            # Where it is gone, what sounded is ended by another way.
            with suppress(OSError):
                life.writer.put(data)

    def _ask(self, **order: object) -> Any:
        # Any: what the order is answered by.
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            self._count += 1
            number = self._count
            self._answers[number] = answers
        self._tell(number=number, **order)
        try:
            answer = answers.get(timeout=ANSWER_TIMEOUT_S)
        except queue.Empty:
            answer = {"error": "the MIDI back end does not answer"}
        finally:
            self._answers.pop(number, None)
        if "error" in answer:
            raise AntiphonError(answer["error"])
        return answer["found"]

    def _start(self) -> _Life:
        orders = replace(self._orders, settings=self._settings)
        file = orders.sounding
        with priority.handed_down(priority.REAL_TIME):
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command(orders),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # JACK's library complains there of every server that is gone.
                stderr=subprocess.DEVNULL,
                pass_fds=[file] if file >= 0 else [],
                # Ctrl-C in the terminal is for us; it ends when its input does.
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101 (it was asked for)
        assert process.stdout is not None  # noqa: S101 (it was asked for)
        life = _Life(process, FrameWriter(process.stdin.fileno()), process.stdin, process.stdout)
        with self._lock:
            self._life = life
        return life

    def _keep(self, life: _Life | None) -> None:
        while life is not None:
            self._hear(life)
            life.process.wait()
            with self._lock:
                self._life = None
            life.end_input()
            life.output.close()
            if self._is_open and not self._closing.is_set():
                self._on_lost()
            life = self._start_again()

    def _start_again(self) -> _Life | None:
        # At once if it was lost; where it cannot open the ports, or cannot start, now and then.
        pause_s = 0.0 if self._is_open else RETRY_S
        self._is_open = False
        while not self._closing.wait(pause_s):
            try:
                return self._start()
            except OSError:
                pause_s = RETRY_S
        return None

    def _watch(self) -> None:
        """Kill a process that hangs: another one plays on."""
        sounding, last, still = self._sounding, -1, 0
        while sounding is not None and not self._closing.wait(POLL_INTERVAL_S):
            pulse, life = sounding.pulse(THRU), self._life
            still = still + 1 if pulse == last else 0
            last = pulse
            if life is not None:
                with suppress(OSError):
                    life.writer.flush()
            if still >= STILL_LOOKS and life is not None:
                still = 0
                life.process.kill()

    def _hear(self, life: _Life) -> None:
        frames = Frames()
        while chunk := os.read(life.output.fileno(), _CHUNK):
            for kind, time, data in frames.feed(chunk):
                match kind:
                    case Kind.RECEIVED:
                        self._held.follow(data)
                        self._listener.received(data, time)
                    case Kind.MOVED:
                        self._listener.moved(data)
                    case Kind.CAME_BACK:
                        self._listener.came_back()
                    case _:
                        self._take(json.loads(data))

    def _take(self, told: dict[str, Any]) -> None:
        match told:
            case {"problem": problem}:
                self._listener.problem(Problem(**problem))
            case {"figures": figures}:
                self.figures = ThruFigures(
                    figures["failed"], figures["xruns"], CallbackTimes(**figures["callback"])
                )
            case {"answer": number}:
                if number in self._answers:
                    self._answers[number].put(told)
            case {"plug": [way, name, what]}:
                self._plug(PlugChange(Way[way], name, Plugging[what]))
            case {"opened": opened}:
                for way, name in opened["names"].items():
                    self._names[Way(way)].name = name
                self._on_opened(opened)
            case {"error": error} if not self.losses:
                self._opened.put({"error": error})

    def _on_opened(self, opened: dict[str, Any]) -> None:
        self._is_open = True
        if not self.losses:
            self._opened.put(opened)
            return
        lost, self._lost = self._lost, set()
        for way in sorted(lost, key=lambda way: way.value):
            self._plug(PlugChange(way, self._names[way].name, Plugging.BACK))

    def _on_lost(self) -> None:
        """It ended without being told to: what sounds is ended by another way."""
        self.losses += 1
        self.lost()
        for answers in list(self._answers.values()):
            answers.put({"error": "the thru process was lost; it is started again"})
        for way in (Way.INPUT, Way.OUTPUT):
            if way not in self._lost:
                self._lost.add(way)
                self._plug(PlugChange(way, self._names[way].name, Plugging.LOST))
        for data in self._held.let_go():
            self._listener.received(data, MonotonicClock().now())

    def _plug(self, change: PlugChange) -> None:
        self._names[change.way].name = change.name
        with self._lock:
            if self._changed is None:
                self._unheard.append(change)
                return
        self._changed(change)
