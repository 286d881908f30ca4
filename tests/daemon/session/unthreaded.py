"""A whole session process whose threads are never started: a test does their work, when it says so.

All of it is the daemon's own but the clock, what is behind the ports and the performer's process.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest import mock

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.config import Config
from antiphon.daemon.ports.hotplug import HotInput, HotOutput
from antiphon.daemon.ports.keeper import Keeper
from antiphon.daemon.ports.protocols import MemoryInput, Ports, Way
from antiphon.daemon.session import answers, control, journal
from antiphon.daemon.session import supervisor as supervising
from antiphon.daemon.session.daemon import Daemon
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.oscside import OscSide
from antiphon.daemon.session.sounding import SIZE, Sounding, endings
from tests.fakes import FakeSystem, ManualClock, RecordingOutput

Place = tuple[int, int]


class Listener(RecordingOutput):
    """Whoever listens at the output: what sounds there, and what should never have come."""

    def __init__(self, owner: Callable[[Place], int | None] = lambda _: None) -> None:
        super().__init__()
        self._owner = owner
        """Whose note it is that is being sent; None: not known."""
        self._players: set[Place] = set()
        self.sounding: set[Place] = set()
        self.pedals: dict[int, int] = {}
        self.struck_twice: list[Place] = []

    def send(self, data: bytes) -> None:
        place = (midi.channel(data), midi.key(data)) if len(data) > 1 else (0, 0)
        super().send(data)
        if midi.is_note_on(data):
            is_players = self._owner(place) in (PLAYER, None)
            # What the player strikes twice goes out as it was played.
            if place in self.sounding and not (is_players and place in self._players):
                self.struck_twice.append(place)
            self.sounding.add(place)
            (self._players.add if is_players else self._players.discard)(place)
        elif midi.is_note_off(data):
            self.sounding.discard(place)
        elif midi.is_sustain(data):
            self.pedals[midi.channel(data)] = midi.value(data)

    @property
    def hears_something(self) -> bool:
        return bool(self.sounding) or any(self.pedals.values())


class Actor:
    """A performer that is no process: a test says its lines."""

    def __init__(self, _: Sequence[str], **__: int) -> None:
        self.told: list[messages.ToPerformer] = []
        self.ended = threading.Event()
        self.exit_code: int | None = None
        self.process_id = os.getpid()
        self.hear: Callable[[bytes], bool]

    def put(self, message: messages.ToPerformer) -> None:
        assert wire.decode(wire.encode(message)) == message
        self.told.append(message)

    def start(self, hear: Callable[[bytes], bool]) -> None:
        self.hear = hear

    def end(self, *_: float) -> None:
        self.exit_code = 3


class Process:
    """Reachable as in life: the keyboard, the ports, the performer's lines, clients' lines."""

    def __init__(self, folder: Path, *, records: bool = False) -> None:
        self.clock = ManualClock()
        self.system = FakeSystem(lambda: Listener(self.owner))
        self.source = HotInput("Keys", self.system.open_input("Keys", Way.INPUT))
        self.sink = HotOutput("Synth", self.system.open_output("Synth", Way.OUTPUT))
        self.knobs = HotInput("Knobs", None)
        self.sounding = Sounding()
        config = Config()
        self.daemon = Daemon(
            replace(
                config,
                record=replace(config.record, folder=str(folder / "jams"), enabled=records),
                control=replace(config.control, socket=str(folder / "control.sock")),
                controller=replace(config.controller, learned=str(folder / "learned.toml")),
            ),
            Ports(
                "memory",
                self.source,
                self.sink,
                controller=self.knobs,
                sounding=self.sounding,
            ),
            self.clock,
            ["performer"],
        )
        daemon = self.daemon
        daemon._started = self.clock.now()
        path = folder / "control.sock"
        self.server = control.Server(path, partial(answers.answered, daemon), daemon._left)
        daemon._server = self.server
        daemon._osc = OscSide(config.osc, path, daemon.trouble)
        plugs: dict[Way, HotInput | HotOutput] = {
            Way.INPUT: self.source,
            Way.OUTPUT: self.sink,
            Way.CONTROLLER: self.knobs,
        }
        self.keeper = Keeper(self.system, plugs, daemon.plugs._take)
        daemon.plugs.chooser = _AtOnce(self.keeper)
        daemon.recorder.__enter__()
        self.begin()
        self.missed: set[Place] = set()
        """Keys that were struck while the port took nothing, and are down."""
        self.thru = daemon._local
        self._send = self.thru._debts.send
        self.thru._debts.send = self._sent  # type: ignore[method-assign]
        daemon._listen()

    @property
    def listener(self) -> Listener:
        """Whoever listens now, or did last."""
        return cast(Listener, self.system.outputs[-1])

    @property
    def guardian_sees(self) -> set[Place]:
        """The keys that a guardian would end."""
        found = endings(self.sounding._keys[:SIZE])
        return {(midi.channel(data), midi.key(data)) for data in found}

    def owner(self, place: Place) -> int | None:
        """Whose note sounds there."""
        return self.thru._core._mixer.ledger.holder(*place)

    @property
    def ledger(self) -> set[Place]:
        """The keys that sound as far as thru knows."""
        return set(self.thru._core._mixer.ledger._keys)

    @property
    def players(self) -> tuple[dict[Place, bool], dict[Place, bool]]:
        """Which of them are the player's: as thru knows, and as the session does."""
        ledgers = self.thru._core._mixer.ledger, self.daemon.player._stage._mixer.ledger
        one, other = (
            {place: owner == PLAYER for place, owner in ledger._keys.items()} for ledger in ledgers
        )
        return one, other

    @property
    def owed(self) -> set[Place]:
        """The keys whose ends a port refused."""
        owed = [data for data in self.thru._debts._owed if midi.is_note_off(data)]
        return {(midi.channel(data), midi.key(data)) for data in owed}

    @property
    def machines(self) -> set[Place]:
        """The keys that sound and are the machine's."""
        keys = self.daemon.player._stage._mixer.ledger._keys
        return {place for place, owner in keys.items() if owner != PLAYER}

    def play(self, data: bytes) -> None:
        """The keyboard sends a message, if it is there."""
        _feed(self.source, data)

    def turn(self, data: bytes) -> None:
        """The controller sends a message, if it is there."""
        _feed(self.knobs, data)

    def _sent(self, data: bytes) -> bool:
        got_through = self._send(data)
        if midi.is_note_on(data):
            place = midi.channel(data), midi.key(data)
            (self.missed.discard if got_through else self.missed.add)(place)
        return got_through

    def begin(self, *, forgets: bool = False) -> None:
        """A performer starts."""
        with mock.patch.object(supervising, "Child", Actor):
            supervisor = self.daemon._supervisor
            self.life = supervisor._start(self.clock.now(), forget=forgets)

    def say(self, line: bytes) -> bool:
        """The performer writes a line; whether it makes sense, and it is not to be given up."""
        return cast(Actor, self.life.child).hear(line)

    def lose(self, *, forgets: bool = False) -> None:
        """The performer is gone, and the next one starts."""
        self.daemon._supervisor._lose(self.life)
        self.begin(forgets=forgets)

    def ask(self, client: control._Client, line: bytes) -> Mapping[str, Any]:
        """A client sends a line."""
        answer = self.server._reply(client, line)
        strictly_json(answer)
        return answer

    def work(self) -> None:
        """What the threads would have done by now."""
        for thread in threading.enumerate():
            if thread.name in ("panic", "keep"):
                thread.join()
        knobs, likings = self.daemon.knobs, self.daemon.likings
        moved = list(_emptied(knobs._waiting))
        for item in knobs._latest(moved):
            knobs._carry_out(item)
        for text in _emptied(likings._texts):
            assert likings._path is not None
            likings._write(likings._path, text)
        for change in _emptied(self.server._changes):
            strictly_json(change)

    def close(self) -> None:
        """The end, in the order of `Daemon`'s."""
        self.source.stop()
        self.daemon.player.close()
        self.work()
        self.daemon._supervisor._stopping.set()
        self.daemon._supervisor._lose(self.life)
        self.daemon.recorder.__exit__()
        self.seen_at_the_end = self.guardian_sees
        self.sounding.close()


class _AtOnce:
    """A keeper's choices, on the thread that makes them."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def names(self) -> dict[Way, list[str]]:
        return {way: self._keeper._system.names(way) for way in Way}

    def choose(self, way: Way, wanted: str | None) -> str:
        return self._keeper._change(way, wanted)


def _feed(port: HotInput, data: bytes) -> None:
    if isinstance(port._port, MemoryInput):
        port._port.feed(data)


def client(number: int) -> control._Client:
    """A client without a connection."""
    return control._Client(cast(Any, None), number)


def strictly_json(content: Mapping[str, Any]) -> None:
    """Raises `ValueError` for what no other program could read."""
    json.dumps(content, allow_nan=False)


@contextmanager
def journals_written_when_waited_for() -> Iterator[None]:
    """No thread writes a journal either."""

    def wait(self: journal.Journal, _: float | None) -> bool:
        if not self._finished:
            self._run()
        return True

    with mock.patch.multiple(journal.Journal, start=lambda _: None, wait=wait):
        yield


def _emptied(queue: Any) -> Iterator[Any]:
    while not queue.empty():
        yield queue.get()
