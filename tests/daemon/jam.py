"""A jam without time: the musician, the stage and a scripted engine, on a clock moved by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.messages import (
    Ask,
    Beat,
    Cancel,
    Forget,
    Heard,
    Judge,
    Message,
    Problem,
    Schedule,
    Sent,
    Settings,
    State,
    ToPerformer,
    Verdict,
    Voices,
)
from antiphon.daemon.performer.drawing import NEVER
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.performer.turns import Limits
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.problems import Problems
from antiphon.daemon.session.stage import Stage
from antiphon.daemon.session.timing import Timing
from antiphon.model import events
from antiphon.model.events import MACHINE, NOTE_OFF, PEDAL_DOWN, PLAYER, Event, step_of

TICK_S = 0.005
LIMITS = Limits(0.3, 1.2)


class ScriptedEngine:
    """Plays a scale from a key on, note by note, as far as the masks allow; keeps what it heard."""

    window = 512
    takes_moments = False

    def __init__(self, note_s: float = 0.2) -> None:
        self.history: list[Event] = []
        self.conditions: list[Floats] = []
        self.moments: list[Floats | None] = []
        self.runs: list[int] = []
        self.queries: list[Query] = []
        self.note_s = note_s
        self.next_who: int | None = None

    @property
    def length(self) -> int:
        return len(self.history)

    def tell(self, condition: Floats) -> None:
        self.conditions.append(condition)

    def rewind(self, mark: int) -> None:
        assert mark <= len(self.history)
        del self.history[mark:]

    def branch(self, count: int, mark: int) -> "ScriptedBranches":
        assert mark <= len(self.history)
        return ScriptedBranches(self, [self.history[:mark] for _ in range(count)])

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        assert new
        self.moments.append(moments)
        self.history += new
        self.runs.append(len(new))
        self.queries.append(query)
        return self.drawn(query, len(self.history))

    def drawn(self, query: Query, count: int) -> Answer:
        """What comes behind so many events."""
        allowed = np.flatnonzero(query.kind > NEVER / 2)
        offs = [int(kind) for kind in allowed if NOTE_OFF <= kind < events.PEDAL_DOWN]
        ons = [int(kind) for kind in allowed if kind < NOTE_OFF]
        who = MACHINE if self.next_who is None else self.next_who
        if query.who_step[who].max() < NEVER / 2:
            who = PLAYER
        steps = np.flatnonzero(query.who_step[who] > NEVER / 2)
        wanted = int(steps[np.argmin(np.abs(steps - step_of(self.note_s)))])
        kind = offs[0] if offs else ons[count % len(ons)] if ons else 60
        event = Event(who, wanted, kind, 16 if kind < NOTE_OFF else events.NO_TOUCH)
        return Answer(event, (1.0, 1.0, 1.0), np.zeros((2, events.STEPS), np.float32))


@dataclass
class ScriptedBranches:
    """Each draws as the engine would that had heard the same."""

    engine: ScriptedEngine
    histories: list[list[Event]]

    def advance(
        self, new: Sequence[Event], queries: Sequence[Query], moments: Floats | None = None
    ) -> list[Answer]:
        self.engine.moments.append(moments)
        for history, event in zip(self.histories, new, strict=True):
            history.append(event)
        return [
            self.engine.drawn(query, len(history))
            for query, history in zip(queries, self.histories, strict=True)
        ]


@dataclass
class Jam:
    """Steps time by ``TICK_S``; ``output`` is all that left the port, (time, owner, message)."""

    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    now: float = 0.0
    output: list[tuple[float, int, bytes]] = field(default_factory=list)
    happened: list[tuple[int, bytes]] = field(default_factory=list)
    plans: list[Schedule] = field(default_factory=list)
    states: list[tuple[float, State]] = field(default_factory=list)
    handed_over_s: list[float] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    timing: Timing = field(default_factory=Timing)
    problems: list[str] = field(default_factory=list)
    listed: Problems = field(default_factory=Problems)
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        self.musician = Musician(self.engine, LIMITS, 1, self.latency_s)
        self.stage = Stage(thru=True, latency_s=self.latency_s)

    def play(self, data: bytes) -> None:
        self._do(self.stage.thru(data, self.now))
        self._do(self.stage.heard(data, self.now))
        for news in self.timing.take(data, self.now):
            if isinstance(news, Beat):
                self._tell(news)

    def tap(self) -> None:
        beat = self.timing.tap(self.now)
        if beat is not None:
            self._tell(beat)

    def set(self, **values: str | float | int | None) -> None:
        self._tell(Settings(dict(values)))

    def judge(self, *, good: bool) -> None:
        self._tell(Judge(self.now, good))

    def forget(self) -> None:
        self._tell(Forget(self.now))

    def ask(self) -> None:
        self._tell(Ask(self.now))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.work()
            self.now += TICK_S

    def work(self) -> None:
        """All that is to be done at this time."""
        self._do(self.stage.due(self.now))
        for _ in range(3):
            for message in self.musician.work(self.now):
                self._answer(message)

    def note(self, key: int, seconds: float = 0.2) -> None:
        self.play(midi.note_on(0, key, 70))
        self.wait(seconds)
        self.play(midi.note_off(0, key))

    def machine(self) -> list[tuple[float, bytes]]:
        return [(time, data) for time, owner, data in self.output if owner > 0]

    def _answer(self, message: Message) -> None:
        if isinstance(message, Schedule):
            self.plans.append(message)
            self.handed_over_s.append(self.now)
            self._do(self.stage.schedule(message, self.now))
        elif isinstance(message, Voices):
            self._do(self.stage.voice(message, self.now))
        elif isinstance(message, Cancel):
            self._do(self.stage.cancel(message, self.now))
        elif isinstance(message, Verdict):
            self.verdicts.append(message)
            self._tell(message)
        elif isinstance(message, Problem):
            self.problems += [message.text] if message.text else []
            self.listed.take(message)
        elif isinstance(message, State):
            self.states.append((self.now, message))

    def _do(self, outcome: Outcome) -> None:
        for emission in outcome.send:
            self.output.append((self.now, emission.owner, emission.data))
        for message in outcome.tell:
            if isinstance(message, Heard):
                self.happened.append((PLAYER, message.data))
            elif isinstance(message, Sent):
                self.happened.append((MACHINE, message.data))
            self._tell(message)

    def _tell(self, message: ToPerformer) -> None:
        for answer in self.musician.take(message, self.now):
            self._answer(answer)


def who_and_kind(jam: Jam) -> list[tuple[int, int]]:
    return [(event.who, event.kind) for event in jam.engine.history]


def what_happened(jam: Jam) -> list[tuple[int, int]]:
    kinds = []
    for who, data in jam.happened:
        if midi.is_sustain(data):
            kinds.append((who, PEDAL_DOWN + (midi.value(data) < 64)))
        else:
            kinds.append((who, midi.key(data) + NOTE_OFF * (not midi.is_note_on(data))))
    return kinds


def check_all_notes_end(jam: Jam) -> None:
    sounding: set[tuple[int, int]] = set()
    for _, _, data in jam.output:
        if midi.is_note_on(data):
            place = midi.channel(data), midi.key(data)
            assert place not in sounding
            sounding.add(place)
        elif midi.is_note_off(data):
            sounding.discard((midi.channel(data), midi.key(data)))
    assert not sounding
