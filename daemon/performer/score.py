"""What the engine holds: all that really happened, and behind it what is drafted. Pure.

An event is in one of three places: in the engine, about to be fed to it (``pending``), or only in
the draft. Whatever happens that the draft did not foresee takes the engine back to what sounded.
"""

from antiphon.daemon import midi
from antiphon.daemon.messages import Sent
from antiphon.daemon.performer.context import Context
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.engine import Branches, Engine
from antiphon.daemon.performer.query import Answer, Query
from antiphon.model.events import MACHINE, PLAYER, Event


class Score:
    """Keeps engine, context and draft in step; ``playing`` once the draft is being handed over."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.context = Context()
        self.draft: Draft | None = None
        self.playing = False
        self.pending: list[Event] = []
        self._last: Event | None = None

    @property
    def length(self) -> int:
        """How many events are in the engine or about to be fed."""
        return self.engine.length + len(self.pending)

    def insert(self, who: int, time_s: float, data: bytes) -> None:
        """Something really happened: the context takes it in after all that really sounded."""
        self._go_back()
        self.pending += self.context.take(who, time_s, data)
        self._last = self.pending[-1]
        draft = self.draft if self.playing else None
        if draft is not None:
            takes_back = draft.manner.fresh and who == PLAYER and midi.is_note_on(data)
            draft = self._rebased(draft, skipped=0, strikes=not takes_back)
        self.draft = draft

    def confirm(self, sent: Sent) -> bool:
        """Take note that a message of the draft's sounded; whether the draft foresaw it."""
        draft = self.draft if self.playing else None
        place = None if draft is None else draft.find(sent.planned, sent.data)
        if draft is None or place is None:
            return False
        if place > draft.sent:
            # What lies between was refused, as where its key sounded already.
            self._go_back()
            self.draft = draft = self._rebased(draft, skipped=place - draft.sent)
        self._last = draft.events[draft.sent]
        self.context.accept(self._last, sent.planned)
        draft.sent += 1
        if draft.over:
            self.forget_draft()
        return True

    def forget_draft(self) -> None:
        """Leave nothing of the draft but what sounded."""
        self._go_back()
        self.draft = None
        self.playing = False

    def take_up(self, draft: Draft) -> None:
        """Go on with another draft from the same place, of which nothing has sounded."""
        self._go_back()
        self.draft = draft

    def draw_again(self) -> None:
        """What of the draft was only drawn is forgotten, to be drawn once more."""
        self._go_back()
        if self.draft is not None:
            self.draft = self._rebased(self.draft, skipped=0)

    def hear_again(self) -> None:
        """Take the last event back, to be fed once more: only a run can draw."""
        if self._last is not None and not self.pending and self.engine.length:
            self.engine.rewind(self.engine.length - 1)
            self.pending = [self._last]

    def branch(self, count: int) -> tuple[Branches, Event]:
        """Branches off where the draft starts, and the event that each has to take in first."""
        assert self.draft is not None and self._last is not None  # noqa: S101 (there is a draft)
        return self.engine.branch(count, self.draft.base - 1), self._last

    def advance(self, query: Query) -> Answer:
        """Feed what is pending and what was drawn but not fed, and draw what comes next."""
        drafted = []
        if self.draft is not None:
            drafted = self.draft.events[max(0, self.engine.length - self.draft.base) :]
        batch = self.pending + drafted
        if not batch:
            self.engine.rewind(self.engine.length - 1)
            batch = [self._newest()]
        self.pending = []
        return self.engine.advance(batch, query)

    def _newest(self) -> Event:
        if self.draft is not None and self.draft.events:
            return self.draft.events[-1]
        assert self._last is not None  # noqa: S101 (a draft follows something)
        return self._last

    def _go_back(self) -> None:
        """Leave in the engine what really sounded of the draft, or will be fed of it, no more."""
        draft = self.draft
        if draft is None:
            return
        fed = max(0, self.engine.length - draft.base)
        if fed > draft.sent:
            self.engine.rewind(draft.base + draft.sent)
        else:
            self.pending += draft.events[fed : draft.sent]

    def _rebased(self, draft: Draft, skipped: int, *, strikes: bool = True) -> Draft:
        """The rest of a draft behind what is in the engine or about to be fed."""
        present_s = self.context.time_s
        assert present_s is not None  # noqa: S101 (a draft follows something)
        held = self.context.hands[MACHINE]
        return draft.rebased(self.length, present_s, skipped, held, strikes=strikes)
