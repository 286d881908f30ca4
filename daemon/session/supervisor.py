"""Starts, feeds, watches and restarts the performer.

The performer is a child process that reads and writes JSON lines. Whatever it does, nothing here
blocks a caller: what is told goes on a queue, and threads of their own write, read and watch.
"""

import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from antiphon.daemon import messages, priority, wire
from antiphon.daemon.clock import Clock
from antiphon.daemon.config import Config
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session.child import Child
from antiphon.daemon.session.history import History
from antiphon.daemon.session.memory import resident_mb

USER_ERROR = 2
"""The exit code of a performer that the user has to help, such as with a missing model."""

_DEADLY = 2
"""So many starts in a row that died of what they were told: the next one is told nothing."""

_MEMORY_LOOK = 10
"""Its memory is looked at with every so many questions."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the performer may take, and how soon it is started again; in seconds.

    Together with the time of a start they keep the promise that it plays again within 2 s.
    """

    ready_s: float = 60.0
    settle_s: float = 20.0
    """From being ready to the first answer: the history is taken in meanwhile."""
    silence_s: float = 0.75
    ask_s: float = 0.25
    first_pause_s: float = 0.1
    longest_pause_s: float = 0.8
    hopeless_pause_s: float = 8.0
    """The longest pause where a start never came to an answer: nothing is lost by waiting."""
    steady_s: float = 10.0
    """After a life of this length, the next pause is the first one again."""
    farewell_s: float = 1.0
    growth_mb: float = 256.0
    """What the performer may grow by after its start."""

    def pause_s(self, losses: int, *, answered: bool) -> float:
        """How long to rest after so many losses in a row, the last one's first sign of life on."""
        longest_s = self.longest_pause_s if answered else self.hopeless_pause_s
        return float(min(self.first_pause_s * 2 ** min(losses, 16), longest_s))


def _nothing_began(_: float, __: Mapping[str, Value], ___: bool) -> None:
    """Nobody wants to know."""


def _nothing_told(_: messages.ToPerformer) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What the supervisor reports; each is called on one of its threads."""

    hear: Callable[[messages.FromPerformer], None]
    """A message of the performer's; an `AntiphonError` from it means nonsense."""
    lost: Callable[[], None]
    """The performer is gone or given up: called before anything else is done about it."""
    trouble: Callable[[str], None]
    """Why it was lost; it is being started again."""
    failed: Callable[[str], None]
    """The performer cannot start before the user does what this says."""
    began: Callable[[float, Mapping[str, Value], bool], None] = _nothing_began
    """A performer is told the history and these settings, and asked at this time. Only queues.

    The last argument: whether the history was given up first.
    """
    told: Callable[[messages.ToPerformer], None] = _nothing_told
    """Called with each message in the order in which the performer gets them. Only queues."""


def performer_command(config: Config, seed: int) -> list[str]:
    """The command line of the performer: its settings travel as one JSON argument."""
    engine = {**asdict(config.engine), "seed": seed}
    latency_ms = config.ports.output_latency_ms
    content = json.dumps(
        {"engine": engine, "reply": asdict(config.reply), "latency_ms": latency_ms}
    )
    # -P: a file in the current folder must not stand in for a module.
    return [sys.executable, "-P", "-m", "antiphon.daemon.performer", content]


class _Life:
    """What is known of one performer while it lives."""

    def __init__(self, child: Child, started: float) -> None:
        self.child = child
        self.started = self.last_heard = started
        self.is_ready = self.has_answered = self.dead = False
        self.unanswered = 0
        self.memory_mb: float | None = None
        self.reason = ""
        self.problem = ""
        self.lock = threading.Lock()


