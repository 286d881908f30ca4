"""The pure core of the performer: what was heard and sent in, plans out. No I/O, no clock.

Every event of the player's goes into the engine at once, and the same run draws the first event of
what would follow if the player stopped now. While the player pauses, the draft grows; when its time
has come it is handed over; when the player goes on it is forgotten by rewinding.
"""

import math
from collections.abc import Mapping

import numpy as np

from antiphon.daemon import controls as live
from antiphon.daemon import midi
from antiphon.daemon.messages import (
    EARLIER,
    Ask,
    Beat,
    Cancel,
    Forget,
    FromPerformer,
    Heard,
    Judge,
    Latency,
    Schedule,
    Sent,
    Settings,
    ToPerformer,
    Value,
    Verdict,
    Voices,
    Withdrawn,
)
from antiphon.daemon.performer import drawing, modes
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.ear import Ear
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.flood import Flood
from antiphon.daemon.performer.harmonise import Harmoniser
from antiphon.daemon.performer.query import Query
from antiphon.daemon.performer.reporting import Reporter
from antiphon.daemon.performer.score import Score
from antiphon.daemon.performer.stuck import Stuck
from antiphon.daemon.performer.takes import Takes
from antiphon.daemon.performer.trading import Trading
from antiphon.daemon.performer.turns import Limits
from antiphon.model.events import MACHINE, PLAYER

HANDOVER_S = 0.03
"""A draft is handed over this long before the turn ends, to be in time for its first note."""


