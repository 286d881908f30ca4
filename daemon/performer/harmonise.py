"""Voices for each note that the player strikes, let go when the player lets go. Pure."""

from dataclasses import dataclass, field

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Schedule
from antiphon.daemon.performer.context import Hands, message_of
from antiphon.daemon.performer.drawing import NEVER, drawn_by, note_mask, only_now
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.query import Floats
from antiphon.model.events import NOTE_OFF, Event

USUAL_VOICES, MOST_VOICES = 2, 4
REACH = 19
"""How many semitones from the player's note a voice may lie."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a plan of voices is made for: the time, the last message heard, the channel."""

    now: float
    heard: int
    channel: int

    def plan(self, number: int, messages: list[bytes]) -> Schedule:
        """Messages to be sent at once, whatever the player does."""
        timed = tuple((self.now, data) for data in messages)
        return Schedule(number, self.heard, yields=False, messages=timed)


@dataclass(frozen=True, slots=True)
class Voices:
    """Keys that the machine holds by a plan, on a channel."""

    plan: int
    channel: int
    keys: tuple[int, ...]


@dataclass
class Harmoniser:
    """Which voices go with which of the player's keys."""

    struck: list[int] = field(default_factory=list)
    voices: dict[int, Voices] = field(default_factory=dict)

    def strike(self, key: int) -> None:
        """The player strikes a key that is to be harmonised."""
        self.struck.append(key)

    def release(self, key: int, moment: Moment) -> list[Schedule]:
        """End the voices of a key that the player lets go."""
        if key in self.struck:
            self.struck.remove(key)
        if key not in self.voices:
            return []
        ended = self.voices.pop(key)
        offs = [midi.note_off(ended.channel, voice) for voice in ended.keys]
        return [moment.plan(ended.plan, offs)]

    def let_go(self, moment: Moment) -> list[Schedule]:
        """End every voice."""
        self.struck.clear()
        return [ending for key in list(self.voices) for ending in self.release(key, moment)]

    def sing(self, voices: list[Event], plan: int, moment: Moment) -> Schedule:
        """Begin the voices drawn for the keys struck; they end with the last of these."""
        keys = tuple(event.kind for event in voices)
        self.voices[self.struck[-1]] = Voices(plan, moment.channel, keys)
        self.struck.clear()
        return moment.plan(plan, [message_of(event, moment.channel) for event in voices])

    def draw(
        self,
        engine: Engine,
        heard: list[Event],
        controls: Controls,
        player: Hands,
        key: Key | None,
        rng: np.random.Generator,
    ) -> list[Event]:
        """Feed what was heard and draw voices for the keys struck; the engine forgets the voices.

        What of them really sounds is told to the context like all that sounds.
        """
        struck = self.struck
        wanted = USUAL_VOICES
        if controls.voices is not None:
            wanted = 1 + round(controls.voices * (MOST_VOICES - 1))
        batch, drawn = heard, list[Event]()
        base = engine.length + len(heard)
        sounding = player.keys.union(*(voices.keys for voices in self.voices.values()))
        for _ in range(max(1, wanted - len(struck) + 1)):
            mask = _near(note_mask(controls, sounding, key), struck)
            noise: Floats = rng.random(4, dtype=np.float32)
            event = engine.advance(batch, drawn_by(controls, noise, only_now(), mask)).event
            drawn.append(event)
            sounding.add(event.kind)
            batch = [event]
        engine.rewind(base)
        return drawn


def _near(mask: Floats, struck: list[int]) -> Floats:
    lowest, highest = min(struck) - REACH, max(struck) + REACH
    mask[: max(0, lowest)] = NEVER
    mask[highest + 1 : NOTE_OFF] = NEVER
    mask[NOTE_OFF:] = NEVER
    return mask
