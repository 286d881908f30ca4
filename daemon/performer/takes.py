"""Several beginnings of the same reply while there is time, and which of them is played. Pure.

What makes one better, each in nats: how likely the model has its events, temperature aside; notes
outside the key that was heard; a key struck again and again; notes beside the beat's sixteenths.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.engine import Answer
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.score import Score
from antiphon.model.events import MACHINE, NOTE_OFF

OUTSIDE_NATS = 1.5
AGAIN_NATS = 1.0
BESIDE_NATS = 1.0
SIXTEENTHS = 4
MOST_EVENTS = 120
"""No more takes once so many events were drawn: there must be time for all that are begun."""

Seed = Sequence[int]


@dataclass
class Take:
    """A draft, what goes on drawing it, and what its events cost in nats."""

    draft: Draft
    rng: np.random.Generator
    costs: list[float] = field(default_factory=list)


class Takes:
    """The takes of the draft of the moment; `rng` draws the one that is in the making."""

    def __init__(self, score: Score, seed: int) -> None:
        self._score = score
        self._seed: Seed = [seed]
        self._made: list[Take] = []
        self._costs: list[float] = []
        self.rng = np.random.default_rng(seed)

    def begin(self, seed: Seed) -> None:
        """A draft begins; those before are forgotten."""
        self._seed = seed
        self._made.clear()
        self._costs = []
        self.rng = np.random.default_rng(seed)

    def count(self, answer: Answer) -> None:
        """What was drawn goes into the take in the making."""
        if answer.event.who == MACHINE:
            self._costs.append(sum(answer.cost))

    def want_more(self, wanted: int, now: float) -> bool:
        """Whether an event is to be drawn now: of the take in the making, or of another."""
        draft = self._score.draft
        return draft is not None and (draft.wants_more(now) or self.want_another(wanted, now))

    def want_another(self, wanted: int, now: float) -> bool:
        """Whether there is time and wish for one more."""
        draft, score = self._score.draft, self._score
        if draft is None or score.playing or score.pending or len(self._made) + 1 >= wanted:
            return False
        if sum(len(take.costs) for take in self._made) + len(self._costs) >= MOST_EVENTS:
            return False
        # Bars move with the beat, and what waits for the player to be next is not made ahead.
        is_made_ahead = draft.bars is None and draft.manner.parts == (MACHINE,)
        return is_made_ahead and draft.begun and not draft.wants_more(now)

    def another(self) -> None:
        """Keep the take that is made, and begin the next."""
        draft = self._score.draft
        assert draft is not None  # noqa: S101 (`want_another` said so)
        self._keep(draft)
        self.rng = np.random.default_rng([*self._seed, len(self._made)])
        self._costs = []
        self._score.take_up(draft.afresh(self._score.context.hands[MACHINE]))

    def choose(self, draft: Draft, key: Key | None, beat: Beat | None) -> Draft:
        """The best of those made, of which ``draft`` is the last; the score goes on with it."""
        if not self._made:
            return draft
        if draft.begun:
            self._keep(draft)
        best = max(self._made, key=lambda take: merit(take, key, beat))
        self._made.clear()
        self.rng = best.rng
        if best.draft is not draft:
            self._score.take_up(best.draft)
        return best.draft

    def _keep(self, draft: Draft) -> None:
        self._made.append(Take(draft, self.rng, self._costs))


def merit(take: Take, key: Key | None, beat: Beat | None) -> float:
    """How good a take is, in nats an event; higher is better."""
    draft = take.draft
    struck = [
        (time_s, event.kind)
        for time_s, event in zip(draft.times_s, draft.events, strict=True)
        if event.kind < NOTE_OFF
    ]
    keys = [kind for _, kind in struck]
    found = -float(np.mean(take.costs)) if take.costs else 0.0
    if not keys:
        return found
    if key is not None:
        found -= OUTSIDE_NATS * sum(kind % 12 not in key.scale for kind in keys) / len(keys)
    again = sum(one == other for one, other in pairwise(keys))
    found -= AGAIN_NATS * again / len(keys)
    if beat is not None and beat.period > 0:
        places = [SIXTEENTHS * (time_s - beat.time) / beat.period for time_s, _ in struck]
        found -= BESIDE_NATS * 2 * sum(abs(place - round(place)) for place in places) / len(places)
    return found