class Musician:
    """Listens, and plays as its mode has it.

    ``latency_s``: how long before its time a message is sent, as it takes so long to sound.
    """

    def __init__(self, engine: Engine, limits: Limits, seed: int, latency_s: float = 0.0) -> None:
        self._engine = engine
        self._limits = limits
        self._seed = seed
        self._latency_s = latency_s
        self._controls = live.Controls()
        self._score = Score(engine)
        self._ear = Ear()
        self._trading = Trading()
        self._reporter = Reporter(self._score, self._ear)
        self._harmoniser, self._stuck, self._flood = Harmoniser(), Stuck(), Flood()
        self._channel = self._heard = self._plan = 0
        self._takes = Takes(self._score, seed)
        self._tell_engine()

    # What comes in

    def take(self, message: ToPerformer, now: float) -> list[FromPerformer]:
        """Take note of one message, and answer what has to be answered at once."""
        match message:
            case Heard():
                return self._hear(message, now)
            case Sent():
                self._confirm(message)
            case Withdrawn(plan=plan):
                if plan == self._plan:
                    self._score.forget_draft()
            case Beat():
                self._ear.time.take(message)
                return self._follow_beat(now)
            case Settings(values=values):
                return self._set(values, now)
            case Latency(latency_s=latency_s):
                self._latency_s = latency_s
            case Judge(good=good):
                return [*([] if good else self._stop(now)), self._ear.partner.judge(good)]
            case Verdict():
                self._ear.partner.learn(message)
                self._draft_anew()
            case Forget():
                self._ear.partner.forget()
                self._draft_anew()
            case Ask():
                self._ear.partner.idiom.consider()
                state = self._reporter.state(self._plan, self._controls, now)
                stuck = self._stuck.look(self._score.context.hands[PLAYER], now)
                told = [*stuck, *self._flood.news(now)]
                return [state, *told, *self._reporter.beats(self._controls, now)]
        return []

    def _hear(self, heard: Heard, now: float) -> list[FromPerformer]:
        self._heard = heard.seq
        if midi.is_all_off(heard.data):
            self._let_go_all(heard)
            return []
        kind = self._score.context.hands[PLAYER].kind_of(heard.data)
        if kind is None:
            return []
        self._channel = midi.channel(heard.data)
        done = self._stem(heard, now) if midi.is_note_on(heard.data) else []
        self._ear.hear(heard, kind)
        if midi.is_note_on(heard.data):
            if self._controls.mode == "harmonise" and not self._flood.is_on:
                self._harmoniser.strike(heard.data, self._ear.tonality.key())
            if self._score.draft is not None and self._score.draft.manner.yields:
                self._score.forget_draft()
        self._score.insert(PLAYER, heard.time, heard.data)
        return done

    def _stem(self, heard: Heard, now: float) -> list[FromPerformer]:
        """Play nothing while there is a flood, and begin anew after it."""
        before = self._flood.is_on
        self._flood.strike(heard.time)
        if self._flood.is_on == before:
            return []
        if before:
            self._ear.call.over()
            if self._controls.mode == "harmonise":
                self._harmoniser.renew()
            return [*self._flood.news(now)]
        return [*self._flood.news(now), *self._stop(now), self._harmoniser.forget()]

    def _let_go_all(self, heard: Heard) -> None:
        """The player's instrument says that all its keys are up, as when a sequencer stops."""
        keys = sorted(self._score.context.hands[PLAYER].keys)
        self._ear.all_up(heard.time, keys)
        for key in keys:
            self._score.insert(PLAYER, heard.time, midi.note_off(self._channel, key))

    def _confirm(self, sent: Sent) -> None:
        """A message of the machine's sounded: one that the draft foresaw, or another."""
        self._ear.sounded(sent)
        if sent.plan == self._plan and self._score.confirm(sent):
            return
        if sent.plan == EARLIER:
            self._ear.call.over()
        if self._score.context.hands[MACHINE].kind_of(sent.data) is not None:
            self._score.insert(MACHINE, sent.time, sent.data)

    def _follow_beat(self, now: float) -> list[FromPerformer]:
        """The bars that wait or are played go by the newest beat."""
        draft, beat = self._score.draft, self._ear.beat(self._controls, now)
        if draft is None or draft.bars is None or beat is None:
            return []
        if not draft.bars.is_off(beat):
            draft.move(draft.bars.by(beat))
            return []
        stopped = self._stop(now)
        self._score.hear_again()
        return stopped

    def _set(self, values: Mapping[str, Value], now: float) -> list[FromPerformer]:
        before = self._controls
        self._controls = live.from_values({**live.as_values(before), **values})
        self._tell_engine()
        if self._controls.mode == "harmonise":
            self._harmoniser.renew()
        if self._controls.mode != before.mode:
            stopped = self._stop(now)
            if before.mode == "harmonise":
                stopped.append(self._harmoniser.forget())
            self._trading.forget()
            self._ear.call.over()
            return stopped
        self._draft_anew()
        return []

    def _stop(self, now: float) -> list[FromPerformer]:
        """Play no more of the draft."""
        stopped: list[FromPerformer] = [Cancel(self._plan, now)] if self._score.playing else []
        self._score.forget_draft()
        return stopped

    def _draft_anew(self) -> None:
        """What a draft goes by has changed; one that plays already goes on."""
        if not self._score.playing and self._score.draft is not None:
            self._score.forget_draft()
            self._score.hear_again()

    def _tell_engine(self) -> None:
        self._engine.tell(self._ear.partner.condition(self._controls))

    # What goes out

    def wake_s(self, now: float) -> float | None:
        """When `work` has something to do: at once (`now`), later, or never (None)."""
        draft = self._score.draft
        if self._score.pending or self._takes.want_more(self._controls.takes, now):
            return now
        if self._harmoniser.wants_more:
            return now
        if draft is None:
            return None
        if not self._score.playing:
            opens_s = draft.waits_until_s if draft.waits_until_s > now else math.inf
            return max(now, min(opens_s, draft.earliest_s - HANDOVER_S - self._latency_s))
        wake_s = draft.wake_s()
        return None if wake_s is None else max(now, wake_s - self._latency_s)

    def work(self, now: float) -> list[FromPerformer]:
        """Do one step: feed what came and draw one event, and hand over what is ready."""
        if self._harmoniser.wants_more and not self._score.pending:
            done: list[FromPerformer] = [self._harmonise()]
        else:
            if self._score.pending or self._takes.want_more(self._controls.takes, now):
                self._step(now)
            done = self._hand_over(now)
        beat = self._ear.beat(self._controls, now)
        done += self._trading.troubles(self._controls, beat, self._ear.call)
        return [*done, *self._reporter.news(self._plan, self._controls, now)]

    def _step(self, now: float) -> None:
        takes, groove = self._controls.takes, self._ear.groove(self._controls, now)
        if self._takes.want_others(takes, now):
            self._takes.draw_others(takes, now, self._asking(now), groove)
            return
        draft = self._score.draft = self._score.draft or self._begin(now)
        if draft is None or draft.done:
            self._engine.advance(self._score.pending, Query(noise=np.zeros(4, np.float32)))
            self._score.pending = []
            return
        if now - self._ear.call.last_event_s > draft.manner.alone_s:
            draft.let_go(max(now + self._latency_s, draft.end_s))
            if draft.over:
                self._score.forget_draft()
            return
        query = self._asking(now)(draft, self._takes.rng.random(4, dtype=np.float32))
        if draft.manner == modes.ALONGSIDE:
            player = self._score.context.hands[PLAYER]
            drawing.go_along(query, draft.hands, player, self._ear.room.left(now))
        is_news = bool(self._score.pending) and draft.manner.yields and not self._score.playing
        answer = self._score.advance(query)
        if is_news and not modes.reconsider(draft, answer, self._situation(now)):
            # Drawn for another moment: the next step draws it again, behind the same event.
            return
        self._takes.count(answer)
        draft.add(answer.event, groove)

    def _asking(self, now: float) -> drawing.Asking:
        player, key = self._score.context.hands[PLAYER], self._ear.tonality.key()
        return drawing.asking(self._controls, player, key, now + self._latency_s, self._ear.partner)

    def _begin(self, now: float) -> Draft | None:
        if self._score.context.time_s is None or self._flood.is_on:
            return None
        situation = self._situation(now)
        self._tell_engine()
        self._takes.begin([self._seed, situation.base])
        return modes.begin(situation)

    def _situation(self, now: float) -> modes.Situation:
        context = self._score.context
        return modes.Situation(
            now=now,
            present_s=context.time_s or 0.0,
            base=self._score.length,
            ear=self._ear,
            player=self._ear.drones.left_out(context.hands[PLAYER], now),
            machine=context.hands[MACHINE],
            controls=self._controls,
            limits=self._limits,
            trading=self._trading,
            channel=self._own_channel,
        )

    @property
    def _own_channel(self) -> int:
        chosen = self._controls.channel
        return self._channel if chosen is None else chosen - 1

    def _hand_over(self, now: float) -> list[FromPerformer]:
        draft = self._score.draft
        if draft is None or self._score.pending:
            return []
        if not self._score.playing:
            if now < draft.earliest_s - HANDOVER_S - self._latency_s:
                return []
            draft = self._takes.choose(draft, self._ear.aim(self._controls, now))
            self._score.playing = True
            if draft.bars is not None:
                self._trading.taken(draft.bars)
            self._plan += 1
            self._ear.call.over()
        ready = draft.ready(now + self._latency_s)
        if not ready:
            return []
        manner = draft.manner
        return [Schedule(self._plan, self._heard, manner.yields, tuple(ready), manner.fresh)]

    def _harmonise(self) -> Voices:
        player, key = self._score.context.hands[PLAYER], self._ear.tonality.key()
        return self._harmoniser.draw(
            self._engine, self._controls, player, key, self._own_channel, self._takes.rng
        )
