"""A stretch of the machine's part in the making: drawn, handed over, really sounded. Pure.

A draft starts where the context ends. Its events have absolute times on the model's grid. The first
``handed_over`` of them were scheduled, the first ``sent`` have really been played.
"""

import math
from dataclasses import dataclass, field, replace

from antiphon.daemon.messages import Timed
from antiphon.daemon.performer import ending
from antiphon.daemon.performer.bearing import Bearing
from antiphon.daemon.performer.context import Hands, message_of
from antiphon.daemon.performer.groove import Groove
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.manner import Manner
from antiphon.daemon.performer.trading import Bars
from antiphon.model.events import (
    MACHINE,
    NOTE_OFF,
    PEDAL_DOWN,
    PEDAL_UP,
    PLAYER,
    STEP_S,
    Event,
    Grid,
)

SHY, SWELL_S = 0.3, 2.0
"""How bold a gentle draft is at first, and how long it takes to be all of it."""

MOST_AHEAD = 180
"""So many events are drawn ahead, whatever time they take: nothing later could be done in time."""

SHORTEST_S = 0.05
"""No note gets shorter than this by being pulled to the beat."""


@dataclass
class Draft:
    """From ``start_s``, the context's present, not to sound before ``earliest_s``.

    ``base`` is the engine's length where it starts. With ``bars`` it fills these, from the downbeat
    to the bar line.
    """

    manner: Manner
    base: int
    start_s: float
    earliest_s: float
    length_s: float
    channel: int
    hands: Hands
    past: Line = field(default_factory=Line)
    """The machine's line as it was at the start; ``line`` is as the draft has it now."""
    began: Bearing = field(default_factory=Bearing)
    """The bearing as it was at the start; ``bearing`` is as the draft has it now."""
    events: list[Event] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    struck_s: dict[int, float] = field(default_factory=dict)
    bars: Bars | None = None
    is_gentle: bool = False
    """Whether it begins softly, and swells."""
    is_breathing: bool = False
    """Whether it begins no more notes, as its bars are nearly over."""
    waits_until_s: float = -math.inf
    done: bool = False
    handed_over: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        """Nothing is drawn yet, or what is kept of another draft."""
        self.line, self.bearing = self._after(len(self.events))

    def _after(self, count: int) -> tuple[Line, Bearing]:
        """Line and bearing after the first ``count`` events."""
        line, bearing = self.past.copy(), self.began
        for time_s, event in zip(self.times_s[:count], self.events[:count], strict=True):
            line.follow(time_s, event.kind)
            bearing = bearing.follow(time_s, event)
        return line, bearing

    @property
    def end_s(self) -> float:
        """Where the draft has come to."""
        return self.times_s[-1] if self.times_s else self.start_s

    @property
    def played_s(self) -> float:
        """How long it is so far."""
        return self.end_s - max(self.earliest_s, self.start_s) if self.times_s else 0.0

    @property
    def begun(self) -> bool:
        """Whether it has struck a note."""
        return bool(self.struck_s)

    @property
    def is_due_on_the_downbeat(self) -> bool:
        """Whether the next event is the one with which its bars begin."""
        return self.bars is not None and not self.begun

    @property
    def late(self) -> bool:
        """Whether it has played on for long enough to begin no more notes."""
        return self.is_breathing or self.played_s > ending.OVERTIME * self.length_s

    @property
    def boldness(self) -> float:
        """How far it has come out with it, 0 to 1."""
        return min(1.0, SHY + (1.0 - SHY) * self.played_s / SWELL_S) if self.is_gentle else 1.0

    def move(self, bars: Bars) -> None:
        """Its bars lie a little elsewhere; what is not handed over yet goes with them."""
        by_s = bars.begin_s - self.earliest_s
        self.bars = bars
        if not self.handed_over:
            self.earliest_s += by_s
            self.times_s = [time_s + by_s for time_s in self.times_s]

    @property
    def closing(self) -> float:
        """How urgently the end is looked for: from 0, not yet, to 1, when it is late."""
        latest = ending.OVERTIME if self.bars is None else 1.0
        return ending.urgency(self.played_s / self.length_s, latest)

    @property
    def rest_s(self) -> float:
        """After so long a gap from here it has come to a rest."""
        sounded_s = self.end_s - self.bearing.onset_s
        pace_s = ending.usual_gap_s(self.times_s, self.events)
        return ending.rest_s(self.closing, sounded_s, pace_s)

    def held_since(self) -> dict[int, float]:
        """When each key that it holds was struck; its own beginning for older ones."""
        return {key: self.struck_s.get(key, self.start_s) for key in self.hands.keys}

    def wants_more(self, now: float) -> bool:
        """Whether the next event is to be drawn now."""
        if self.is_full or now < self.waits_until_s:
            return False
        return self.end_s < max(now, self.earliest_s) + self.manner.reach_s(self.earliest_s, now)

    @property
    def is_full(self) -> bool:
        """Whether nothing more of it is to be drawn, or to be drawn yet."""
        return self.done or len(self.events) - self.handed_over >= MOST_AHEAD

    def wake_s(self) -> float | None:
        """When it next has something to draw or to hand over, None for never."""
        if self.handed_over < len(self.events):
            return self.times_s[self.handed_over] - self.manner.commit_s
        if self.done:
            return None
        return max(self.waits_until_s, self.end_s - self.manner.ahead_s)

    def add(self, event: Event, groove: Groove | None = None) -> None:
        """Take a drawn event, or see in it that the player is next, or that all is said.

        With a ``groove`` it comes when that has it.
        """
        gap_s = float(STEP_S[event.step])
        if event.who == PLAYER:
            self.waits_until_s = self.end_s + gap_s
            return
        time_s = self.end_s + gap_s
        if groove is not None:
            time_s = self._pulled(event.kind, time_s, groove)
        if self.closing and gap_s >= self.rest_s:
            # A rest, or the last notes held on: they sound for as long as was drawn.
            self.let_go(self.end_s + gap_s * bool(self.hands.keys))
            return
        if self.bars is not None:
            self._add_within(self.bars, event, time_s)
            return
        self._append(event, time_s)
        if self.played_s > ending.LIMIT * self.length_s or (self.late and not self.hands.keys):
            self.let_go(self.end_s)

    def _pulled(self, kind: int, time_s: float, groove: Groove) -> float:
        """The time of an event as the groove has it: in its order, and no note cut to nothing."""
        earliest_s = self.end_s if self.begun else max(self.end_s, self.earliest_s)
        if NOTE_OFF <= kind < PEDAL_DOWN and kind - NOTE_OFF in self.struck_s:
            shortest_s = self.struck_s[kind - NOTE_OFF] + SHORTEST_S
            earliest_s = max(earliest_s, min(time_s, shortest_s))
        return max(groove.pulled(time_s), earliest_s)

    def _add_within(self, bars: Bars, event: Event, time_s: float) -> None:
        """Take an event in its bars: the first on the downbeat, no note in the last breath."""
        if not self.begun:
            self._append(event, self.earliest_s)
        elif time_s >= bars.end_s:
            self.let_go(bars.end_s)
        elif event.kind < NOTE_OFF and time_s > bars.last_onset_s:
            self.is_breathing = True
        else:
            self._append(event, time_s)
        if self.is_breathing and not self.hands.keys:
            self.let_go(self.end_s)

    def _append(self, event: Event, time_s: float) -> None:
        step = Grid(self.end_s).step_to(time_s)
        self.events.append(replace(event, step=step))
        self.times_s.append(time_s)
        self.hands.follow(event.kind)
        self.line.follow(time_s, event.kind)
        self.bearing = self.bearing.follow(time_s, event)
        if event.kind < NOTE_OFF:
            self.struck_s[event.kind] = time_s

    def let_go(self, time_s: float) -> None:
        """End at ``time_s``, with nothing held."""
        if self.bars is not None:
            time_s = min(time_s, self.bars.end_s)
        kinds = [NOTE_OFF + key for key in sorted(self.hands.keys)]
        for kind in kinds + [PEDAL_UP] * self.hands.pedal:
            self._append(Event(MACHINE, 0, kind), max(time_s, self.end_s))
        self.done = True

    @property
    def over(self) -> bool:
        """Whether all of it was drawn and has sounded."""
        return self.done and self.sent == len(self.events)

    def ready(self, now: float) -> list[Timed]:
        """The messages to hand over now, its first note at once; after this they are."""
        first, until_s = self.handed_over, now + self.manner.commit_s
        if not first and self.manner.yields:
            strikes = zip(self.times_s, self.events, strict=True)
            first_s = next((time_s for time_s, event in strikes if event.kind < NOTE_OFF), now)
            until_s = max(until_s, first_s)
        while self.handed_over < len(self.events) and self.times_s[self.handed_over] <= until_s:
            self.handed_over += 1
        chosen = slice(first, self.handed_over)
        return [
            (time_s, message_of(event, self.channel))
            for event, time_s in zip(self.events[chosen], self.times_s[chosen], strict=True)
        ]

    def find(self, time_s: float, data: bytes) -> int | None:
        """Which event still to sound is this message, planned for ``time_s``."""
        for index in range(self.sent, self.handed_over):
            if self.times_s[index] > time_s:
                return None
            same_time = self.times_s[index] == time_s
            if same_time and message_of(self.events[index], self.channel) == data:
                return index
        return None

    def afresh(self, hands: Hands) -> "Draft":
        """The same with nothing drawn; ``hands`` is what the machine holds where it starts."""
        return replace(
            self,
            hands=hands.copy(),
            events=[],
            times_s=[],
            struck_s={},
            is_breathing=False,
            waits_until_s=-math.inf,
            done=False,
        )

    def rebased(
        self, base: int, start_s: float, skipped: int, held: Hands, *, strikes: bool = True
    ) -> "Draft":
        """What is handed over and still to sound after ``skipped`` more, behind another past.

        It keeps its times. What was only drawn is forgotten, and without ``strikes`` the notes that
        have not begun; ``held`` is what sounds now.
        """
        coming = slice(self.sent + skipped, self.handed_over)
        hands, grid = held.copy(), Grid(start_s)
        kept: list[Event] = []
        times_s: list[float] = []
        for time_s, event in zip(self.times_s[coming], self.events[coming], strict=True):
            if not strikes and not hands.may_end(event.kind):
                continue
            kept.append(replace(event, step=grid.step_to(time_s)))
            times_s.append(time_s)
            hands.follow(event.kind)
        past, began = self._after(self.sent)
        return replace(
            self,
            base=base,
            start_s=start_s,
            hands=hands,
            past=past,
            began=began,
            events=kept,
            times_s=times_s,
            waits_until_s=-math.inf,
            done=self.done and self.handed_over == len(self.events),
            handed_over=len(kept),
            sent=0,
        )
