"""The pure core of the performer: what was heard and sent in, plans out. No I/O, no clock.

Every event of the player's goes into the engine at once, and the same run draws the first event of
what would follow if the player stopped now: what is made of that is the composer's.
"""

import math
from collections.abc import Mapping

from antiphon.daemon import controls as live
from antiphon.daemon import midi
from antiphon.daemon.messages import (
    EARLIER,
    Ask,
    Beat,
    Forget,
    FromPerformer,
    Heard,
    Judge,
    Latency,
    Sent,
    Settings,
    ToPerformer,
    Value,
    Verdict,
    Voices,
    Withdrawn,
)
from antiphon.daemon.performer.composer import Composer
from antiphon.daemon.performer.ear import Ear
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.flood import Flood
from antiphon.daemon.performer.harmonise import Harmoniser
from antiphon.daemon.performer.reporting import Reporter
from antiphon.daemon.performer.stuck import Stuck
from antiphon.daemon.performer.turns import Limits
from antiphon.model.events import MACHINE, PLAYER


class Musician:
    """Listens, and plays as its mode has it.

    ``latency_s``: how long before its time a message is sent, as it takes so long to sound.
    """

    def __init__(self, engine: Engine, limits: Limits, seed: int, latency_s: float = 0.0) -> None:
        self._engine = engine
        self._ear = Ear()
        self._composer = Composer(engine, self._ear, limits, seed, latency_s)
        self._score = self._composer.score
        self._reporter = Reporter(self._score, self._ear)
        self._harmoniser = Harmoniser(self._ear.room)
        self._stuck, self._flood = Stuck(), Flood()

    @property
    def _controls(self) -> live.Controls:
        return self._composer.controls

    # What comes in

    def take(self, message: ToPerformer, now: float) -> list[FromPerformer]:
        """Take note of one message, and answer what has to be answered at once."""
        match message:
            case Heard():
                return self._hear(message, now)
            case Sent():
                self._confirm(message)
            case Withdrawn(plan=plan):
                if plan == self._composer.plan:
                    self._score.forget_draft()
            case Beat():
                self._ear.time.take(message)
                return self._composer.follow_beat(now)
            case Settings(values=values):
                return self._set(values, now)
            case Latency(latency_s=latency_s):
                self._composer.latency_s = latency_s
            case Judge(good=good):
                return [*([] if good else self._composer.stop(now)), self._ear.partner.judge(good)]
            case Verdict():
                self._ear.partner.learn(message)
                self._composer.draft_anew()
            case Forget():
                self._ear.partner.forget()
                self._composer.draft_anew()
            case Ask():
                self._ear.partner.idiom.consider()
                state = self._reporter.state(self._composer.plan, self._controls, now)
                stuck = self._stuck.look(self._score.context.hands[PLAYER], now)
                told = [*stuck, *self._flood.news(now)]
                return [state, *told, *self._reporter.beats(self._controls, now)]
        return []

    def _hear(self, heard: Heard, now: float) -> list[FromPerformer]:
        self._composer.heard = heard.seq
        if midi.is_all_off(heard.data):
            self._let_go_all(heard)
            return []
        kind = self._score.context.hands[PLAYER].kind_of(heard.data)
        if kind is None:
            return []
        self._composer.channel = midi.channel(heard.data)
        done = self._stem(heard, now) if midi.is_note_on(heard.data) else []
        self._ear.hear(heard, kind)
        if midi.is_note_on(heard.data):
            if self._harmoniser.is_on:
                self._harmoniser.strike(heard, self._ear.tonality.key(), self._controls)
            self._composer.give_way()
        self._score.insert(PLAYER, heard.time, heard.data)
        return done

    def _stem(self, heard: Heard, now: float) -> list[FromPerformer]:
        """Play nothing while there is a flood, and begin anew after it."""
        before = self._flood.is_on
        self._flood.strike(heard.time)
        self._composer.is_still = self._flood.is_on
        if self._flood.is_on == before:
            return []
        if before:
            self._ear.call.over()
            return [*self._flood.news(now), *self._tell_harmoniser(now)]
        stopped = self._composer.stop(now)
        return [*self._flood.news(now), *stopped, *self._tell_harmoniser(now)]

    def _tell_harmoniser(self, now: float) -> list[FromPerformer]:
        """Voices are wanted, by what holds now, or no more."""
        if self._controls.mode != "harmonise" or self._flood.is_on:
            return [*self._harmoniser.forget()]
        self._harmoniser.renew(self._controls, now)
        return []

    def _let_go_all(self, heard: Heard) -> None:
        """The player's instrument says that all its keys are up, as when a sequencer stops."""
        keys = sorted(self._score.context.hands[PLAYER].keys)
        self._ear.all_up(heard.time, keys)
        for key in keys:
            self._score.insert(PLAYER, heard.time, midi.note_off(midi.channel(heard.data), key))

    def _confirm(self, sent: Sent) -> None:
        """A message of the machine's sounded: one that the draft foresaw, or another."""
        self._ear.sounded(sent)
        if sent.plan == self._composer.plan and self._score.confirm(sent):
            return
        if sent.plan == EARLIER:
            self._ear.call.over()
        if self._score.context.hands[MACHINE].kind_of(sent.data) is not None:
            self._score.insert(MACHINE, sent.time, sent.data)

    def _set(self, values: Mapping[str, Value], now: float) -> list[FromPerformer]:
        before = self._controls
        self._composer.controls = live.from_values({**live.as_values(before), **values})
        self._composer.tell_engine()
        voices = self._tell_harmoniser(now)
        if self._controls.mode != before.mode:
            return [*self._composer.start_over(now), *voices]
        self._composer.draft_anew()
        return voices

    # What goes out

    def wake_s(self, now: float) -> float | None:
        """When `work` has something to do: at once (`now`), later, or never (None)."""
        wake_s = min(self._composer.wake_s(now), self._harmoniser.wake_s(now))
        return None if wake_s == math.inf else wake_s

    def work(self, now: float) -> list[FromPerformer]:
        """Do one step: feed what came and draw one event, and hand over what is ready."""
        if self._harmoniser.wake_s(now) <= now and not self._score.pending:
            done: list[FromPerformer] = [self._harmonise(now)]
        else:
            done = self._composer.work(now)
        troubles = self._composer.troubles(now)
        news = self._reporter.news(self._composer.plan, self._controls, now)
        return [*done, *troubles, *news]

    def _harmonise(self, now: float) -> Voices:
        player, key = self._score.context.hands[PLAYER], self._ear.tonality.key()
        channel, rng = self._composer.own_channel, self._composer.rng
        return self._harmoniser.draw(self._engine, self._controls, player, key, channel, rng, now)
