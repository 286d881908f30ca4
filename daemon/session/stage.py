"""The pure core of the session process: who may sound when. No I/O, no clock, no lock.

Every method takes the present time and answers with an `Outcome`: what to send, in order, and what
to tell the performer. The caller sends all of it before it calls again, so that the ledger is
always what sounds.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from enum import Enum

from antiphon.daemon import messages, midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.chorus import Chorus
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.mixer import Mixer
from antiphon.daemon.session.outcome import Emission, Outcome
from antiphon.daemon.session.schedule import END, Item, Schedule

FARTHEST_S = 24 * 3600.0
"""What is planned for farther from now than this, either way, is nonsense."""


class Deed(Enum):
    """What is done to a stage that is no message of anybody's."""

    DUE = "due"
    PANIC = "panic"
    PERFORMER_LOST = "performer lost"
    UNPLUGGED = "unplugged"
    PLUGGED = "plugged"
    STOPPED = "stopped"
    FINISH = "finish"


class Stage:
    """Thru, the ledger of what sounds, the schedule of what will, barge-in and panic.

    What is scheduled is sent `latency_s` before its time.
    """

    def __init__(self, *, thru: bool, latency_s: float = 0.0) -> None:
        self._thru = thru
        self._plugged = True
        self._mixer = Mixer(latency_s)
        self._schedule = Schedule()
        self._chorus = Chorus()
        self._yielding: set[int] = set()
        self._fresh: int | None = None
        self._heard = 0
        # Yielding plans that take less than this message into account come too late.
        self._must_know = 0
        # Other plans too, after all was silenced.
        self._hushed_before = 0
        self._newest_plan = -1
        self._closed_up_to = -1
        self._refused = 0

    @property
    def refused(self) -> int:
        """How many plans were out of date."""
        return self._refused

    @property
    def latency_s(self) -> float:
        """How long before its time what is scheduled is sent."""
        return self._mixer.latency_s

    def compensate(self, latency_s: float) -> None:
        """From now on what is scheduled is sent so long before its time."""
        self._mixer.latency_s = latency_s

    @property
    def notes_held(self) -> int:
        """How many keys sound at the output."""
        return len(self._mixer.ledger)

    @property
    def waiting(self) -> int:
        """How many messages are scheduled."""
        return len(self._schedule)

    def next_deadline(self) -> float | None:
        """When `due` has something to do, None if nothing is scheduled."""
        time = self._schedule.next_time()
        return None if time is None else time - self._mixer.latency_s

    def thru(self, data: bytes, now: float) -> Outcome:
        """A message of the player's, to be passed on; sent before `heard` works on it."""
        outcome = Outcome()
        if self._thru and self._plugged:
            self._mixer.pass_on(data, now, outcome)
        return outcome

    def heard(self, data: bytes, now: float) -> Outcome:
        """The same message, after `thru`: barge-in, and the telling of it."""
        outcome = Outcome()
        if data == midi.STOP:
            self._withdraw_all(now, outcome)
            self._wait_for_player()
        if not midi.is_performed(data):
            return outcome
        self._heard += 1
        outcome.tell.append(messages.Heard(self._heard, now, data))
        if midi.is_all_off(data):
            self._withdraw_all(now, outcome)
        elif midi.is_note_on(data):
            self._must_know = self._heard
            for plan in sorted(self._yielding):
                self._withdraw(plan, now, outcome)
            self._yielding.clear()
            if self._fresh is not None:
                self._schedule.drop_strikes(self._fresh)
            self._sing(data, now, outcome)
        elif midi.is_note_off(data):
            self._fall_silent(data, now, outcome)
        return outcome

    def voice(self, voices: messages.Voices, now: float) -> Outcome:
        """Have keys of the player's go along with voices from now on, or none of them.

        Raises `AntiphonError`, with nothing changed, for what is no note.
        """
        outcome = Outcome()
        if voices.voices:
            self._chorus.take(voices)
        else:
            for plan in self._chorus.forget():
                self._withdraw(plan, now, outcome)
        return outcome

    def schedule(self, plan: messages.Schedule, now: float) -> Outcome:
        """Add messages to a plan, or refuse them all if they are out of date.

        Raises `AntiphonError`, with nothing changed, for what is no channel message or at no time.
        """
        for time, data in plan.messages:
            if not midi.is_channel_message(data):
                raise AntiphonError(f"the performer scheduled {midi.describe(data)}")
            if abs(time - now) > FARTHEST_S:
                raise AntiphonError(f"the performer scheduled something {time - now:g} s from now")
        outcome = Outcome()
        late = plan.heard < (self._must_know if plan.yields else self._hushed_before)
        if late or not self._plugged or plan.plan <= self._closed_up_to:
            self._refused += 1
            outcome.tell.append(messages.Withdrawn(plan.plan, now))
            return outcome
        self._newest_plan = max(self._newest_plan, plan.plan)
        if plan.yields:
            self._yielding.add(plan.plan)
        else:
            self._yielding.discard(plan.plan)
        self._fresh = plan.plan if plan.fresh else None
        is_old = plan.fresh and plan.heard < self._must_know
        for time, data in plan.messages:
            if not (is_old and midi.is_note_on(data)):
                self._schedule.add(Item(time, plan.plan, data))
        return outcome

    def due(self, now: float) -> Outcome:
        """All that is due at `now`."""
        outcome = Outcome()
        for item in self._schedule.due(now + self._mixer.latency_s):
            self._mixer.play(item, now, outcome)
        return outcome

    def cancel(self, cancel: messages.Cancel, now: float) -> Outcome:
        """Take back a plan from a time on, which may be yet to come."""
        outcome = Outcome()
        if cancel.after <= now:
            self._withdraw(cancel.plan, now, outcome)
            return outcome
        sounds = cancel.plan in self._mixer.ledger.owners()
        if self._schedule.cancel(cancel.plan, cancel.after) or sounds:
            outcome.tell.append(messages.Withdrawn(cancel.plan, cancel.after))
        if sounds or self._schedule.holds(cancel.plan):
            self._schedule.add(Item(cancel.after, cancel.plan, END))
        return outcome

    def panic(self, now: float) -> Outcome:
        """Silence everybody, and reset every channel; the machine waits for the player's next."""
        outcome = self.finish(now)
        outcome.send.extend(Emission(data, now, PLAYER) for data in midi.panic_messages())
        self._wait_for_player()
        return outcome

    def performer_lost(self, now: float) -> Outcome:
        """End and forget all that is the machine's; the next performer counts plans anew."""
        outcome = Outcome()
        self._withdraw_all(now, outcome)
        self._chorus.forget()
        self._newest_plan = self._closed_up_to = -1
        return outcome

    def unplugged(self, now: float) -> Outcome:
        """The output is lost: nothing sounds any more, and nothing can until `plugged`."""
        outcome = self.finish(now)
        self._plugged = False
        return outcome

    def plugged(self, _: float) -> Outcome:
        """The output is back, and silent."""
        self._plugged = True
        return Outcome()

    def finish(self, now: float) -> Outcome:
        """End all that sounds, the player's too, and forget all that is scheduled."""
        outcome = Outcome()
        self._withdraw_all(now, outcome)
        self._mixer.end(PLAYER, now, now, outcome)
        return outcome

    def _wait_for_player(self) -> None:
        """Refuse what the machine plans before it hears the player again."""
        self._must_know = self._hushed_before = self._heard + 1
        self._closed_up_to = self._newest_plan

    def _sing(self, data: bytes, now: float, outcome: Outcome) -> None:
        # A key that is struck again before it is let go.
        self._fall_silent(data, now, outcome)
        struck = self._chorus.strike(data, now) if self._plugged else None
        if struck is None:
            return
        plan, most, voices = struck
        free = (v for v in voices if self._mixer.ledger.holder(*midi.place(v)) is None)
        for voice in itertools.islice(free, most):
            self._mixer.play(Item(now + self._mixer.latency_s, plan, voice), now, outcome)

    def _fall_silent(self, data: bytes, now: float, outcome: Outcome) -> None:
        plan = self._chorus.release(data)
        if plan is not None:
            self._mixer.end(plan, now, now, outcome)

    def _withdraw(self, plan: int, now: float, outcome: Outcome) -> None:
        dropped = self._schedule.cancel(plan, -math.inf)
        ended = self._mixer.end(plan, now, now, outcome)
        if dropped or ended:
            outcome.tell.append(messages.Withdrawn(plan, now))

    def _withdraw_all(self, now: float, outcome: Outcome) -> None:
        for plan in sorted((self._schedule.plans() | self._mixer.ledger.owners()) - {PLAYER}):
            self._withdraw(plan, now, outcome)
        self._yielding.clear()


DEEDS: Mapping[Deed, Callable[[Stage, float], Outcome]] = {
    Deed.DUE: Stage.due,
    Deed.PANIC: Stage.panic,
    Deed.PERFORMER_LOST: Stage.performer_lost,
    Deed.UNPLUGGED: Stage.unplugged,
    Deed.PLUGGED: Stage.plugged,
    Deed.STOPPED: lambda stage, now: stage.heard(midi.STOP, now),
    Deed.FINISH: Stage.finish,
}
