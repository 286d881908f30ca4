"""The thru process: owns the MIDI ports, and passes on what comes in in the callback itself.

Started as ``python -m antiphon.daemon.thru ORDERS``; frames come in on standard input and go out on
standard output. An input that ends is the session's end: then all that sounds is ended here.
"""

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Final, Self

from antiphon.daemon import priority
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Problem
from antiphon.daemon.ports.backends import open_ports
from antiphon.daemon.ports.protocols import Chooser, FixedPorts, PlugChange, Ports, Way
from antiphon.daemon.session.sounding import THRU, Sounding
from antiphon.daemon.thru.frames import Frames, Kind, frame, table
from antiphon.daemon.thru.local import LocalThru, ThruFigures
from antiphon.daemon.thru.orders import Orders
from antiphon.daemon.thru.settings import ThruSettings
from antiphon.daemon.thru.timing import CallbackTimes

LOOK_S: Final = 0.5
"""How often connections, figures and the pulse are seen to."""
SWITCH_S: Final = 0.0005
"""Longer than a callback takes, which is not interrupted then; no other thread is busy for long."""
XRUN_PAUSE_S: Final = 0.03
MOST_WAITING: Final = 100_000
"""So many frames may wait for a session that does not read."""
FAREWELL_S: Final = 0.3

_CHUNK: Final = 65_536


class Session:
    """The listener of the thru: writes frames to the session, on a thread of its own.

    What a callback leaves to be done is done here, too: to write, it would let go of the
    interpreter, and wait for it again.
    """

    def __init__(self, output: int) -> None:
        self._output = output
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def __enter__(self) -> Self:
        """Start to work."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Do what waits, unless nobody reads."""
        self._waiting.put(None)
        self._thread.join(FAREWELL_S)

    def later(self, work: Callable[[], None]) -> None:
        """Have this done, after all that was put before."""
        # A session that hangs is not waited for: it is silenced, and has lost the thread.
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(work)

    def tell(self, **content: object) -> None:
        """Have a table written, from any thread."""
        self.later(partial(self._write, table(content)))

    def problem(self, problem: Problem) -> None:
        """A line for the user, from any thread."""
        self.tell(problem=asdict(problem))

    def received(self, data: bytes, time: float) -> None:
        """Of long messages the session needs to know no more than that they are there."""
        self._write(frame(Kind.RECEIVED, time, data[:1] if data[:1] == b"\xf0" else data))

    def moved(self, data: bytes) -> None:
        """A controller's message."""
        self._write(frame(Kind.MOVED, data=data))

    def came_back(self) -> None:
        """A message of our own."""
        self._write(frame(Kind.CAME_BACK))

    def _run(self) -> None:
        # Nobody reads any more: the end of our input tells that.
        with suppress(OSError):
            while (work := self._waiting.get()) is not None:
                work()

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._output, data) :]


