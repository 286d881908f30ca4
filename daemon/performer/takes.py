"""Several takes of the same reply while there is time, and which of them is played. Pure.

The first is drawn as if there were no others; these are drawn after it, side by side: beginnings
in every pause, and the rest once the turn nears. What makes one better, each in nats: how likely
the model has its keys, temperature aside; how near it comes to what was asked for, by the controls
or by how the player plays; notes outside the key that was heard; notes beside the beat's
sixteenths; a key struck again and again, and figures that the machine has played before, but for
the player's own, which `echo` wants; and, where it is drawn to its end, whether that is on a note
of the tonic's triad.

How likely all events are would not do: thick chords and fast figures are likely, event by event,
and of four takes the busiest would win.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.drawing import Asking
from antiphon.daemon.performer.engine import Branches
from antiphon.daemon.performer.groove import Groove
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.query import Answer
from antiphon.daemon.performer.repertoire import Figure, figures_of, staleness, taken_up
from antiphon.daemon.performer.score import Score
from antiphon.model import conditions
from antiphon.model.events import MACHINE, NOTE_OFF, Event, velocity_of

UNLIKE_NATS = 2.5
OUTSIDE_NATS = 1.5
AGAIN_NATS = 1.0
BESIDE_NATS = 1.0
STALE_NATS = 4.0
ECHO_NATS = 15.0
"""At full `echo`: what the model finds unlikely is otherwise passed over among takes."""
CADENCE_NATS = 1.0
SIXTEENTHS = 4

Seed = Sequence[int]


@dataclass
class Take:
    """A draft, what goes on drawing it, and what its keys cost in nats."""

    draft: Draft
    rng: np.random.Generator
    costs: list[float] = field(default_factory=list)

    def count(self, answer: Answer) -> None:
        """An answer that goes into the draft."""
        self.costs += _key_costs(answer)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a take should be like.

    ``asked`` has positions of controls, in [0, 1], by name; ``own`` and ``theirs`` are the figures
    that the machine and the player have played.
    """

    asked: Mapping[str, float]
    key: Key | None
    beat: Beat | None
    own: Set[Figure] = frozenset()
    theirs: Set[Figure] = frozenset()
    echo: float = 0.0


class Takes:
    """The takes of the draft of the moment; `rng` draws the first, or the one that was chosen."""

    def __init__(self, score: Score, seed: int) -> None:
        self._score = score
        self.begin([seed])

    def begin(self, seed: Seed) -> None:
        """A draft begins; those before are forgotten."""
        self._seed = seed
        self._others: list[Take] = []
        self._branches: Branches | None = None
        self._newest: list[Event] = []
        self._costs: list[float] = []
        self.rng = np.random.default_rng(seed)

    def count(self, answer: Answer) -> None:
        """What was drawn goes into the first take."""
        self._costs += _key_costs(answer)

    def want_more(self, wanted: int, now: float) -> bool:
        """Whether an event is to be drawn now: of the first take, or of the others."""
        draft = self._score.draft
        return draft is not None and (draft.wants_more(now) or self.want_others(wanted, now))

    def want_others(self, wanted: int, now: float) -> bool:
        """Whether there are time and wish for more than the first, which is made."""
        draft, score = self._score.draft, self._score
        if draft is None or score.playing or score.pending or wanted == 1:
            return False
        # Bars move with the beat, and what waits for the player to be next is not made ahead.
        is_made_ahead = draft.bars is None and draft.manner.parts == (MACHINE,)
        if not is_made_ahead or not draft.begun or draft.wants_more(now):
            return False
        return self._branches is None or any(take.draft.wants_more(now) for take in self._others)

    def draw_others(self, wanted: int, ask: Asking, groove: Groove | None) -> None:
        """One event more of each of the others, in a single run."""
        if self._branches is None:
            self._branch(wanted - 1)
        assert self._branches is not None  # noqa: S101 (made above)
        noises = [take.rng.random(4, dtype=np.float32) for take in self._others]
        queries = [ask(take.draft, noise) for take, noise in zip(self._others, noises, strict=True)]
        answers = self._branches.advance(self._newest, queries)
        for index, (take, answer) in enumerate(zip(self._others, answers, strict=True)):
            # All keep step: a branch cannot take in nothing while the others go on.
            if not take.draft.is_full:
                take.count(answer)
                take.draft.add(answer.event, groove)
                self._newest[index] = take.draft.events[-1]

    def _branch(self, count: int) -> None:
        draft = self._score.draft
        assert draft is not None  # noqa: S101 (`want_others` said so)
        hands = self._score.context.hands[MACHINE]
        self._others = [
            Take(draft.afresh(hands), np.random.default_rng([*self._seed, index + 1]))
            for index in range(count)
        ]
        self._branches, last = self._score.branch(count)
        self._newest = [last] * count

    def choose(self, draft: Draft, aim: Aim) -> Draft:
        """The best of those made, of which ``draft`` is the first; the score goes on with it."""
        made = [Take(draft, self.rng, self._costs), *self._others]
        self._others = []

        def aimed(take: Take) -> float:
            return merit(take, aim)

        best = max((take for take in made if take.draft.begun), default=made[0], key=aimed)
        self.rng = best.rng
        if best.draft is not draft:
            self._score.take_up(best.draft)
        return best.draft


def _key_costs(answer: Answer) -> list[float]:
    """What the key of a note of the machine's cost, if the answer is one."""
    is_note = answer.event.who == MACHINE and answer.event.kind < NOTE_OFF
    return [answer.cost[1]] if is_note else []


def merit(take: Take, aim: Aim) -> float:
    """How good a take is, in nats; higher is better."""
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
    found -= UNLIKE_NATS * unlikeness(draft, aim.asked)
    if aim.key is not None:
        found -= OUTSIDE_NATS * sum(kind % 12 not in aim.key.scale for kind in keys) / len(keys)
        found += CADENCE_NATS * (draft.done and keys[-1] % 12 in aim.key.triad)
    again = sum(one == other for one, other in pairwise(keys))
    found -= AGAIN_NATS * again / len(keys)
    figures = figures_of(struck)
    found -= STALE_NATS * staleness(figures, aim.own, aim.theirs)
    found += ECHO_NATS * aim.echo * taken_up(figures, aim.theirs)
    beat = aim.beat
    if beat is not None and beat.period > 0:
        places = [SIXTEENTHS * (time_s - beat.time) / beat.period for time_s, _ in struck]
        found -= BESIDE_NATS * 2 * sum(abs(place - round(place)) for place in places) / len(places)
    return found


def unlikeness(draft: Draft, asked: Mapping[str, float]) -> float:
    """How far a draft with notes is from what was asked, added up over the controls that were."""
    onsets_s: list[float] = []
    ends_s: list[float] = []
    keys: list[int] = []
    velocities: list[int] = []
    sounding: dict[int, int] = {}
    for time_s, event in zip(draft.times_s, draft.events, strict=True):
        if event.kind < NOTE_OFF:
            sounding[event.kind] = len(keys)
            onsets_s.append(time_s)
            ends_s.append(draft.end_s)
            keys.append(event.kind)
            velocities.append(velocity_of(event.touch))
        elif event.kind - NOTE_OFF in sounding:
            ends_s[sounding.pop(event.kind - NOTE_OFF)] = time_s
    measured = conditions.measure(
        np.array(onsets_s),
        np.array(ends_s),
        np.array(keys, np.int64),
        np.array(velocities, np.int64),
    )
    return sum(abs(position(name, measured[name]) - wanted) for name, wanted in asked.items())
