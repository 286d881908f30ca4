"""What each chord says about the beat, as numbers for the beat's network; free of torch.

Pure: the chords so far are a value, and hearing one more makes a new value. Both the network's
training and the performer look at music through this.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHORD_S = 0.04
"""Onsets that come so soon after a chord's first belong to the chord."""

LAGS_S: Floats = np.asarray(0.11 * 1.095 ** np.arange(36), dtype=np.float64)
"""The distances between chords that are told apart, 0.11 to 2.6 s."""

REACH_S = 2.7
"""Chords farther back are not compared."""

SOON_S, LONG_S = 3.0, 10.0
"""How long distances that came back are remembered: a short and a long memory."""

HARMONY_S = 1.5
"""How long pitches are remembered."""

HABIT = 0.06
"""How fast the usual loudness, bass and top follow what is played, a chord."""

PERIODS_S: Floats = np.geomspace(0.2, 2.0, 16)
"""The beat periods that the network tells apart; those between lie between their odds."""

PLACES = 24
"""The places within a beat that it tells apart."""

FEATURES = 15 + 4 * len(LAGS_S)

LONGEST_GAP_S = 60.0

_FIRST_GAP_S = 1.0
_STEP = float(np.log(LAGS_S[1] / LAGS_S[0]))


@dataclass(frozen=True, slots=True)
class Chord:
    """Keys struck together; one note alone is a chord, too."""

    time_s: float
    keys: tuple[int, ...]
    loudest: int

    def joined_by(self, key: int, velocity: int) -> "Chord":
        """The chord with one more key."""
        return Chord(self.time_s, (*self.keys, key), max(self.loudest, velocity))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is remembered of the chords so far.

    ``times_s`` and ``accents`` are those of the chords within reach, ``soon`` and ``long`` how
    often each distance came back lately. Heights are MIDI keys.
    """

    time_s: float | None = None
    gaps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lowest: int = 0
    highest: int = 0
    loudness: float = 64.0
    bass: float = 50.0
    top: float = 70.0
    pitches: Floats = field(default_factory=lambda: np.zeros(12))
    times_s: Floats = field(default_factory=lambda: np.zeros(0))
    accents: Floats = field(default_factory=lambda: np.zeros(0))
    soon: Floats = field(default_factory=lambda: np.zeros(len(LAGS_S)))
    long: Floats = field(default_factory=lambda: np.zeros(len(LAGS_S)))


def hear(before: Rhythm, chord: Chord) -> tuple[Rhythm, Floats]:
    """One chord more: what is remembered now, and the features (FEATURES,) of this chord."""
    first = before.time_s is None
    gap_s = _FIRST_GAP_S if before.time_s is None else chord.time_s - before.time_s
    gap = float(np.clip((np.log(np.clip(gap_s, 0.03, 4.0)) + 1.2) / 0.8, -3.0, 3.0))
    low, high = min(chord.keys), max(chord.keys)
    louder = chord.loudest - before.loudness
    lower, higher = before.bass - low, high - before.top

    faded = before.pitches * np.exp(-min(gap_s, LONGEST_GAP_S) / HARMONY_S)
    struck = np.zeros(12)
    struck[[key % 12 for key in chord.keys]] = 1.0
    novelty = _novelty(struck, faded)
    accented = 1.0 / (1.0 + np.exp(-np.clip((louder + lower) / 12.0, -30.0, 30.0)))
    count = float(np.log(len(chord.keys)))
    accent = 0.1 + 0.5 * float(accented) + 0.25 * count + 0.3 * novelty

    near = before.times_s >= chord.time_s - REACH_S
    times_s, accents = before.times_s[near], before.accents[near]
    lags = _lags(chord.time_s - times_s)
    plain, weighted = lags.sum(axis=0), accents @ lags
    soon = before.soon * np.exp(-min(gap_s, LONGEST_GAP_S) / SOON_S) + accent * weighted
    long = before.long * np.exp(-min(gap_s, LONGEST_GAP_S) / LONG_S) + accent * weighted

    itself = [
        gap,
        *before.gaps,
        count,
        (low - 50) / 15,
        (high - 70) / 15,
        louder / 15,
        (chord.loudest - 64) / 20,
        lower / 12,
        higher / 12,
        novelty,
        accent,
        0.0 if first else (low - before.lowest) / 12,
        0.0 if first else (high - before.highest) / 12,
    ]
    after = Rhythm(
        time_s=chord.time_s,
        gaps=(gap, *before.gaps[:2]),
        lowest=low,
        highest=high,
        loudness=before.loudness + HABIT * louder,
        bass=before.bass - HABIT * lower,
        top=before.top + HABIT * higher,
        pitches=faded + struck,
        times_s=np.append(times_s, chord.time_s),
        accents=np.append(accents, accent),
        soon=soon,
        long=long,
    )
    return after, np.concatenate([itself, plain, weighted, _share(soon), _share(long)])


def _novelty(struck: Floats, known: Floats) -> float:
    """How little of a chord sounded lately, 0 to 1: harmonies change on beats."""
    most = float(known.max())
    if most <= 1e-3:
        return 1.0
    return float(np.clip(1.0 - struck @ known / max(struck.sum() * most, 1e-3), 0.0, 1.0))


def _lags(apart_s: Floats) -> Floats:
    """Each distance (N,) shared out between the two nearest of ``LAGS_S``: (N, lags)."""
    place = np.log(np.maximum(apart_s, 1e-3) / LAGS_S[0]) / _STEP
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(len(LAGS_S)))))


def _share(memory: Floats) -> Floats:
    return np.asarray(6.0 * memory / (memory.sum() + 0.3))
