"""Where a draft is heading, and what leans its next event toward what was asked. Pure.

To each control belongs the direction in which what it measures grows: touches that are louder, keys
that are higher, steps that are shorter, keys that are struck rather than let go, the tones of major
rather than of minor. What is drawn next leans that way the more, the further what was played
lately, by the player at first and then by the draft itself, falls short of what is asked; and back
where it goes beyond. Arousal has no direction of its own: density and loudness stand for it
(``partner``).

The same holds for what no control has a name for: how the player shares notes out among the twelve
tones and among short and long gaps. Whichever there were too few of gains, unless mood or density
were set to be other than the player's. Where a style is asked for, the gaps are that style's.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.query import Floats, Query
from antiphon.model import conditions
from antiphon.model.dialects import GAP_CLASSES, gap_class
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

# What one gains of which there were none lately and all are wanted, in nats.
TONES, RHYTHM = 2.0, 5.0

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Habit:
    """How notes are shared out among classes, (C,): as is wanted, none if all zero, and lately."""

    home: Shares
    lately: Shares

    def follow(self, place: int) -> "Habit":
        """After one note more, of the class ``place``."""
        struck = np.zeros(len(self.lately))
        struck[place] = 1.0
        return Habit(self.home, self.lately + (struck - self.lately) / MEMORY)

    @property
    def missing(self) -> Shares:
        """Of which class there were too few lately, (C,), and below zero of which too many."""
        return self.home - self.lately if self.home.any() else np.zeros(len(self.home))


def habit_of(shares: Shares, home: Shares | None = None) -> Habit:
    """The player's own, unless another is wanted."""
    return Habit(shares if home is None else home, shares)


@dataclass(frozen=True, slots=True)
class Bearing:
    """What was played lately, as means that fade, in the units of ``conditions.measure``.

    ``gap_s`` is from onset to onset; ``tones`` are pitch classes, ``rhythm`` classes of gaps. Since
    ``time_s``, the last event, ``held`` keys are down; ``onset_s`` was the last onset.
    """

    gap_s: float = 1.0 / USUAL["density"]
    loudness: float = USUAL["loudness"]
    register: float = USUAL["register"]
    voices: float = USUAL["voices"]
    tones: Habit = field(default_factory=lambda: habit_of(np.zeros(12)))
    rhythm: Habit = field(default_factory=lambda: habit_of(np.zeros(GAP_CLASSES)))
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
        mean_gap_s, rhythm = self.gap_s, self.rhythm
        if self.began:
            gap_s = time_s - self.onset_s
            mean_gap_s, rhythm = _faded(mean_gap_s, gap_s), rhythm.follow(int(gap_class(gap_s)))
        return Bearing(
            gap_s=mean_gap_s,
            loudness=_faded(self.loudness, velocity_of(event.touch)),
            register=_faded(self.register, event.kind),
            voices=voices,
            tones=self.tones.follow(event.kind % 12),
            rhythm=rhythm,
            held=self.held + 1,
            time_s=time_s,
            onset_s=time_s,
        )

    @property
    def began(self) -> bool:
        """Whether it has struck a note: the pause before that is no rhythm."""
        return self.onset_s > -math.inf

    def measured(self) -> dict[str, float]:
        """What each control that has a direction measures."""
        return {
            "density": 1.0 / max(self.gap_s, SHORTEST_GAP_S),
            "loudness": self.loudness,
            "register": self.register,
            "voices": self.voices,
            "valence": conditions.valence(self.tones.lately),
        }


def _faded(mean: float, value: float) -> float:
    return mean + (value - mean) / MEMORY


def bearing_of(measured: Mapping[str, float], tones: Habit, rhythm: Habit) -> Bearing:
    """Where a draft begins that follows notes which measure so; what is not known is as usual."""
    told = {**USUAL, **measured}
    return Bearing(
        gap_s=1.0 / told["density"],
        loudness=told["loudness"],
        register=told["register"],
        voices=told["voices"],
        tones=tones,
        rhythm=rhythm,
    )


def lean(query: Query, bearing: Bearing, asked: Mapping[str, float], controls: Controls) -> None:
    """Lean what is drawn next toward what is asked, and where that allows it to the player's own.

    ``asked``: positions of controls, in [0, 1], by the player's own playing where none was set.
    """
    _lean_to_controls(query, bearing, asked)
    if controls.valence is None:
        query.kind[:NOTE_OFF] += _to_keys(TONES * bearing.tones.missing)
    if controls.density is None and controls.arousal is None and bearing.began:
        since_s = bearing.time_s - bearing.onset_s
        gains = (RHYTHM * bearing.rhythm.missing).astype(np.float32)
        query.who_step[MACHINE] += gains[gap_class(since_s + STEP_S)]


def _lean_to_controls(query: Query, bearing: Bearing, asked: Mapping[str, float]) -> None:
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
                brighter = BRIGHTER * conditions.toward_major(bearing.tones.lately)
                query.kind[:NOTE_OFF] += short * _to_keys(brighter)
            case "density" if bearing.began:
                query.who_step[MACHINE] += short * BUSIER


def _to_keys(tones: NDArray[np.float64]) -> Floats:
    """What tones gain, (12,), for every key, (128,)."""
    return np.resize(tones, KEYS).astype(np.float32)
