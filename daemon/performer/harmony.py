"""Key and chord of the moment, from the notes as they come. Pure.

The key comes from a pitch-class histogram that fades (Krumhansl's method, ``model.conditions``),
the chord from what sounds: the template that covers most of it, the bass counting double.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from antiphon.model.conditions import key_correlations

FADE_S = 12.0
"""A note's weight falls to 1/e in this time."""

MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""As most music spells them: G# major would have eight sharps."""

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALES = (0, 2, 3, 5, 7, 8, 9, 10, 11)
"""Natural, harmonic and melodic minor together."""

CHORDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
}

FEWEST_NOTES = 4
"""Fewer notes than this have no key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its tonic's pitch class, major or minor, and how well it fits, up to 1."""

    tonic: int
    minor: bool
    fit: float

    @property
    def name(self) -> str:
        """As musicians write it, such as ``F# minor``."""
        if self.minor:
            return f"{MINOR_TONICS[self.tonic]} minor"
        return f"{MAJOR_TONICS[self.tonic]} major"

    @property
    def triad(self) -> frozenset[int]:
        """The pitch classes of its tonic's triad."""
        return frozenset((self.tonic + step) % 12 for step in (0, 3 if self.minor else 4, 7))

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes that belong to it."""
        return _SCALES[self.minor][self.tonic]


# Made once: every step of the model asks for each key whether it belongs.
_SCALES = tuple(
    tuple(frozenset((tonic + step) % 12 for step in steps) for tonic in range(12))
    for steps in (MAJOR_SCALE, MINOR_SCALES)
)


@dataclass
class KeyTracker:
    """The key of what was played lately, by either part."""

    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(12))
    last_s: float = 0.0
    notes: int = 0

    def strike(self, time_s: float, key: int) -> None:
        """A note begins."""
        self.weights *= np.exp(-max(0.0, time_s - self.last_s) / FADE_S)
        self.weights[key % 12] += 1.0
        self.last_s = time_s
        self.notes += 1

    def shares(self) -> NDArray[np.float64]:
        """The pitch classes' shares, (12,), of what was played lately."""
        total = float(self.weights.sum())
        return self.weights / total if total > 0 else self.weights.copy()

    def key(self) -> Key | None:
        """The likeliest key, None before there are enough notes."""
        if self.notes < FEWEST_NOTES:
            return None
        correlations = key_correlations(self.weights)
        best = int(np.argmax(correlations))
        return Key(best % 12, best >= 12, float(correlations[best]))


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: its root's pitch class, and of which of ``CHORDS`` it is."""

    root: int
    kind: str

    @property
    def name(self) -> str:
        """As musicians write it, such as ``Am7``."""
        return f"{ROOTS[self.root]}{self.kind}"

    @property
    def tones(self) -> frozenset[int]:
        """Its pitch classes."""
        return frozenset((self.root + step) % 12 for step in CHORDS[self.kind])


def chord_of(keys: Iterable[int]) -> Chord | None:
    """The chord that sounding keys make, None if they make none known."""
    sounding = sorted(set(keys))
    classes = {key % 12 for key in sounding}
    if len(classes) < 3:
        return None
    bass = sounding[0] % 12
    best_score, best = 0.0, None
    for root in classes:
        for kind in CHORDS:
            chord = Chord(root, kind)
            tones = chord.tones
            foreign, missing = len(classes - tones), len(tones - classes)
            score = len(classes & tones) - 1.5 * foreign - missing + (root == bass)
            if score > best_score:
                best_score, best = score, chord
    return best if best_score >= 3 else None


def chord_name(keys: Iterable[int]) -> str | None:
    """The name of the chord that sounding keys make, such as ``Am7``."""
    chord = chord_of(keys)
    return chord.name if chord else None
