"""What the player said was good, or was not, and what follows from it. Pure.

A verdict is on the latest stretch of the machine's. Its figures, in any key and at any speed, get
likelier, as if echoed with ``FIRMNESS``, or as much less likely. Its character, where the controls
leave it open, draws later replies toward it or away from it, by up to ``LEAN`` of a control's way.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.messages import LONGEST_VERDICT, MOST_VERDICTS, Timed, Verdict
from antiphon.daemon.performer.character import Character
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.memory import Memory
from antiphon.daemon.performer.query import Floats
from antiphon.model.events import NOTE_OFF

STRETCH_S = 12.0
"""No more than so much is judged."""

REST_S = 2.0
"""A longer rest begins another stretch."""

FIRMNESS = 0.5
LEAN = 0.25


@dataclass
class Stretch:
    """The latest that the machine played without a long rest."""

    messages: deque[Timed] = field(default_factory=lambda: deque(maxlen=LONGEST_VERDICT))

    def add(self, time_s: float, data: bytes) -> None:
        """A message of the machine's sounded."""
        if self.messages and time_s - self.messages[-1][0] > REST_S:
            self.messages.clear()
        self.messages.append((time_s, data))
        while self.messages[0][0] < time_s - STRETCH_S:
            self.messages.popleft()

    def verdict(self, good: bool) -> Verdict | None:
        """What was played, and how it was; None if there was nothing."""
        if not any(midi.is_note_on(data) for _, data in self.messages):
            return None
        began_s = self.messages[0][0]
        return Verdict(good, tuple((round(t - began_s, 3), data) for t, data in self.messages))


class Taste:
    """The latest verdicts, at most ``MOST_VERDICTS``."""

    def __init__(self) -> None:
        self._figures = {good: Memory() for good in (True, False)}
        self._characters: deque[tuple[bool, Mapping[str, float]]] = deque(maxlen=MOST_VERDICTS)

    def learn(self, verdict: Verdict) -> None:
        """One more; the oldest may have to go."""
        line, character, figures = Line(), Character(), self._figures[verdict.good]
        for time_s, data in verdict.messages:
            if midi.is_note_on(data):
                character.strike(time_s, midi.key(data), midi.velocity(data))
                figures.follow(line, time_s, midi.key(data))
            elif midi.is_note_off(data):
                character.release(time_s, midi.key(data))
                figures.follow(line, time_s, NOTE_OFF + midi.key(data))
        self._characters.append((verdict.good, character.positions()))

    def forget(self) -> None:
        """Like everything alike again."""
        self._characters.clear()
        for figures in self._figures.values():
            figures.forget()

    def leaning(self, line: Line) -> Floats:
        """What is added to the log-probabilities of the keys, (128,), after the machine's line."""
        liked, disliked = self._figures[True], self._figures[False]
        return liked.lift(line, FIRMNESS) - disliked.lift(line, FIRMNESS)

    def drawn(self, positions: Mapping[str, float]) -> dict[str, float]:
        """Positions of controls, in [0, 1], drawn toward what was liked and away from the rest."""
        return {name: self._drawn(name, position) for name, position in positions.items()}

    def _drawn(self, name: str, position: float) -> float:
        pulls = [
            (1.0 if good else -1.0) * (found[name] - position)
            for good, found in self._characters
            if name in found
        ]
        pull = sum(pulls) / (1 + len(pulls))
        return min(max(position + min(max(pull, -LEAN), LEAN), 0.0), 1.0)
