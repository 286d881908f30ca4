"""Where a draft is heading, and what leans its next event toward what was asked. Pure.

To each control belongs the direction in which what it measures grows: touches that are louder, keys
that are higher, steps that are shorter, keys that are struck rather than let go, the tones of major
rather than of minor. What is drawn next leans that way the more, the further what was played
lately, by the player at first and then by the draft itself, falls short of what is asked; and back
where it goes beyond. Arousal has no direction of its own: density and loudness stand for it
(``partner``).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.query import Query
from antiphon.model import conditions
from antiphon.model.events import (
    KEYS,
    MACHINE,
    NOTE_OFF,
    PEDAL_DOWN,
    STEP_S,
    TOUCHES,
    Event,
    velocity_of,
)

MEMORY = 12
"""A note's weight falls to 1/e while so many others are struck."""

VOICES_S = 1.5
"""The same for how many keys are down, in seconds."""

SHORTEST_GAP_S = 0.01

USUAL = {name: edges[len(edges) // 2] for name, edges in conditions.LEVEL_EDGES.items()}
"""What is taken for the player's own playing before they have played enough."""

# What an event gains, in nats, where all the way of a control is still to go.
LOUDER = 0.6 * (np.arange(TOUCHES, dtype=np.float32) - TOUCHES / 2)
HIGHER = 0.09 * (np.arange(KEYS, dtype=np.float32) - KEYS / 2)
BUSIER = -1.5 * np.log2((STEP_S + 0.02) / 0.12).astype(np.float32)
FULLER = np.full(KEYS, -4.0, np.float32)
"""Of keys let go."""
BRIGHTER = 6.0
"""Of the twelve tones, times what a major key has more of than a minor one."""

Classes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bearing:
    """What was played lately, as means that fade, in the units of ``conditions.measure``.

    ``gap_s`` is from onset to onset; ``classes`` (12,) are shares of pitch classes. Since
    ``time_s``, the last event, ``held`` keys are down; ``onset_s`` was the last onset.
    """

    gap_s: float = 1.0 / USUAL["density"]
    loudness: float = USUAL["loudness"]
    register: float = USUAL["register"]
    voices: float = USUAL["voices"]
    classes: Classes = field(default_factory=lambda: np.zeros(12))
    held: int = 0
    time_s: float = -math.inf
    onset_s: float = -math.inf

    def follow(self, time_s: float, event: Event) -> "Bearing":
        """After one event more of the machine's."""
        voices = self.voices
        if self.held:
            voices += (self.held - voices) * -math.expm1((self.time_s - time_s) / VOICES_S)
        if event.kind >= NOTE_OFF:
            ended = event.kind < PEDAL_DOWN and self.held > 0
            return replace(self, voices=voices, held=self.held - ended, time_s=time_s)
        struck = np.zeros(12)
        struck[event.kind % 12] = 1.0
        # The first gap is the pause before a reply, and no rhythm.
        gap_s = time_s - self.onset_s if self.onset_s > -math.inf else self.gap_s
        return Bearing(
            gap_s=_faded(self.gap_s, gap_s),
            loudness=_faded(self.loudness, velocity_of(event.touch)),
            register=_faded(self.register, event.kind),
            voices=voices,
            classes=self.classes + (struck - self.classes) / MEMORY,
            held=self.held + 1,
            time_s=time_s,
            onset_s=time_s,
        )

    def measured(self) -> dict[str, float]:
        """What each control that has a direction measures."""
        return {
            "density": 1.0 / max(self.gap_s, SHORTEST_GAP_S),
            "loudness": self.loudness,
            "register": self.register,
            "voices": self.voices,
            "valence": conditions.valence(self.classes),
        }


def _faded(mean: float, value: float) -> float:
    return mean + (value - mean) / MEMORY


def bearing_of(measured: Mapping[str, float], classes: Classes) -> Bearing:
    """Where a draft begins that follows notes which measure so; what is not known is as usual."""
    told = {**USUAL, **measured}
    gap_s = 1.0 / told["density"]
    return Bearing(gap_s, told["loudness"], told["register"], told["voices"], classes)


def lean(query: Query, bearing: Bearing, asked: Mapping[str, float]) -> None:
    """Lean what is drawn next toward the positions of controls, in [0, 1], that are asked."""
    measured = bearing.measured()
    for name in asked.keys() & measured.keys():
        short = np.float32(asked[name] - position(name, measured[name]))
        match name:
            case "loudness":
                query.touch[:] += short * LOUDER
            case "register":
                query.kind[:NOTE_OFF] += short * HIGHER
            case "voices":
                query.kind[NOTE_OFF:PEDAL_DOWN] += short * FULLER
            case "valence":
                tones = BRIGHTER * conditions.toward_major(bearing.classes)
                query.kind[:NOTE_OFF] += short * np.resize(tones, KEYS).astype(np.float32)
            case "density" if bearing.onset_s > -math.inf:
                query.who_step[MACHINE] += short * BUSIER
