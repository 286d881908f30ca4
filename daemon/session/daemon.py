"""One running daemon: the parts put together, started, answered for and stopped in order.

`antiphon run`, the demo and the tests all run this, each with ports of its own.
"""

import atexit
import queue
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from antiphon.daemon import controls as live
from antiphon.daemon import messages, wire
from antiphon.daemon.clock import Clock
from antiphon.daemon.config import TO_OUTPUT, Config
from antiphon.daemon.ports.protocols import PlugChange, Plugging, Ports, Way
from antiphon.daemon.session import answers, control, likings, sockets
from antiphon.daemon.session.counters import figured
from antiphon.daemon.session.deeds import deeds
from antiphon.daemon.session.interpreter import Interpreter
from antiphon.daemon.session.knobs import Hands, Knobs
from antiphon.daemon.session.likings import Likings
from antiphon.daemon.session.linkside import LinkSide
from antiphon.daemon.session.memory import processes
from antiphon.daemon.session.news import News, Stop
from antiphon.daemon.session.oscside import OscSide
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.plugs import Plugs
from antiphon.daemon.session.problems import Problems
from antiphon.daemon.session.recorder import Recorder
from antiphon.daemon.session.remote import Remote
from antiphon.daemon.session.stage import Stage
from antiphon.daemon.session.supervisor import Callbacks, Patience, Supervisor, performer_command
from antiphon.daemon.thru.local import LocalThru, Thru


