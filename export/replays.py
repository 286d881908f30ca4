"""Recorded performances played to the turn rules event by event, as the daemon would hear them.

A ``Pause`` is what lies between one onset and the next. At the end of a phrase the player is made
to stop: keys are let go when they were, at the latest where the next phrase begins, and nothing
more comes. Each phrase is given to the other part, as in a jam, and the one who plays is always
shown to the rules as the player.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.harmony import KeyTracker
from antiphon.daemon.performer.moments import Moment, moment
from antiphon.daemon.performer.query import Query
from antiphon.daemon.performer.turns import Call
from antiphon.export.phrases import Place, places
from antiphon.model import conditions, views
from antiphon.model.arrays import Notes, Pedals
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.events import MACHINE, NOTE_OFF, PEDAL_DOWN, PLAYER, Event, step_of

SOLOS = ("wjazzd",)
"""Data sets whose upper part alone is the performance."""

SHORTEST_WAIT_S = 0.1
"""No rule takes the turn sooner than this after an event."""

WARM_UP = 16
"""So many onsets are heard before rules are judged."""

JUST_S = 1e-4


@dataclass(frozen=True, slots=True)
class Wait:
    """A silence after an event: what was known, the last note event's time, the next event's.

    ``until_s`` is infinite where the player has stopped.
    """

    moment: Moment
    note_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """The waits between an onset and the next, and when the last key is let go."""

    place: Place
    waits: tuple[Wait, ...]
    released_s: float


def passage(packed: Corpus, piece: Piece, events: int, seed: int) -> tuple[Notes, Pedals]:
    """Notes and pedal moves of some ``events`` from somewhere in a piece."""
    notes, pedals = packed.notes(piece), packed.pedals(piece)
    if piece.dataset in SOLOS:
        notes, pedals = notes[notes["part"] == 0], pedals[:0]
    count = max(1, int(events * piece.notes / piece.events))
    rng = np.random.default_rng([seed, piece.first_note])
    start = int(rng.integers(max(1, len(notes) - count)))
    chosen = notes[start : start + count]
    inside = slice(*np.searchsorted(pedals["time"], [chosen["onset"][0], chosen["offset"].max()]))
    return chosen.copy(), pedals[inside].copy()


def pauses(engine: Engine, notes: Notes, pedals: Pedals) -> list[Pause]:
    """Play a passage to an engine that has heard nothing; the pauses after the warm-up.

    The passage's own end is left out: it is where it was cut.
    """
    tokens, times_s = views.tokenise(notes, pedals, np.full(len(notes), PLAYER))
    engine.tell(conditions.vector({}, {}))
    listener = _Listener(engine)
    found: list[Pause] = []
    groups = _by_place(tokens.tolist(), times_s.tolist(), places(notes))
    for place, events in groups:
        found.append(listener.pause(place, events))
        if place.end:
            listener.pass_on()
    return found[WARM_UP:-1]


_Timed = tuple[float, Event]


def _by_place(
    rows: list[list[int]], times_s: list[float], where: list[Place]
) -> Iterator[tuple[Place, list[_Timed]]]:
    """The events from each onset to the next."""
    events = [(time_s, Event(*row)) for time_s, row in zip(times_s, rows, strict=True)]
    index = 0
    for place in where:
        begin = index
        while index < len(events) and (
            events[index][0] < place.until_s - JUST_S or events[index][1].kind >= NOTE_OFF
        ):
            index += 1
        yield place, events[begin:index]


@dataclass
class _Listener:
    """Hears a passage as the daemon would; ``unfed`` events are not in the engine yet."""

    engine: Engine
    speaker: int = PLAYER
    call: Call = field(default_factory=Call)
    hands: Hands = field(default_factory=Hands)
    tonality: KeyTracker = field(default_factory=KeyTracker)
    unfed: list[Event] = field(default_factory=list)
    note_s: float = 0.0

    def pass_on(self) -> None:
        """A phrase has ended: the other part goes on."""
        self.call.over()
        self.speaker = MACHINE if self.speaker == PLAYER else PLAYER

    def pause(self, place: Place, events: list[_Timed]) -> Pause:
        """Hear the events of a place."""
        waits: list[Wait] = []
        ends_s = np.inf if place.end else place.until_s
        nexts_s = [time_s for time_s, _ in events[1:]] + [ends_s]
        for (time_s, event), next_s in zip(events, nexts_s, strict=True):
            self._hear(time_s, event)
            if next_s == np.inf and self.hands.keys and np.isfinite(place.until_s):
                waits.append(Wait(self._known(), self.note_s, place.until_s))
                waits.append(self._let_go(place.until_s))
                return Pause(place, tuple(waits), place.until_s)
            if next_s - time_s >= SHORTEST_WAIT_S:
                waits.append(Wait(self._known(), self.note_s, next_s))
        return Pause(place, tuple(waits), self.note_s)

    def _hear(self, time_s: float, event: Event) -> None:
        self.hands.follow(event.kind)
        self.unfed.append(replace(event, who=self.speaker))
        if event.kind < NOTE_OFF:
            self.call.onset(time_s, event.kind)
            self.tonality.strike(time_s, event.kind)
        else:
            self.call.other(time_s)
        if event.kind < PEDAL_DOWN:
            self.note_s = time_s

    def _known(self) -> Moment:
        expected = self._expected(self.unfed)
        self.unfed = []
        return moment(self.call, self.hands, self.tonality.key(), expected)

    def _expected(self, events: list[Event]) -> NDArray[np.float32]:
        """The model's expectation, the rows in the order (who plays, the other)."""
        rows = self.engine.advance(events, Query(noise=np.zeros(4, np.float32))).who_step
        return rows if self.speaker == PLAYER else rows[::-1]

    def _let_go(self, time_s: float) -> Wait:
        """What would be known if all keys were let go at ``time_s``; nothing is kept of it."""
        mark = self.engine.length
        steps = [step_of(time_s - self.call.last_event_s)] + [0] * len(self.hands.keys)
        ends = [
            Event(self.speaker, step, NOTE_OFF + key)
            for step, key in zip(steps, sorted(self.hands.keys), strict=False)
        ]
        expected = self._expected(ends)
        self.engine.rewind(mark)
        call = replace(self.call, last_event_s=time_s)
        known = moment(call, Hands(set(), self.hands.pedal), self.tonality.key(), expected)
        return Wait(known, time_s, np.inf)
