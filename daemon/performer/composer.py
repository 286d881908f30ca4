"""What the machine plays: drafts begun, drawn event by event, and handed over. Pure.

The model draws events ahead; while the player pauses the draft grows, and when its time has come it
is handed over. What came in is the musician's to take note of.
"""

import math

import numpy as np

from antiphon.daemon import controls as live
from antiphon.daemon.messages import Cancel, FromPerformer, Problem, Schedule
from antiphon.daemon.performer import drawing, modes
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.ear import Ear
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Query
from antiphon.daemon.performer.score import Score
from antiphon.daemon.performer.takes import Takes
from antiphon.daemon.performer.trading import Trading
from antiphon.daemon.performer.turns import Limits
from antiphon.model.events import MACHINE, PLAYER

HANDOVER_S = 0.03
"""A draft is handed over this long before the turn ends, to be in time for its first note."""


class Composer:
    """Plays by ``controls``, on ``channel`` (0 to 15) where they leave that open.

    ``heard`` is the latest of the player's messages that is taken into account; a message is sent
    ``latency_s`` before its time. It begins nothing while it ``is_still``.
    """

    def __init__(
        self, engine: Engine, ear: Ear, limits: Limits, seed: int, latency_s: float
    ) -> None:
        self.score = Score(engine)
        self.controls = live.Controls()
        self.latency_s = latency_s
        self.channel = self.heard = self.plan = 0
        self.is_still = False
        self._engine = engine
        self._ear = ear
        self._limits = limits
        self._seed = seed
        self._trading = Trading()
        self._takes = Takes(self.score, seed)
        self.tell_engine()

    def tell_engine(self) -> None:
        """What the model goes by has changed."""
        self._engine.tell(self._ear.partner.condition(self.controls))

    @property
    def own_channel(self) -> int:
        """The channel of the machine's part, 0 to 15."""
        chosen = self.controls.channel
        return self.channel if chosen is None else chosen - 1

    # What is drafted

    def stop(self, now: float) -> list[FromPerformer]:
        """Play no more of the draft."""
        stopped: list[FromPerformer] = [Cancel(self.plan, now)] if self.score.playing else []
        self.score.forget_draft()
        return stopped

    def start_over(self, now: float) -> list[FromPerformer]:
        """Another mode begins."""
        self._trading.forget()
        self._ear.call.over()
        return self.stop(now)

    def give_way(self) -> None:
        """The player strikes a key: a draft that yields is no more."""
        draft = self.score.draft
        if draft is not None and draft.manner.yields:
            self._ear.room.was_cut_off |= self.score.playing and draft.sent > 0
            self.score.forget_draft()

    def draft_anew(self) -> None:
        """What a draft goes by has changed; what is handed over of it goes on."""
        if self.score.playing:
            self.score.draw_again()
        elif self.score.draft is not None:
            self.score.forget_draft()
            self.score.hear_again()

    def follow_beat(self, now: float) -> list[FromPerformer]:
        """The bars that wait or are played go by the newest beat."""
        draft, beat = self.score.draft, self._ear.beat(self.controls, now)
        if draft is None or draft.bars is None or beat is None:
            return []
        if not draft.bars.is_off(beat):
            draft.move(draft.bars.by(beat))
            return []
        stopped = self.stop(now)
        self.score.hear_again()
        return stopped

    def troubles(self, now: float) -> list[Problem]:
        """What is missing for bars to be traded: a line for the user when that changes."""
        beat = self._ear.beat(self.controls, now)
        return self._trading.troubles(self.controls, beat, self._ear.call)

    @property
    def rng(self) -> np.random.Generator:
        """What the draft of the moment is drawn with."""
        return self._takes.rng

    # What is drawn and handed over

    def wake_s(self, now: float) -> float:
        """When `work` has something to do: at once (`now`), later, or never (infinity)."""
        draft = self.score.draft
        if self._wants_step(now):
            return now
        if draft is None:
            return math.inf
        if not self.score.playing:
            coming_s = (draft.waits_until_s, draft.manner.nears_s(draft.earliest_s))
            next_s = min((time_s for time_s in coming_s if time_s > now), default=math.inf)
            return max(now, min(next_s, draft.earliest_s - HANDOVER_S - self.latency_s))
        wake_s = draft.wake_s()
        return math.inf if wake_s is None else max(now, wake_s - self.latency_s)

    def work(self, now: float) -> list[FromPerformer]:
        """Feed what came and draw one event, and hand over what is ready."""
        if self._wants_step(now):
            self._step(now)
        return self._hand_over(now)

    def _wants_step(self, now: float) -> bool:
        return bool(self.score.pending) or self._takes.want_more(self.controls.takes, now)

    def _step(self, now: float) -> None:
        takes, groove = self.controls.takes, self._ear.groove(self.controls, now)
        if self._takes.want_others(takes, now):
            self._takes.draw_others(takes, self._asking(now), groove)
            return
        draft = self.score.draft = self.score.draft or self._begin(now)
        if draft is None or draft.done:
            self._engine.advance(self.score.pending, Query(noise=np.zeros(4, np.float32)))
            self.score.pending = []
            return
        if now - self._ear.call.last_event_s > draft.manner.alone_s:
            draft.let_go(max(now + self.latency_s, draft.end_s))
            if draft.over:
                self.score.forget_draft()
            return
        query = self._asking(now)(draft, self._takes.rng.random(4, dtype=np.float32))
        if draft.manner == modes.ALONGSIDE:
            player = self.score.context.hands[PLAYER]
            drawing.go_along(query, draft.hands, player, self._ear.room.left(now))
        is_news = bool(self.score.pending) and draft.manner.yields and not self.score.playing
        answer = self.score.advance(query)
        if is_news and not modes.reconsider(draft, answer, self._situation(now)):
            # Drawn for another moment: the next step draws it again, behind the same event.
            return
        self._takes.count(answer)
        draft.add(answer.event, groove)

    def _asking(self, now: float) -> drawing.Asking:
        player, key = self.score.context.hands[PLAYER], self._ear.tonality.key()
        return drawing.asking(self.controls, player, key, now + self.latency_s, self._ear.partner)

    def _begin(self, now: float) -> Draft | None:
        if self.score.context.time_s is None or self.is_still:
            return None
        situation = self._situation(now)
        self.tell_engine()
        self._takes.begin([self._seed, situation.base])
        return modes.begin(situation)

    def _situation(self, now: float) -> modes.Situation:
        context = self.score.context
        return modes.Situation(
            now=now,
            present_s=context.time_s or 0.0,
            base=self.score.length,
            ear=self._ear,
            player=self._ear.drones.left_out(context.hands[PLAYER], now),
            machine=context.hands[MACHINE],
            controls=self.controls,
            limits=self._limits,
            trading=self._trading,
            channel=self.own_channel,
        )

    def _hand_over(self, now: float) -> list[FromPerformer]:
        draft = self.score.draft
        if draft is None or self.score.pending:
            return []
        if not self.score.playing:
            if now < draft.earliest_s - HANDOVER_S - self.latency_s:
                return []
            draft = self._takes.choose(draft, self._ear.aim(self.controls, now))
            draft.manner = modes.played(draft.manner)
            self._ear.room.was_cut_off = False
            self.score.playing = True
            if draft.bars is not None:
                self._trading.taken(draft.bars)
            self.plan += 1
            self._ear.call.over()
        ready = draft.ready(now + self.latency_s)
        if not ready:
            return []
        manner = draft.manner
        return [Schedule(self.plan, self.heard, manner.yields, tuple(ready), manner.fresh)]