class Process:
    """Carries out what the session says, until it says no more."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._frames = Frames()
        self._clock = MonotonicClock()
        self._chooser: Chooser = FixedPorts()
        self._figures = ThruFigures()
        self._is_wired = False
        self._stirred = threading.Event()
        self._closing = threading.Event()
        self._xruns = 0
        self._is_late = self._is_rewired = False

    def dropped(self) -> None:
        """The server may have dropped messages: called on a thread of its library."""
        self._xruns += 1
        if not self._is_late:
            self._is_late = True
            self._stirred.set()

    def rewired(self) -> None:
        """A connection was made or undone: called there, too."""
        self._is_rewired = True
        self._stirred.set()

    def run(self, ports: Ports, thru: LocalThru, alive: Callable[[], None]) -> None:
        """Until the session ends."""
        self._ports, self._thru = ports, thru
        thread = threading.Thread(target=self._settle, args=(alive,), daemon=True)
        thread.start()
        with ports.mind(self._changed) as self._chooser:
            while self._hear():
                pass
        self._closing.set()
        self._stirred.set()
        thread.join(FAREWELL_S)

    def _settle(self, alive: Callable[[], None]) -> None:
        """See to what is not done at once; no callback waits for it."""
        look_s = self._clock.now()
        while not self._closing.is_set():
            if self._is_late:
                # The server may be late on and on: once in a while is enough.
                self._closing.wait(XRUN_PAUSE_S)
                self._is_late = False
                self._thru.dropped()
            wait_s = self._thru.settle()
            now = self._clock.now()
            if now >= look_s or self._is_rewired:
                look_s, self._is_rewired = now + LOOK_S, False
                alive()
                self._look()
            self._stirred.wait(min(LOOK_S if wait_s is None else wait_s, look_s - now))
            self._stirred.clear()

    def _hear(self) -> bool:
        chunk = os.read(0, _CHUNK)
        for kind, _, data in self._frames.feed(chunk):
            match kind:
                case Kind.SEND:
                    self._thru.send(data)
                case Kind.PLAY:
                    self._thru.play(data)
                case _:
                    self._obey(json.loads(data))
        if self._thru.is_unsettled:
            self._stirred.set()
        return bool(chunk)

    def _obey(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "apply":
                self._thru.apply(**as_changes(order["changes"]))
            case "panic":
                self._thru.panic()
            case "finish":
                self._thru.finish()
            case "light":
                with suppress(AntiphonError):
                    if self._ports.feedback is not None:
                        self._ports.feedback.send(bytes.fromhex(order["data"]))
            case _:
                # It waits for another thread, which may wait for the server.
                threading.Thread(target=self._answer, args=(order,), daemon=True).start()

    def _answer(self, order: dict[str, Any]) -> None:
        chooser = self._chooser
        try:
            if order["do"] == "names":
                found: object = {way.value: names for way, names in chooser.names().items()}
            else:
                found = chooser.choose(Way(order["way"]), order["wanted"])
        except AntiphonError as error:
            self._session.tell(answer=order["number"], error=str(error))
        else:
            self._session.tell(answer=order["number"], found=found)

    def _changed(self, change: PlugChange) -> None:
        if change.way is Way.OUTPUT:
            if change.what.is_there:
                self._thru.plug()
            else:
                self._thru.unplug()
        self._session.tell(plug=[change.way.name, change.name, change.what.name])

    def _look(self) -> None:
        callback = self._ports.callback()
        if callback.is_wired != self._is_wired:
            self._is_wired = callback.is_wired
            self._thru.wire(is_there=self._is_wired)
        figures = ThruFigures(self._thru.figures.failed, self._xruns, callback.times)
        if figures != self._figures:
            self._tell_missed(figures.callback, callback.period_s)
            self._figures = figures
            self._session.tell(figures=asdict(figures))

    def _tell_missed(self, times: CallbackTimes, period_s: float) -> None:
        if times.missed > self._figures.callback.missed:
            self._session.problem(
                Problem(
                    f"{times.missed} of your messages took longer than a period of the MIDI server "
                    f"({period_s * 1e3:.1f} ms) to be passed on, up to {times.max_ms:.1f} ms: "
                    "close busy programs, or choose a longer period",
                    "thru",
                )
            )


def as_changes(table: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of settings, as they came in a table."""
    if "controllers" in table:
        heads = frozenset(bytes.fromhex(head) for head in table["controllers"])
        return {**table, "controllers": heads}
    return dict(table)


def main(arguments: list[str]) -> int:
    """Pass on until the session ends; whatever ends everybody else must not end this before."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_S)
    orders = Orders.from_json(arguments[0])
    output = os.dup(1)
    # JACK's library prints there.
    os.dup2(2, 1)
    sounding = Sounding(orders.sounding) if orders.sounding >= 0 else None
    with Session(output) as session:
        try:
            _serve(orders, session, sounding)
        except AntiphonError as error:
            session.tell(error=str(error))
            return 1
    return 0


def _serve(orders: Orders, session: Session, sounding: Sounding | None) -> None:
    process = Process(session)
    awaited = [Way(way) for way in orders.awaited]
    with (
        priority.raised(),
        open_ports(
            orders.ports, orders.controller, orders.sounds_itself, awaited, process
        ) as ports,
    ):
        thru = LocalThru(
            ports.output,
            MonotonicClock(),
            ThruSettings(**as_changes(orders.settings)),
            is_lossy=ports.backend == "jack",
            sounding=sounding,
            later=session.later,
        )
        thru.listen(session)
        names = {
            Way.INPUT: ports.input.name,
            Way.OUTPUT: ports.output.name,
            Way.CONTROLLER: ports.controller.name if ports.controller else "",
            Way.FEEDBACK: ports.feedback.name if ports.feedback else "",
        }
        named = {way.value: name for way, name in names.items()}
        session.tell(opened={"backend": ports.backend, "names": named})
        thru.end_again()
        ports.input.listen(thru.receive)
        if ports.controller is not None:
            ports.controller.listen(thru.receive_controller)
        process.run(ports, thru, lambda: sounding.alive(THRU) if sounding else None)
        ports.input.stop()
        thru.finish()
        _settle(thru)


def _settle(thru: LocalThru) -> None:
    """See that what was ended is surely out."""
    clock = MonotonicClock()
    end_s = clock.now() + FAREWELL_S
    while (wait_s := thru.settle()) is not None and clock.now() < end_s:
        threading.Event().wait(wait_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
