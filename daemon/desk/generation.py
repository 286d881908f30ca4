"""The model at the desk: it writes what is missing between events that stand, without a clock.

What stands is a timeline of fixed events. From left to right the model draws the next event; where
what stands comes first, that is taken in instead. So one loop goes on from a piece, adds a part to
it, and fills what was taken out of it. Time is that of the music; the same seed writes the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from antiphon.daemon.desk.piece import Floats, NoteTable, Piece
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Query
from antiphon.model import events
from antiphon.model.events import MACHINE, NOTE_OFF, PEDAL_DOWN, PEDAL_UP, PLAYER, STEP_S, Event

NEVER: Final = np.float32(-1e9)
LONGEST_GAP_S: Final = 2.0
LINGERS_S, RELEASE_PER_S = 2.0, 3.0
"""A key that is held for longer is let go the likelier, by so many nats a second."""

MOST_EVENTS: Final = 4000
"""No take is longer: what goes round and round ends."""

CONTEXT_EVENTS: Final = 1024
"""So much of what came before is told to the model: it attends to the last 512 events, and what
these attended to."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An event that stands: at a time in seconds, of a part, as the model has kinds and touches."""

    time_s: float
    who: int
    kind: int
    touch: int = events.NO_TOUCH


@dataclass(frozen=True, slots=True)
class Sounded:
    """A note that was written: seconds, key and velocity."""

    start_s: float
    end_s: float
    key: int
    velocity: int


@dataclass(frozen=True)
class Wish:
    """How to write.

    ``condition`` is what the model is told; ``pitch`` gives the (128,) bias on keys at a time, in
    nats; ``snap`` moves the time of a note's beginning to where written music has a place for it.
    ``due_s``, ascending, keeps to a pace: no more notes than these, each not before its time.
    """

    condition: np.ndarray
    temperature: float = 1.0
    top_p: float = 0.97
    lowest: int = 21
    highest: int = 108
    voices: int = 10
    has_pedal: bool = False
    velocity: int | None = None
    pitch: Callable[[float], Floats] | None = None
    snap: Callable[[float], float] | None = None
    due_s: tuple[float, ...] | None = None


@dataclass
class Take:
    """One try: its notes, its pedal as (from, to), and what its keys cost in nats, one a note."""

    notes: list[Sounded] = field(default_factory=list)
    pedals: list[tuple[float, float]] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """Nats a note; infinite for nothing."""
        return float(np.mean(self.costs)) if self.costs else float("inf")


def timeline(
    notes: NoteTable, who: int, pedals: Sequence[tuple[float, float]] = ()
) -> list[Moment]:
    """Notes and pedal spans, in seconds, as events of a part in order of time."""
    found = []
    onset, offset = notes.onset_s.tolist(), notes.offset_s.tolist()
    for start_s, end_s, key, velocity in zip(
        onset, offset, notes.key.tolist(), notes.velocity.tolist(), strict=True
    ):
        found.append(Moment(start_s, who, key, events.touch_of(velocity)))
        found.append(Moment(max(end_s, start_s + 0.005), who, NOTE_OFF + key))
    for down_s, up_s in pedals:
        found += [Moment(down_s, who, PEDAL_DOWN), Moment(up_s, who, PEDAL_UP)]
    # At one time ends come first, then the pedal, then beginnings.
    return sorted(found, key=lambda each: (each.time_s, each.kind < NOTE_OFF, each.kind))


def pedals_of(piece: Piece) -> list[tuple[float, float]]:
    """The pedal of all parts, in seconds."""
    spans = sorted(span for part in piece.parts for span in part.pedals)
    edges = piece.seconds([[at, at + length] for at, length in spans]).reshape(-1, 2).tolist()
    merged: list[tuple[float, float]] = []
    for down_s, up_s in edges:
        if merged and down_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(up_s, merged[-1][1]))
        else:
            merged.append((down_s, up_s))
    return merged


