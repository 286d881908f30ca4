"""A player and the daemon's own musician in one jam, time jumping from deed to deed.

Stage and musician are the daemon's; ports, threads and waiting are left out. How long each piece of
the musician's work takes is the caller's to say: a moment, or what it really took.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from antiphon.daemon.config import ReplySettings
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.messages import (
    Beat,
    Cancel,
    FromPerformer,
    Judge,
    Schedule,
    Settings,
    Timed,
    ToPerformer,
    Verdict,
    Voices,
)
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.performer.turns import Limits
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.stage import Stage
from antiphon.daemon.session.timing import Timing

STEP_TAKES_S = 0.001
"""Time has to pass, or a draft would wait for ever for the moment to go on."""

Played = tuple[float, bytes | Beat | Settings]
"""What the player does, and when."""

Now = Callable[[], float]


@dataclass
class Jam:
    """``clock`` times the work, None has each piece of it take ``STEP_TAKES_S``.

    With ``thru`` the player's messages go out, too. ``sent`` is what left the output; ``told`` what
    the musician was told of it and of the player, ``said`` what it said, each when it was said.
    """

    engine: Engine
    controls: Controls
    seed: int
    clock: Now | None = None
    thru: bool = False
    now: float = 0.0
    sent: list[Timed] = field(default_factory=list)
    told: list[ToPerformer] = field(default_factory=list)
    said: list[tuple[float, FromPerformer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is played yet."""
        self.engine.rewind(0)
        settings = ReplySettings()
        limits = Limits(settings.turn_floor_s, settings.turn_ceiling_s)
        self._stage, self._timing = Stage(thru=self.thru), Timing()
        self._musician = Musician(self.engine, limits, self.seed)
        self._work(lambda: self._musician.take(Settings(as_values(self.controls)), self.now))

    @property
    def waiting(self) -> int:
        """How many messages the machine has yet to send."""
        return self._stage.waiting

    def play(self, messages: Sequence[Played], until_s: float) -> None:
        """The player's messages, ascending, and what the machine does, up to a time.

        What is no MIDI message is told to the musician, such as a beat that was tapped.
        """
        waiting = iter(messages)
        coming = next(waiting, None)
        while True:
            due_s = self._stage.next_deadline()
            wake_s = self._musician.wake_s(self.now)
            played_s = math.inf if coming is None else coming[0]
            at_s = min(played_s, *(time for time in (due_s, wake_s) if time is not None), math.inf)
            if at_s > until_s:
                return
            self.now = max(self.now, at_s)
            if due_s is not None and due_s <= self.now:
                self._follow(self._stage.due(self.now))
            elif coming is not None and played_s <= self.now:
                self._hear(coming[1], played_s)
                coming = next(waiting, None)
            else:
                self._work(lambda: self._musician.work(self.now))

    def finish(self) -> None:
        """End all that sounds."""
        self._follow(self._stage.finish(self.now))

    def judge(self, *, good: bool) -> None:
        """The player says of what was played last that it was good, or not; it is learnt."""
        self._work(lambda: self._musician.take(Judge(self.now, good), self.now))

    def _hear(self, what: bytes | Beat | Settings, played_s: float) -> None:
        if isinstance(what, bytes):
            self._follow(self._stage.thru(what, played_s))
            self._follow(self._stage.heard(what, played_s))
            self._keep_time(what, played_s)
        else:
            self._work(lambda: self._musician.take(what, self.now))

    def _work(self, deed: Callable[[], list[FromPerformer]]) -> None:
        began = self.clock() if self.clock else 0.0
        answers = deed()
        self.now += self.clock() - began if self.clock else STEP_TAKES_S
        for answer in answers:
            self.said.append((self.now, answer))
            if isinstance(answer, Schedule):
                self._follow(self._stage.schedule(answer, self.now))
            elif isinstance(answer, Voices):
                self._follow(self._stage.voice(answer, self.now))
            elif isinstance(answer, Cancel):
                self._follow(self._stage.cancel(answer, self.now))
            elif isinstance(answer, Verdict):
                self._work(lambda answer=answer: self._musician.take(answer, self.now))  # type: ignore[misc]

    def _keep_time(self, data: bytes, time_s: float) -> None:
        for news in self._timing.take(data, time_s):
            if isinstance(news, Beat):
                self._work(partial(self._musician.take, news, self.now))
            else:
                self.said.append((time_s, news))

    def _follow(self, outcome: Outcome) -> None:
        self.sent += [(self.now, emission.data) for emission in outcome.send]
        self.told += outcome.tell
        for message in outcome.tell:
            self._work(lambda message=message: self._musician.take(message, self.now))  # type: ignore[misc]