class Supervisor:
    """Keeps one performer alive, with the latest history and settings told to each new one."""

    def __init__(
        self,
        command: Sequence[str],
        clock: Clock,
        settings: Mapping[str, Value],
        callbacks: Callbacks,
        patience: Patience | None = None,
    ) -> None:
        self._command = list(command)
        self._clock = clock
        self._settings = dict(settings)
        self._callbacks = callbacks
        self._patience = patience or Patience()
        self._history = History()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._stopping = threading.Event()
        self._losses = 0
        self._was_ready = False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    @property
    def losses(self) -> int:
        """How many times the performer was lost."""
        return self._losses

    @property
    def process_id(self) -> int | None:
        """The performer's process, None while there is none."""
        child = self._child
        return None if child is None else child.process_id

    def __enter__(self) -> Self:
        """Start the performer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the performer and wait for its end."""
        self._stopping.set()
        with self._lock:
            if self._child is not None:
                self._child.ended.set()
        self._thread.join()

    def tell(self, message: messages.ToPerformer) -> None:
        """Pass a message on; it never blocks. What was played is remembered for a restart."""
        with self._lock:
            self._history.add(message)
            if isinstance(message, messages.Settings):
                self._settings.update(message.values)
            # Before the performer can answer: the recording has them in this order.
            self._callbacks.told(message)
            if self._child is not None:
                self._child.put(message)

    def _watch(self) -> None:
        in_a_row = died_of_it = 0
        while not self._stopping.is_set():
            try:
                life = self._start(self._clock.now(), forget=died_of_it >= _DEADLY)
            except OSError as error:
                if not self._was_ready:
                    self._callbacks.failed(f"cannot start the performer: {error}")
                    return
                # Such as for want of memory, which may come again.
                self._rest(self._clock.now(), in_a_row, answered=False)
                in_a_row += 1
                continue
            self._mind(life)
            self._lose(life)
            if self._stopping.is_set():
                return
            if life.child.exit_code == USER_ERROR and not self._was_ready:
                self._callbacks.failed(life.problem or "the performer could not start")
                return
            self._losses += 1
            self._callbacks.trouble(f"{life.reason}; starting it again")
            died_of_it = died_of_it + 1 if life.is_ready and not life.has_answered else 0
            if self._clock.now() - life.started > self._patience.steady_s:
                in_a_row = 0
            self._rest(life.last_heard, in_a_row, answered=life.has_answered)
            in_a_row += 1

    def _rest(self, since: float, in_a_row: int, *, answered: bool) -> None:
        pause_s = self._patience.pause_s(in_a_row, answered=answered)
        self._stopping.wait(max(0.0, since + pause_s - self._clock.now()))

    def _start(self, now: float, *, forget: bool) -> _Life:
        child = Child(self._command, urgency=priority.LOADING)
        life = _Life(child, now)
        with self._lock:
            if forget:
                self._history.clear()
            self._callbacks.began(now, self._settings, forget)
            child.put(messages.Settings(dict(self._settings)))
            for message in self._history:
                child.put(message)
            # The first one to come: whatever is told before it, happened before this performer.
            child.put(messages.Ask(now))
            self._child = child
        child.start(lambda line: self._hear(life, line))
        return life

    def _mind(self, life: _Life) -> None:
        """Come back when the performer has to go."""
        patience, asked = self._patience, 0
        while not life.child.ended.wait(patience.ask_s) and not self._stopping.is_set():
            now = self._clock.now()
            if not life.has_answered:
                allowed_s = patience.settle_s if life.is_ready else patience.ready_s
                silent_s = now - life.last_heard
            else:
                # By what was asked, not by the clock: a computer that slept heard nothing either.
                allowed_s, silent_s = patience.silence_s, life.unanswered * patience.ask_s
                life.unanswered += 1
                self.tell(messages.Ask(now))
                asked += 1
            if silent_s >= allowed_s:
                life.reason = f"the performer gave no sign of life for {allowed_s:g} s"
                return
            if asked % _MEMORY_LOOK == 1 and self._has_grown(life):
                return

    def _has_grown(self, life: _Life) -> bool:
        now_mb = resident_mb(life.child.process_id)
        if life.memory_mb is None or now_mb is None:
            life.memory_mb = now_mb
            return False
        if now_mb - life.memory_mb <= self._patience.growth_mb:
            return False
        life.reason = f"the performer grew from {life.memory_mb:.0f} to {now_mb:.0f} MB of memory"
        return True

    def _lose(self, life: _Life) -> None:
        stopping = self._stopping.is_set()
        if not stopping:
            with life.lock:
                life.dead = True
            self._callbacks.lost()
        with self._lock:
            self._child = None
        # One that was given up gets no time: it hangs, or talks nonsense.
        given_up = bool(life.reason) and not stopping
        farewell_s = self._patience.farewell_s
        life.child.end(0 if given_up else farewell_s, farewell_s)
        if not life.reason:
            life.reason = f"the performer ended with exit code {life.child.exit_code}"

    def _hear(self, life: _Life, line: bytes) -> bool:
        try:
            message = wire.decode(line)
            if not isinstance(message, messages.FromPerformer):
                raise AntiphonError(f"the performer sent {type(message).__name__}")
            with life.lock:
                # A message of a performer that was given up would play on for ever.
                if life.dead:
                    return False
                self._callbacks.hear(message)
        except AntiphonError as error:
            life.reason = str(error)
            return False
        life.last_heard = self._clock.now()
        life.unanswered = 0
        if isinstance(message, messages.Ready):
            life.is_ready = self._was_ready = True
        elif isinstance(message, messages.State):
            life.has_answered = True
        elif isinstance(message, messages.Problem):
            life.problem = message.text or life.problem
        return True