class Writer:
    """Writes one take. What was taken in stays with the engine; `begin` starts from nothing."""

    def __init__(self, engine: Engine, wish: Wish, rng: Generator) -> None:
        self.engine, self.wish, self.rng = engine, wish, rng
        self.take = Take()
        self._grid: events.Grid | None = None
        self._fixed: tuple[set[int], set[int]] = (set(), set())
        self._held: dict[int, tuple[float, int]] = {}
        self._pedal_s: float | None = None
        self._fixed_pedal = [False, False]
        self._new: list[Event] = []
        self._mark = 0
        self._struck: set[int] = set()
        """The keys struck at the present time: none of them begins again there."""

    @property
    def time_s(self) -> float:
        """The present of the music."""
        return self._grid.time_s if self._grid else 0.0

    def begin(self, before: Sequence[Moment]) -> None:
        """Start with what came before, of which the model is told the end."""
        self.engine.rewind(0)
        self.engine.tell(self.wish.condition)
        for moment in before[-CONTEXT_EVENTS:]:
            self.take_in(moment)
        if len(self._new) > 1:
            # All but the last, behind which the first event will be drawn.
            self.engine.advance(self._new[:-1], self._query(self.time_s, self.time_s, True, np.inf))
            self._new = self._new[-1:]
        self._mark = self.engine.length

    def another(self, rng: Generator) -> "Writer":
        """A writer of another take from where this one began; this one writes no more."""
        self.engine.rewind(self._mark)
        made = Writer(self.engine, self.wish, rng)
        made._grid = events.Grid(self.time_s) if self._grid else None
        made._fixed = (set(self._fixed[0]), set(self._fixed[1]))
        made._fixed_pedal = list(self._fixed_pedal)
        made._new, made._mark = list(self._new), self._mark
        return made

    def take_in(self, moment: Moment) -> None:
        """Something that stands happens."""
        who, kind = moment.who, moment.kind
        if kind < NOTE_OFF:
            if kind in self._fixed[who]:
                self._happens(moment.time_s, who, NOTE_OFF + kind)
            if kind in self._held and who == MACHINE:
                self._ends(kind, moment.time_s)
            self._fixed[who].add(kind)
        elif kind < PEDAL_DOWN:
            if kind - NOTE_OFF not in self._fixed[who]:
                return
            self._fixed[who].discard(kind - NOTE_OFF)
        else:
            if self._fixed_pedal[who] == (kind == PEDAL_DOWN):
                return
            self._fixed_pedal[who] = kind == PEDAL_DOWN
        self._happens(moment.time_s, who, kind, moment.touch)

    def _happens(self, time_s: float, who: int, kind: int, touch: int = events.NO_TOUCH) -> None:
        if self._grid is None:
            self._grid = events.Grid(time_s)
        self._new.append(Event(who, self._grid.step_to(time_s), kind, touch))

    def write(self, ahead: Sequence[Moment], start_s: float, until_s: float, alone: bool) -> Take:
        """Write from a time to another, around what stands ahead.

        ``alone``: what stands and what is written are one part; otherwise it is the player's.
        """
        coming = list(ahead)
        if not self._new:
            # The model speaks only when something was said: a pedal that is up already says least.
            self._happens(start_s, MACHINE if alone else PLAYER, PEDAL_UP)
        for _ in range(MOST_EVENTS):
            next_s = coming[0].time_s if coming else np.inf
            if min(self.time_s, next_s) > until_s - 1e-6:
                break
            answer = self.engine.advance(self._new, self._query(start_s, until_s, alone, next_s))
            self._new = []
            event = answer.event
            at_s = self.time_s + float(STEP_S[event.step])
            if self.wish.snap is not None and event.kind < NOTE_OFF:
                at_s = max(self.time_s, self.wish.snap(at_s))
            is_mine = event.who == MACHINE and start_s - 1e-6 <= at_s <= until_s
            if is_mine and at_s <= next_s - 1e-6:
                self._accept(event, at_s, float(answer.cost[1]))
            elif coming and next_s <= until_s:
                self.take_in(coming.pop(0))
                while coming and coming[0].time_s <= next_s + 1e-6:
                    self.take_in(coming.pop(0))
                if not self._new:
                    # Nothing that changes anything: say so once more.
                    self._happens(next_s, MACHINE if alone else PLAYER, PEDAL_UP)
            else:
                break
        return self.close(until_s)

    def close(self, until_s: float) -> Take:
        """Let go of all that was written and is held."""
        for key in list(self._held):
            self._ends(key, until_s, tell=False)
        if self._pedal_s is not None:
            self.take.pedals.append((self._pedal_s, until_s))
            self._pedal_s = None
        return self.take

    def _accept(self, event: Event, at_s: float, cost: float) -> None:
        kind = event.kind
        if at_s > self.time_s:
            self._struck.clear()
        if kind < NOTE_OFF:
            self._struck.add(kind)
            velocity = self.wish.velocity or events.velocity_of(event.touch)
            self._held[kind] = (at_s, velocity)
            self.take.costs.append(cost)
        elif kind < PEDAL_DOWN:
            start_s, velocity = self._held.pop(kind - NOTE_OFF)
            self.take.notes.append(Sounded(start_s, at_s, kind - NOTE_OFF, velocity))
        elif kind == PEDAL_DOWN:
            self._pedal_s = at_s
        elif self._pedal_s is not None:
            self.take.pedals.append((self._pedal_s, at_s))
            self._pedal_s = None
        assert self._grid is not None  # noqa: S101 (something was taken in)
        self._new = [Event(event.who, self._grid.step_to(at_s), kind, event.touch)]
        self._grid.time_s = at_s

    def _ends(self, key: int, time_s: float, tell: bool = True) -> None:
        start_s, velocity = self._held.pop(key)
        self.take.notes.append(Sounded(start_s, max(time_s, start_s + 0.02), key, velocity))
        if tell:
            self._happens(time_s, MACHINE, NOTE_OFF + key)

    def _due_s(self) -> float:
        """Not before when the next note is to begin."""
        due_s, count = self.wish.due_s, len(self.take.costs)
        if due_s is None:
            return -np.inf
        return due_s[count] if count < len(due_s) else np.inf

    def _query(self, start_s: float, until_s: float, alone: bool, next_s: float) -> Query:
        wish, now_s = self.wish, self.time_s
        times_s = now_s + STEP_S
        who_step = np.full((events.WHO, events.STEPS), NEVER)
        gap_s = LONGEST_GAP_S if not np.isfinite(next_s) else events.LONGEST_S
        begins_s = max(start_s, now_s)
        allowed = (times_s >= begins_s - 1e-6) & (times_s <= begins_s + gap_s)
        if not allowed.any():
            # Beyond the longest step: as far as it goes.
            allowed[-1] = True
        who_step[MACHINE, allowed] = 0.0
        if len(self._struck) >= wish.voices:
            # A chord is full: what comes next comes later.
            who_step[MACHINE, 0] = NEVER
        if not alone and np.isfinite(next_s):
            who_step[PLAYER] = 0.0
        due_s = self._due_s()
        if due_s > now_s and not self._held:
            who_step[MACHINE, times_s < min(due_s, times_s[-1])] = NEVER
        kind = np.full(events.KINDS, NEVER)
        sounding = {*self._held, *self._fixed[0], *self._fixed[1]}
        may_begin = due_s <= now_s or not self._held
        if len(self._held) < wish.voices and now_s < until_s and may_begin:
            kind[wish.lowest : wish.highest + 1] = 0.0
            if wish.pitch is not None:
                kind[:NOTE_OFF] += wish.pitch(max(now_s, start_s)).astype(np.float32)
            kind[list(sounding | self._struck)] = NEVER
        for key, (since_s, _) in self._held.items():
            kind[NOTE_OFF + key] = RELEASE_PER_S * max(0.0, now_s - since_s - LINGERS_S)
        if wish.has_pedal and not (alone and self._fixed_pedal[MACHINE]):
            kind[PEDAL_DOWN if self._pedal_s is None else PEDAL_UP] = 0.0
        if not (kind > NEVER / 2).any():
            kind[PEDAL_UP] = 0.0
        hot = (wish.temperature,) * 3
        nucleus = (wish.top_p,) * 3
        noise = self.rng.random(4, dtype=np.float32)
        return Query(noise, who_step, kind, temperature=hot, nucleus=nucleus)
