"""Voices for every key that the player may strike next, drawn before they strike it. Pure.

The model takes a key in as if it were struck now, and draws what the machine would strike with it:
some keys at a time, the nearest to what was played first. All of that is beside the engine's own
sequence: what of it really sounds is told to the context like all that sounds.

There are the fewer voices, and the softer ones, the less room the player leaves; they come back
with the room.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Heard, Voices
from antiphon.daemon.performer.context import Hands, message_of
from antiphon.daemon.performer.drawing import NEVER, drawn_by, note_mask, only_now, soften
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.query import Floats
from antiphon.daemon.performer.room import Room
from antiphon.model.events import KEYS, NOTE_OFF, PLAYER, Event, step_of, touch_of

USUAL_VOICES, MOST_VOICES = 2, 4
SPARE_VOICES = 1
"""Drawn besides, for those whose keys sound when the time has come."""
REACH = 19
"""How many semitones from the player's note a voice may lie, and the next note from the last."""
AT_ONCE = 8
"""So many keys are drawn for in one go: no event of the player's waits for longer."""
STRUCK_AFTER_S = 0.25
MIDDLE = 60


@dataclass
class Harmoniser:
    """Which keys are still to be drawn for, the next one first; whether it ``is_on`` at all."""

    room: Room
    is_on: bool = False
    _wanted: int = USUAL_VOICES
    _voices: int = USUAL_VOICES
    _due: list[int] = field(default_factory=list)
    _last: int = MIDDLE
    _velocity: int = 64
    _tonality: str = ""

    def wake_s(self, now: float) -> float:
        """When voices are to be drawn next, infinity for not before something happens."""
        if self._due:
            return now
        return max(now, self.room.opens_s(now)) if self._voices < self._wanted else math.inf

    def renew(self, controls: Controls, now: float) -> None:
        """What every key's voices go by has changed."""
        self.is_on = True
        self._wanted = wanted(controls)
        self._voices = self.room.voices(self._wanted, now)
        self._put_first(range(KEYS))

    def forget(self) -> list[Voices]:
        """No voices are wanted any more: what says so where any were."""
        said = [Voices(0, 0, ())] if self.is_on else []
        self.is_on = False
        self._voices = self._wanted
        self._due.clear()
        return said

    def strike(self, heard: Heard, tonality: Key | None, controls: Controls) -> None:
        """The player struck a key: voices for those near it are drawn anew.

        For all keys where there is another key now, or another number of voices.
        """
        self._last, self._velocity = midi.key(heard.data), midi.velocity(heard.data)
        name = tonality.name if tonality else ""
        if (name, self.room.voices(self._wanted, heard.time)) == (self._tonality, self._voices):
            self._put_first(range(max(0, self._last - REACH), min(KEYS, self._last + REACH + 1)))
        else:
            self._tonality = name
            self.renew(controls, heard.time)

    def _put_first(self, keys: Iterable[int]) -> None:
        wanted = {*self._due, *keys}
        self._due = sorted(wanted, key=lambda key: abs(key - self._last))

    def draw(
        self,
        engine: Engine,
        controls: Controls,
        player: Hands,
        tonality: Key | None,
        channel: int,
        rng: np.random.Generator,
        now: float,
    ) -> Voices:
        """Draw voices for the next few keys, or for all that they have none."""
        if not self._due:
            self.renew(controls, now)
        if self._voices == 0:
            silent, self._due = self._due, []
            return Voices(self._velocity, 0, tuple((key, ()) for key in silent))
        keys, self._due = self._due[:AT_ONCE], self._due[AT_ONCE:]
        most, left = self._voices, self.room.left(now)
        # As many as ever, so that the engine always has the same room for them.
        rows = (keys * AT_ONCE)[:AT_ONCE]
        held = player.keys - {self._last}
        mask = note_mask(controls, held, tonality)
        masks = [_near(mask, key) for key in rows]
        step, touch = step_of(STRUCK_AFTER_S), touch_of(self._velocity)
        branches = engine.branch(AT_ONCE, engine.length)
        newest = [Event(PLAYER, step, key, touch) for key in rows]
        drawn: list[list[bytes]] = [[] for _ in rows]
        when = only_now()
        for _ in range(most + SPARE_VOICES):
            noises: Floats = rng.random((AT_ONCE, 4), dtype=np.float32)
            queries = [
                drawn_by(controls, noise, when, mask)
                for noise, mask in zip(noises, masks, strict=True)
            ]
            for query in queries:
                soften(query, left)
            newest = [answer.event for answer in branches.advance(newest, queries)]
            for row, event in enumerate(newest):
                # Where nothing is allowed, what is drawn is nothing either.
                if masks[row][event.kind] > NEVER:
                    drawn[row].append(message_of(event, channel))
                masks[row][event.kind] = NEVER
        found = tuple((key, tuple(voices)) for key, voices in zip(keys, drawn, strict=False))
        return Voices(self._velocity, most, found)


def wanted(controls: Controls) -> int:
    """How many voices each note is to have where there is room."""
    voices = USUAL_VOICES
    if controls.voices is not None:
        voices = 1 + round(controls.voices * (MOST_VOICES - 1))
    return min(voices, controls.polyphony)


def _near(mask: Floats, key: int) -> Floats:
    near = np.full_like(mask, NEVER)
    reached = slice(max(0, key - REACH), min(NOTE_OFF, key + REACH + 1))
    near[reached] = mask[reached]
    near[key] = NEVER
    return near
