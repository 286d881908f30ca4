"""The player thread: waits for the next deadline and sends. Here is the one lock around the stage.

What to send is the stage's business; here it is carried out, in order and at once, under the lock,
so that the output gets messages in the order in which the ledger counts them.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Self

from antiphon.daemon import messages, midi, priority, wire
from antiphon.daemon.clock import Clock
from antiphon.daemon.controls import Controls
from antiphon.daemon.ports.protocols import OutputPort
from antiphon.daemon.session.clockout import Conductor
from antiphon.daemon.session.feedback import Feedback
from antiphon.daemon.session.figures import PlayerFigures
from antiphon.daemon.session.instrument import Instrument
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.outlet import Outlet
from antiphon.daemon.session.stage import DEEDS, Deed, Stage
from antiphon.daemon.session.timing import Timing

_PULSE_S = 0.5
"""How often this thread says that it is alive."""
_RETRY_S = 0.02
"""How soon an ending that the port refused is sent again."""
_LAST_RETRIES = 10


class Player:
    """Carries out what the stage decides, from the input callback and from a thread of its own.

    `tell` gets what the performer must know, `say` a line for the user, and `keep` what the
    stage was given besides, with its time, for the recording. All are called under the lock, so
    they must only put things on a queue.
    """

    def __init__(
        self,
        stage: Stage,
        output: OutputPort,
        clock: Clock,
        tell: Callable[[messages.ToPerformer], None],
        say: Callable[[messages.Problem], None],
        keep: Callable[[float, dict[str, object]], None] = lambda *_: None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._stage = stage
        self._output = output
        self._clock = clock
        self._tell, self._say, self._keep, self._alive = tell, say, keep, alive
        self._timing = Timing()
        self._conductor, self._instrument = Conductor(stage.latency_s), Instrument()
        self._feedback = Feedback()
        self._outlet = Outlet(
            output.send, clock, self._feedback, lambda text: say(messages.Problem(text))
        )
        self._ignored = 0
        self._closed = False
        self.real_time = False
        """Whether the system lets it go before other programs."""
        # Not re-entrant, and no signal handler takes it: handlers only put on a queue.
        self._changed = threading.Condition(threading.Lock())
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Silence everything and end the thread."""
        self.close()
        self._thread.join()

    def heard(self, data: bytes) -> None:
        """The input callback: a message of the player's, just come in."""
        now = self._clock.now()
        with self._changed:
            if self._closed:
                return
            if self._feedback.comes_back(data, now):
                # Without a loop it is a second release of a key, as of two hands in unison.
                self._ignored += self._feedback.loop is not None
                self._pass_all(self._feedback.news(now))
                return
            if self._conductor.ignores(data, now):
                return
            for message in self._feedback.passes(data, now):
                self._hear(message, now)
            if self._feedback.next_time() is not None:
                self._changed.notify()

    def compensate(self, latency_s: float) -> None:
        """What goes out sounds so much later: it is sent so much earlier from now on."""
        with self._changed:
            if latency_s != self._stage.latency_s and not self._closed:
                self._stage.compensate(latency_s)
                self._conductor.compensate(latency_s)
                self._tell(messages.Latency(latency_s))
                self._changed.notify()

    def signal(self, data: bytes) -> None:
        """Send a message that is no music, such as to the lights of a controller.

        Raises `AntiphonError` if the port cannot take it.
        """
        with self._changed:
            if not self._closed:
                self._output.send(data)

    def tap(self) -> messages.Beat | None:
        """The player taps a beat; the tempo of that, once it has one."""
        with self._changed:
            beat = self._timing.tap(self._clock.now())
            if beat is not None and not self._closed:
                self._pass_all([beat])
            return beat

    def follow(self, beat: messages.Beat) -> None:
        """The performer hears a beat, or hears none any more."""
        with self._changed:
            if not self._closed:
                self._conduct(beat)

    def follow_others(self, news: Iterable[messages.Beat | Deed]) -> None:
        """Others who keep one beat say where it is, or that the song stopped."""
        with self._changed:
            if not self._closed:
                self._pass_all(news)

    def steer(self, controls: Controls) -> None:
        """Send a clock and programs, each part on its channel, as the controls have it."""
        with self._changed:
            if not self._closed:
                self._play_all(self._instrument.parting(controls))
                self._pass_all(self._instrument.steer(controls))
                self._pass_all(self._conductor.steer(controls, self._clock.now()))
                self._changed.notify()

    def schedule(self, plan: messages.Schedule) -> None:
        """Add to a plan; raises `AntiphonError` if it holds nonsense."""
        with self._changed:
            if not self._closed:
                now = self._clock.now()
                self._keep(now, wire.as_table(plan))
                self._carry_out(self._stage.schedule(plan, now))
                self._changed.notify()

    def voice(self, voices: messages.Voices) -> None:
        """Have keys go along with voices; raises `AntiphonError` if they are nonsense."""
        with self._changed:
            if not self._closed:
                now = self._clock.now()
                self._keep(now, wire.as_table(voices))
                self._carry_out(self._stage.voice(voices, now))

    def cancel(self, cancel: messages.Cancel) -> None:
        """Take back a plan from a time on."""
        with self._changed:
            if not self._closed:
                now = self._clock.now()
                self._keep(now, wire.as_table(cancel))
                self._carry_out(self._stage.cancel(cancel, now))
                self._changed.notify()

    def panic(self) -> None:
        """Silence everybody at once; the player counts as having let go of everything."""
        with self._changed:
            if not self._closed:
                self._play_all(midi.let_go(0))
        self._do(Deed.PANIC)

    def performer_lost(self) -> None:
        """End all that is the machine's."""
        self._do(Deed.PERFORMER_LOST)

    def output_lost(self) -> None:
        """End all that sounds, and plan nothing until `output_back`."""
        self._do(Deed.UNPLUGGED)
        with self._changed:
            self._outlet.debts.forgive()
            self._instrument.unplugged()
            self._conductor.unplugged(self._clock.now())

    def output_back(self) -> None:
        """There is an output again; nothing sounds on it."""
        self._do(Deed.PLUGGED)
        with self._changed:
            if not self._closed:
                self._pass_all(self._instrument.plugged())
                self._pass_all(self._conductor.plugged(self._clock.now()))
                self._changed.notify()

    def close(self) -> None:
        """End all that sounds and send nothing more; again does nothing."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._pass_all(self._conductor.finish(self._clock.now()))
                self._carry_out(self._done(Deed.FINISH, self._clock.now()))
                self._changed.notify()
                for _ in range(_LAST_RETRIES):
                    if self._outlet.settled():
                        break
                    self._changed.wait(_RETRY_S)

    def figures(self) -> PlayerFigures:
        """Counts and lateness so far."""
        with self._changed:
            outlet = self._outlet
            counts = outlet.passed_on, outlet.played, self._ignored, outlet.debts.failed
            stage = self._stage.refused, self._stage.notes_held, self._stage.waiting
            lateness = outlet.lateness.copy()
        # Sorting takes its time: not under the lock.
        return PlayerFigures(*counts, *stage, lateness.figures())

    def play_due(self) -> float | None:
        """Send what is due; how many seconds until there is more, None if nothing is."""
        with self._changed:
            return self._play_due()

    def _hear(self, data: bytes, now: float) -> None:
        self._pass_all(self._instrument.coming(data))
        self._play(data, now)
        self._pass_all(self._instrument.heard())
        if midi.is_control(data):
            # Number 0: it is kept in the recording, and is nothing to the performer.
            self._tell(messages.Heard(0, now, data))
        self._pass_all(self._timing.take(data, now))

    def _play(self, data: bytes, now: float) -> None:
        placed = self._instrument.placed(data)
        if not self._feedback.withholds(data, now):
            self._carry_out(self._stage.thru(placed, now))
        self._carry_out(self._stage.heard(placed, now))

    def _play_all(self, messages: Iterable[bytes]) -> None:
        for data in messages:
            self._play(data, self._clock.now())

    def _do(self, deed: Deed) -> None:
        with self._changed:
            if not self._closed:
                self._carry_out(self._done(deed, self._clock.now()))

    def _done(self, deed: Deed, now: float) -> Outcome:
        self._keep(now, {"is": "Deed", "deed": deed.value})
        return DEEDS[deed](self._stage, now)

    def _run(self) -> None:
        self.real_time = priority.ask()
        with self._changed:
            while not self._closed:
                wait_s = self._play_due()
                self._alive()
                self._changed.wait(_PULSE_S if wait_s is None else min(wait_s, _PULSE_S))

    def _play_due(self) -> float | None:
        wait_s = self._play_scheduled()
        if self._outlet.settled():
            return wait_s
        return _RETRY_S if wait_s is None else min(wait_s, _RETRY_S)

    def _play_scheduled(self) -> float | None:
        while (deadline := self._next_deadline()) is not None:
            now = self._clock.now()
            if deadline > now:
                return deadline - now
            for message in self._feedback.due(now):
                self._hear(message, now)
            self._pass_all(self._conductor.due(now))
            stage_s = self._stage.next_deadline()
            if stage_s is None or stage_s > now:
                continue
            outcome = self._done(Deed.DUE, now)
            self._carry_out(outcome)
            self._outlet.time(outcome.send)
        return None

    def _next_deadline(self) -> float | None:
        parts = self._stage.next_deadline, self._conductor.next_time, self._feedback.next_time
        return min((time for part in parts if (time := part()) is not None), default=None)

    def _conduct(self, beat: messages.Beat) -> None:
        self._pass_all(self._conductor.follow(beat, self._clock.now()))
        self._changed.notify()

    def _pass_all(self, news: Iterable[bytes | messages.Beat | messages.Problem | Deed]) -> None:
        """Send it, go by it, say it to the user, or do it."""
        for item in news:
            match item:
                case bytes():
                    self._outlet.send(item)
                case messages.Problem():
                    self._say(item)
                case Deed():
                    self._carry_out(self._done(item, self._clock.now()))
                case messages.Beat():
                    self._tell(item)
                    self._conduct(item)

    def _carry_out(self, outcome: Outcome) -> None:
        self._outlet.emit(outcome.send)
        for message in outcome.tell:
            self._tell(message)
        self._pass_all(self._feedback.news(self._clock.now()))
