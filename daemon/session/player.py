"""The player thread: waits for the next deadline and sends. Here is the one lock around the stage.

What to send is the stage's business; here it is carried out, in order and at once, under the lock.
What the player plays has been passed on by thru when it comes here.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Self

from antiphon.daemon import messages, midi, priority, wire
from antiphon.daemon.clock import Clock
from antiphon.daemon.controls import Controls
from antiphon.daemon.session.clockout import Conductor
from antiphon.daemon.session.figures import PlayerFigures
from antiphon.daemon.session.instrument import Instrument
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.outlet import Outlet
from antiphon.daemon.session.stage import DEEDS, Deed, Stage
from antiphon.daemon.session.timing import Timing
from antiphon.daemon.thru.local import Thru

_PULSE_S = 0.5
"""How often this thread says that it is alive."""
_LAST_RETRIES = 10
"""So often an ending that the port refused is sent again at the end."""


class Player:
    """Carries out what the stage decides, when thru tells of the player, and on its own thread.

    `tell` gets what the performer must know, `say` a line for the user, and `keep` what the
    stage was given besides, with its time, for the recording. All are called under the lock, so
    they must only put things on a queue.
    """

    def __init__(
        self,
        stage: Stage,
        thru: Thru,
        clock: Clock,
        tell: Callable[[messages.ToPerformer], None],
        say: Callable[[messages.Problem], None],
        keep: Callable[[float, dict[str, object]], None] = lambda *_: None,
        alive: Callable[[], None] = lambda: None,
        passed: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self._stage = stage
        self._thru = thru
        self._clock = clock
        self._tell, self._say, self._keep, self._alive = tell, say, keep, alive
        self._timing = Timing()
        self._conductor, self._instrument = Conductor(stage.latency_s), Instrument()
        self._outlet = Outlet(thru.send, clock, passed)
        self._has_clock = False
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

    def heard(self, data: bytes, now: float) -> None:
        """A message of the player's came in at that time, and thru has passed it on."""
        with self._changed:
            if not self._closed and not self._conductor.ignores(data, now):
                self._hear(data, now)

    def came_back(self) -> None:
        """A message of our own came back in, and thru ignored it."""
        with self._changed:
            self._ignored += 1

    def compensate(self, latency_s: float) -> None:
        """What goes out sounds so much later: it is sent so much earlier from now on."""
        with self._changed:
            if latency_s != self._stage.latency_s and not self._closed:
                self._stage.compensate(latency_s)
                self._conductor.compensate(latency_s)
                self._tell(messages.Latency(latency_s))
                self._changed.notify()

    def signal(self, data: bytes) -> None:
        """Send a message that is no music, such as to the lights of a controller."""
        with self._changed:
            if not self._closed:
                self._thru.send(data)

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
        channel, program = controls.your_channel, controls.your_program
        # Not under the lock: what the player lets go of for it comes back to us.
        self._thru.apply(
            channel=None if channel is None else channel - 1,
            program=None if program is None else program - 1,
        )
        with self._changed:
            if not self._closed:
                self._pass_all(self._instrument.steer(controls))
                self._pass_all(self._conductor.steer(controls, self._clock.now()))
                self._tell_thru()
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
                for data in midi.let_go(0):
                    self._hear(data, self._clock.now())
        self._do(Deed.PANIC)
        self._thru.panic()

    def performer_lost(self) -> None:
        """End all that is the machine's."""
        self._do(Deed.PERFORMER_LOST)

    def output_lost(self) -> None:
        """End all that sounds, and plan nothing until `output_back`."""
        self._do(Deed.UNPLUGGED)
        self._thru.unplug()
        with self._changed:
            self._instrument.unplugged()
            self._conductor.unplugged(self._clock.now())

    def output_back(self) -> None:
        """There is an output again; nothing sounds on it."""
        self._thru.plug()
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
                self._thru.finish()
                self._changed.notify()
                for _ in range(_LAST_RETRIES):
                    wait_s = self._thru.settle()
                    if wait_s is None:
                        break
                    self._changed.wait(wait_s)

    def figures(self) -> PlayerFigures:
        """Counts and lateness so far."""
        with self._changed:
            outlet = self._outlet
            counts = outlet.passed_on, outlet.played, self._ignored, self._thru.figures.failed
            stage = self._stage.refused, self._stage.notes_held, self._stage.waiting
            lateness = outlet.lateness.copy()
        # Sorting takes its time: not under the lock.
        return PlayerFigures(*counts, *stage, lateness.figures())

    def play_due(self) -> float | None:
        """Send what is due; how many seconds until there is more, None if nothing is."""
        with self._changed:
            return self._play_due()

    def _hear(self, data: bytes, now: float) -> None:
        outcome = self._stage.thru(data, now)
        self._outlet.note(outcome.send)
        for message in outcome.tell:
            self._tell(message)
        self._carry_out(self._stage.heard(data, now))
        self._pass_all(self._instrument.heard(data))
        if midi.is_control(data):
            # Number 0: it is kept in the recording, and is nothing to the performer.
            self._tell(messages.Heard(0, now, data))
        self._pass_all(self._timing.take(data, now))

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
        waits = self._play_scheduled(), self._thru.settle()
        return min((wait_s for wait_s in waits if wait_s is not None), default=None)

    def _play_scheduled(self) -> float | None:
        while (deadline := self._next_deadline()) is not None:
            now = self._clock.now()
            if deadline > now:
                return deadline - now
            self._pass_all(self._conductor.due(now))
            stage_s = self._stage.next_deadline()
            if stage_s is None or stage_s > now:
                continue
            outcome = self._done(Deed.DUE, now)
            self._carry_out(outcome)
            self._outlet.time(outcome.send)
        return None

    def _next_deadline(self) -> float | None:
        parts = self._stage.next_deadline, self._conductor.next_time
        return min((time for part in parts if (time := part()) is not None), default=None)

    def _conduct(self, beat: messages.Beat) -> None:
        self._pass_all(self._conductor.follow(beat, self._clock.now()))
        self._tell_thru()
        self._changed.notify()

    def _tell_thru(self) -> None:
        """While a clock of ours goes out, thru passes on no other."""
        has_clock = self._conductor.next_time() is not None
        if has_clock != self._has_clock:
            self._has_clock = has_clock
            self._thru.apply(clock_out=has_clock)

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