class Daemon:
    """Thru, player, performer, control socket and journal on one pair of ports.

    A context manager: entering starts it all, leaving stops it with nothing left sounding.
    `command` stands in for the performer's own in tests.
    """

    def __init__(
        self,
        config: Config,
        ports: Ports,
        clock: Clock,
        command: Sequence[str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._config = config
        self._ports = ports
        self._clock = clock
        self.controls = config.controls
        self._lock = threading.Lock()
        self._performer: messages.Ready | None = None
        self._state = messages.State("starting", {})
        self._problems = Problems(lambda change: self._server.publish(change))
        self._is_ready = threading.Event()
        self._seed = config.engine.seed or secrets.randbelow(2**31 - 1) + 1
        about = {**asdict(config), "seed": self._seed, "version": version("antiphon")}
        self.recorder = Recorder(
            config, about, clock, lambda text: self._say(messages.Problem(text, "recording"))
        )
        """Told of all that happens, and asked to write it down."""
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        """What whoever runs this must react to; a signal handler may put a `Stop` on it."""
        self._local = LocalThru(ports.output, clock, sounding=ports.sounding)
        """At work where the ports are of this process."""
        self._thru: Thru = ports.thru or self._local
        stage = Stage(thru=config.midi.thru, latency_s=config.ports.output_latency_ms / 1e3)
        self.player = Player(
            stage,
            self._thru,
            clock,
            self._tell,
            self._say,
            self.recorder.remark,
            ports.alive,
            ports.passed,
        )
        self.link = LinkSide(clock, self.player.follow_others, self.trouble)
        self.remote = Remote(self._thru.play)
        self._interpreter = Interpreter()
        self.likings = Likings(likings.place(config.record), clock, self._tell, self.trouble)
        self.deeds = deeds(self, ports)
        self.was_played = False
        """Whether anybody played anything yet."""
        self.owner: int | None = None
        """The client with which this daemon ends."""
        to_output = config.controller.feedback == TO_OUTPUT
        self.plugs = Plugs(ports, self._plug_changed, self.player.signal if to_output else None)
        self.knobs = Knobs(
            config.controller.learned_path,
            Hands(
                lambda: live.as_values(self.controls),
                self.set,
                self.deeds,
                self.plugs.light,
                lambda change: self._server.publish(change),
                self.trouble,
                lambda heads: self._thru.apply(controllers=heads),
            ),
        )
        self._supervisor = Supervisor(
            command or performer_command(config, self._seed),
            clock,
            live.as_values(config.controls),
            Callbacks(
                self._hear,
                self._lost,
                self.trouble,
                lambda text: self.news.put(Stop(text)),
                self.recorder.began,
                self._record,
            ),
            patience,
        )
        self._running = ExitStack()

    @property
    def recording(self) -> Path | None:
        """The folder of this session, None if nothing is recorded."""
        return self.recorder.folder

    def __enter__(self) -> Self:
        """Start everything; raises `AntiphonError` with nothing left open."""
        path = Path(self._config.control.socket or sockets.default_path()).expanduser()
        self._started = self._clock.now()
        with ExitStack() as running:
            running.enter_context(self._interpreter)
            self._thru.apply(
                thru=self._config.midi.thru, controllers_pass=self._config.controller.thru
            )
            # Last in, first out: at the end all is silenced before we wait for anybody.
            answer = partial(answers.answered, self)
            self._server = running.enter_context(control.Server(path, answer, self._left))
            self._osc = running.enter_context(OscSide(self._config.osc, path, self.trouble))
            running.enter_context(self.recorder)
            running.enter_context(self.likings)
            running.enter_context(self._supervisor)
            running.enter_context(self.knobs)
            running.enter_context(self.plugs)
            running.enter_context(self.player)
            running.enter_context(self.link)
            self._steer()
            self.player.compensate(self._config.ports.latency_s(self._ports.output.name))
            atexit.register(self.player.close)
            running.callback(atexit.unregister, self.player.close)
            self._listen()
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Silence everything, then stop the performer, the journal and the control socket."""
        self._running.close()

    def wait_ready(self, timeout_s: float) -> messages.Ready | None:
        """Wait until the performer may be played with; None if it is not by then."""
        self._is_ready.wait(timeout_s)
        return self._performer

    def set(self, texts: Mapping[str, str]) -> dict[str, messages.Value]:
        """Change controls, all or none; what changed. Raises `AntiphonError` in one line."""
        with self._lock:
            controls, changes = live.changed(self.controls, texts)
            self.link.check(changes.get("sync"))
            self.controls = controls
            self._tell(messages.Settings(changes))
            self._steer()
        self._server.publish({"controls": changes})
        self.knobs.changed(changes)
        return changes

    def status(self) -> dict[str, Any]:
        """How everything is doing, as `antiphon status --json` prints it."""
        figures = self._figures()
        with self._lock:
            return {
                "version": version("antiphon"),
                **processes(self._supervisor.process_id, self._thru.process_id),
                "uptime_s": self._clock.now() - self._started,
                **self.plugs.table(),
                **self.knobs.table(),
                **self._osc.table(),
                **self.link.table(),
                "output_latency_ms": self._config.ports.latency_s(self._ports.output.name) * 1e3,
                "thru": self._config.midi.thru,
                "thru_process": self._thru_table(),
                "performer": asdict(self._performer) if self._performer else None,
                "turn": self._state.turn,
                "state": self._state.values,
                "restarts": self._supervisor.losses,
                "real_time": self.player.real_time,
                **figures,
                "recording": str(self.recording) if self.recording else None,
                "dropped": self.recorder.dropped,
                "seed": self._seed,
                "controls": live.as_values(self.controls),
                "problems": self._problems.lines,
            }

    def record(self, *, on: bool) -> Path | None:
        """Begin or end a recording, and tell everybody; raises `AntiphonError`."""
        (self.recorder.start if on else self.recorder.stop)()
        if on:
            self._say(messages.Problem("", "recording"))
        self._server.publish({"recording": str(self.recording) if self.recording else None})
        return self.recording

    def keep(self) -> Path:
        """Save the latest, where it says; waits for the disk. Raises `AntiphonError`."""
        folder = self.recorder.keep()
        self._server.publish({"kept": str(folder)})
        return folder

    def ports_changed(self) -> None:
        """Tell everybody of the ports."""
        self._server.publish(self.plugs.table())

    def stop(self) -> None:
        """Have whoever runs this stop it."""
        self.news.put(Stop())

    def _listen(self) -> None:
        self._thru.listen(_FromThru(self.player, self.knobs, self._say))
        if self._ports.thru is None:
            self._ports.input.listen(self._local.receive)
            if self._ports.controller:
                self._ports.controller.listen(self._local.receive_controller)

    def _thru_table(self) -> dict[str, Any]:
        figures = self._thru.figures
        process = {"process": self._thru.process_id, "restarts": self._thru.losses}
        return {**process, "xruns": figures.xruns, "callback": asdict(figures.callback)}

    def _plug_changed(self, change: PlugChange) -> None:
        is_there = change.what.is_there
        if change.way is Way.OUTPUT:
            (self.player.output_back if is_there else self.player.output_lost)()
            self.player.compensate(self._config.ports.latency_s(change.name))
        if is_there and change.way is not Way.INPUT:
            self.knobs.refresh()
        if change.what not in (Plugging.LEFT, Plugging.CHOSEN):
            self.trouble(f"the {change.way.value} {change.name} {change.what.value}")
        self.ports_changed()

    def _steer(self) -> None:
        self.player.steer(self.controls)
        self.link.steer(self.controls)

    def _left(self, client: int) -> None:
        self.remote.let_go(client)
        self.knobs.left(client)
        # Who started this to play with it is gone, perhaps killed.
        if client == self.owner:
            self.stop()

    def _figures(self) -> control.Table:
        parts = self._thru, self._supervisor, self.plugs, self.recorder, self._server
        return figured(self.player.figures(), *parts)

    def _tell(self, message: messages.ToPerformer) -> None:
        if isinstance(message, messages.Heard | messages.Sent):
            self._interpreter.played(message.time)
        if isinstance(message, messages.Heard):
            self.was_played = True
            if message.seq == 0:
                self._record(message)
                return
        self._supervisor.tell(message)
        self._show(message)

    def _show(self, message: messages.Message) -> None:
        if self._server.watched and not isinstance(message, messages.Settings | messages.Beat):
            self._server.publish({"event": wire.as_table(message)})

    def _record(self, message: messages.Message) -> None:
        self.recorder.remark(self._clock.now(), wire.as_table(message))

    def _hear(self, message: messages.FromPerformer) -> None:
        match message:
            case messages.Schedule():
                # First: whoever watches hears of a refusal after what was refused.
                self._show(message)
                self.player.schedule(message)
            case messages.Voices():
                self.player.voice(message)
            case messages.Cancel():
                self.player.cancel(message)
            case messages.Verdict():
                self.likings.add(message)
            case messages.Beat():
                self.player.follow(message)
            case messages.Took():
                self._record(message)
            case messages.State():
                self._interpreter.look(self._clock.now())
                self._state = message
                if self._server.watched:
                    change = {"turn": message.turn, "state": message.values}
                    self._server.publish({**change, **self._figures()})
            case messages.Ready():
                self._performer = message
                self._record(message)
                self._is_ready.set()
                self.news.put(message)
                self._server.publish({"performer": asdict(message)})
            case messages.Problem():
                self._say(message, "performer")

    def _lost(self) -> None:
        self.player.performer_lost()
        self._performer, self._state = None, messages.State("starting", {})
        self._problems.left("performer")

    def trouble(self, text: str) -> None:
        """Pass a line on to the user: by queues alone, as it may come from under a lock."""
        self._say(messages.Problem(text))

    def _say(self, problem: messages.Problem, by: str = "") -> None:
        if self._problems.take(problem, by):
            self._record(problem)
            if problem.text:
                self.news.put(problem)


@dataclass(frozen=True, slots=True)
class _FromThru:
    """What thru tells, for whom it is."""

    player: Player
    knobs: Knobs
    say: Callable[[messages.Problem], None]

    def received(self, data: bytes, time: float) -> None:
        self.player.heard(data, time)

    def moved(self, data: bytes) -> None:
        self.knobs.moved(data)

    def came_back(self) -> None:
        self.player.came_back()

    def problem(self, problem: messages.Problem) -> None:
        self.say(problem)
