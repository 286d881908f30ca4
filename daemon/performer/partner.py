"""What the machine has learnt of its player, and what it makes of that. Pure.

How the player plays now is what a reply is asked to be like; what the player played this evening is
what it likes to come back to.
"""

from collections.abc import Mapping

import numpy as np

from antiphon.daemon import controls as live
from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Problem, Verdict
from antiphon.daemon.performer.accent import Accent, shipped_accents
from antiphon.daemon.performer.bearing import Habit, habit_of
from antiphon.daemon.performer.character import Character
from antiphon.daemon.performer.idiom import Idiom, shipped_classifier
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.loops import weariness
from antiphon.daemon.performer.memory import Memory
from antiphon.daemon.performer.query import Floats
from antiphon.daemon.performer.repertoire import Repertoire
from antiphon.daemon.performer.taste import Stretch, Taste
from antiphon.model import conditions
from antiphon.model.events import KEYS, KINDS, NOTE_OFF, PEDAL_DOWN

USUAL_SHARE = 0.07
"""What the model gives the keys that are to come back, of all keys: more or less."""

STIRRED, STIR = ("density", "loudness"), 0.35
"""Where these are left open, arousal moves them by so much from the player's own, up or down."""

NOTHING_TO_JUDGE = "nothing to judge yet: the machine has not played"


class Partner:
    """Told of all that the player does, and of what the machine's sounds like to them."""

    def __init__(self) -> None:
        self.idiom = Idiom(shipped_classifier())
        self._accents = shipped_accents()
        self._character = Character()
        self._line = Line()
        self._memory = Memory()
        self._taste = Taste()
        self._stretch = Stretch()
        self.machines, self.players = Repertoire(), Repertoire()

    def begin(self) -> None:
        """The next key begins a turn of the player's."""
        self._character.begin()
        self._line.begin()

    def hear(self, time_s: float, kind: int, velocity: int = 0) -> None:
        """An event of the player's; ``velocity`` matters for a key that goes down."""
        if kind < NOTE_OFF:
            self._character.strike(time_s, kind, velocity)
            self.players.strike(time_s, kind)
            self.idiom.strike(time_s, kind)
        elif kind < PEDAL_DOWN:
            self._character.release(time_s, kind - NOTE_OFF)
            self.idiom.release(time_s, kind - NOTE_OFF)
        self._memory.follow(self._line, time_s, kind)

    def sounded(self, time_s: float, data: bytes) -> None:
        """A message of the machine's, as the player hears it."""
        self._stretch.add(time_s, data)
        if midi.is_note_on(data):
            self.machines.strike(time_s, midi.key(data))

    def judge(self, good: bool) -> Verdict | Problem:
        """The player's verdict on what the machine played last; it is learnt when it is told."""
        return self._stretch.verdict(good) or Problem(NOTHING_TO_JUDGE)

    def learn(self, verdict: Verdict) -> None:
        """What the player said, today or on another day."""
        self._taste.learn(verdict)

    def forget(self) -> None:
        """Know nothing of what was played and said."""
        self.idiom.forget()
        self._memory.forget()
        self._taste.forget()
        self.machines.forget()
        self.players.forget()

    def condition(self, controls: Controls) -> Floats:
        """What the model is told, (conditions.SIZE,): the controls, and the player for the rest."""
        accent = self._accent(controls)
        if accent is None:
            styles = {} if controls.style == live.ANY_STYLE else {controls.style: 1.0}
            return conditions.vector(styles, self.asked(controls))
        return conditions.vector(accent.emphasised, self.asked(controls), accent.hand)

    def measured(self) -> Mapping[str, float]:
        """What the controls measure on the player's own playing; empty before there is enough."""
        return self._character.measured()

    def rhythm(self, controls: Controls) -> Habit:
        """Short and long gaps: the player's, and those of a style that is asked for."""
        accent = self._accent(controls)
        return habit_of(self._character.gaps(), None if accent is None else accent.gaps)

    def _accent(self, controls: Controls) -> Accent | None:
        return self._accents.get(controls.style)

    def asked(self, controls: Controls) -> dict[str, float]:
        """Positions of the controls, in [0, 1]: as set, else as style or player have it."""
        chosen = {name: getattr(controls, name) for name in conditions.CONTROLS}
        is_set = {name: value for name, value in chosen.items() if value is not None}
        own = self._taste.drawn(self._character.positions())
        if controls.mode == "together":
            # Two parts in one register get into each other's way.
            own.pop("register", None)
        if (accent := self._accent(controls)) is not None:
            own |= accent.asked
        if controls.arousal is not None:
            stir = STIR * (2.0 * controls.arousal - 1.0)
            own |= {name: min(max(own[name] + stir, 0.0), 1.0) for name in STIRRED if name in own}
        return {**own, **is_set}

    def leaning(self, line: Line, controls: Controls) -> Floats:
        """What is added to the log-probabilities of the kinds, (258,), after the machine's line."""
        nats = np.zeros(KINDS, np.float32)
        nats[:KEYS] = self._taste.leaning(line)
        if controls.echo:
            nats[:KEYS] += self._memory.lift(line, controls.echo)
        # Else keys would be struck where others were to be let go.
        nats[KEYS:] = np.log1p(USUAL_SHARE * np.expm1(max(0.0, nats.max())))
        nats[:KEYS] += weariness(list(line.struck))
        if (accent := self._accent(controls)) is not None and line.struck:
            nats[:KEYS] += accent.leaning(line.struck[-1])
        return nats
