"""Keys and chords of a whole piece, the future known: the likeliest path through its beats.

Both are hidden Markov models with hand-set numbers, decoded by Viterbi's algorithm. A chord is
judged by which of its tones sound for how long in a beat, and by the bass; a key by how its pitch
classes are shared out over some bars, and by its chords.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.piece import Floats, Ints, NoteTable
from antiphon.daemon.performer.harmony import CHORDS, Chord, Key

KINDS: Final = tuple(CHORDS)
STATES: Final = 12 * len(KINDS)

DECAY_S: Final = 2.0
"""A key held for longer hardly sounds any more."""

BASS_SHARE: Final = 0.5
CHANGE_NATS: Final = 2.2
"""What it costs to change the chord: on a downbeat less, off the beat more."""

DOWNBEAT_NATS: Final = -0.8
KIND_NATS: Final = {
    "": 0.0,
    "m": 0.0,
    "7": -0.5,
    "maj7": -0.6,
    "m7": -0.5,
    "dim": -0.9,
    "dim7": -1.2,
    "m7b5": -1.0,
    "aug": -1.6,
    "sus4": -1.0,
}
"""How usual each kind of chord is."""

OUTSIDE_NATS: Final = -0.7
"""What a chord tone outside the piece's key costs."""

EVIDENCE: Final = 6.0
"""How much a beat's tones count, in nats, against all that."""

KEY_CHANGE_NATS: Final = 12.0
KEY_EVIDENCE: Final = 8.0

# Shares of pitch classes from the tonic (Albrecht and Shanahan 2013), C C# D and so on. A piece in
# a natural minor, as most pop is, would pass for its relative major if all minor keys had to raise
# the seventh: so the second minor profile has the shares of both sevenths the other way round.
_PROFILES: Final = {
    "major": "0.238 0.006 0.111 0.006 0.137 0.094 0.016 0.214 0.009 0.080 0.008 0.081",
    "minor": "0.220 0.006 0.104 0.123 0.019 0.103 0.012 0.214 0.062 0.022 0.061 0.052",
    "natural minor": "0.220 0.006 0.104 0.123 0.019 0.103 0.012 0.214 0.062 0.022 0.120 0.010",
}
_FLOOR: Final = 0.004


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key from one beat to another (the second not in it), and how sure it is, 0 to 1."""

    first: int
    last: int
    key: Key
    confidence: float


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord from one beat to another; None where hardly anything sounds."""

    first: int
    last: int
    chord: Chord | None

    @property
    def name(self) -> str:
        """As musicians write it, `N.C.` for none."""
        return self.chord.name if self.chord else "N.C."


@dataclass(frozen=True)
class Harmony:
    """Keys and chords by beat, and the key of the whole piece."""

    key: Key
    keys: tuple[KeySpan, ...]
    chords: tuple[ChordSpan, ...]


def find(notes: NoteTable, beats: Beats) -> Harmony:
    """Keys and chords of a piece."""
    chroma, bass = sounding(notes, beats.times_s)
    keys = key_path(chroma, bass, beats)
    return Harmony(main_key(keys), keys, chord_path(chroma, bass, beats, keys))


def sounding(notes: NoteTable, times_s: Floats) -> tuple[Floats, Floats]:
    """What sounds in each beat (B,): seconds of each pitch class, and of each as the bass."""
    count = len(times_s)
    last_s = times_s[-1] + (times_s[-1] - times_s[-2])
    edges = np.append(times_s, last_s)
    chroma, bass = np.zeros((count, 12)), np.zeros((count, 12))
    end_s = np.minimum(notes.offset_s, notes.onset_s + DECAY_S)
    first = np.clip(np.searchsorted(edges, notes.onset_s, side="right") - 1, 0, count - 1)
    last = np.clip(np.searchsorted(edges, end_s, side="left") - 1, 0, count - 1)
    lowest = np.full(count, 128, np.int64)
    for span in range(int((last - first).max(initial=0)) + 1):
        there = first + span <= last
        beat = (first + span)[there]
        heard_s = np.minimum(end_s[there], edges[beat + 1]) - np.maximum(
            notes.onset_s[there], edges[beat]
        )
        np.add.at(chroma, (beat, notes.key[there] % 12), np.maximum(heard_s, 0.02))
        np.minimum.at(lowest, beat, notes.key[there])
        # Near the lowest counts as bass: a bass walks within a beat.
        near = notes.key[there] <= lowest[beat] + 4
        np.add.at(
            bass,
            (beat[near], notes.key[there][near] % 12),
            np.maximum(heard_s[near], 0.02),
        )
    return chroma, bass


def _log_profile(name: str) -> Floats:
    shares = np.array([float(share) for share in _PROFILES[name].split()])
    return np.log(np.array([np.roll(shares / shares.sum(), tonic) for tonic in range(12)]) + _FLOOR)


_LOG_MAJOR, _LOG_MINOR, _LOG_NATURAL = (_log_profile(name) for name in _PROFILES)


def key_odds(chroma: Floats) -> Floats:
    """Log-odds (N, 24) of keys, major then minor, for rows of pitch classes (N, 12)."""
    shares = chroma / np.maximum(chroma.sum(axis=1, keepdims=True), 1e-9)
    minor = np.maximum(shares @ _LOG_MINOR.T, shares @ _LOG_NATURAL.T)
    return np.concatenate([shares @ _LOG_MAJOR.T, minor], axis=1)


def main_key(keys: Sequence[KeySpan]) -> Key:
    """The key that holds for most of the beats."""
    lasts: dict[tuple[int, bool], int] = {}
    for span in keys:
        name = span.key.tonic, span.key.minor
        lasts[name] = lasts.get(name, 0) + span.last - span.first
    name = max(lasts, key=lambda each: lasts[each])
    return max(
        (span for span in keys if (span.key.tonic, span.key.minor) == name),
        key=lambda span: span.last - span.first,
    ).key


def _key(place: int, odds: Floats) -> Key:
    weights = np.exp(KEY_EVIDENCE * 4 * (odds - odds.max()))
    return Key(place % 12, place >= 12, float(weights[place] / weights.sum()))


def key_path(chroma: Floats, bass: Floats, beats: Beats) -> tuple[KeySpan, ...]:
    """The keys one after another; a key that holds for less than some bars is none."""
    per_bar = beats.per_bar
    starts = np.arange(beats.downbeat % per_bar, len(beats), per_bar)
    starts = np.unique(np.concatenate([[0], starts]))
    rows = np.add.reduceat(chroma + 0.5 * bass, starts, axis=0)
    filled = np.minimum(rows.sum(axis=1) / max(float(np.median(rows.sum(axis=1))), 1e-9), 1.0)
    odds = KEY_EVIDENCE * key_odds(rows) * filled[:, None]
    path = viterbi(odds, np.full(len(odds), KEY_CHANGE_NATS), _key_distances())
    edges = [*starts.tolist(), len(beats)]
    spans = []
    for first, last in _runs(path):
        total = rows[first:last].sum(axis=0)[None]
        found = _key(int(path[first]), key_odds(total)[0])
        spans.append(KeySpan(edges[first], edges[last], found, found.fit))
    return tuple(spans)


def _key_distances() -> Floats:
    """What a change between two keys costs beside that of any change, (24, 24), in nats."""
    tonic, minor = np.arange(24) % 12, np.arange(24) >= 12
    # A minor key stands where its relative major does on the circle of fifths.
    fifths = (7 * (tonic + 3 * minor)) % 12
    apart = np.abs((fifths[:, None] - fifths[None] + 6) % 12 - 6)
    return np.asarray(0.8 * apart, dtype=np.float64)


def chord_path(
    chroma: Floats, bass: Floats, beats: Beats, keys: Sequence[KeySpan]
) -> tuple[ChordSpan, ...]:
    """The chords one after another."""
    odds = chord_odds(chroma, bass) + _belonging(len(chroma), keys)
    change = np.full(len(odds), CHANGE_NATS)
    change[beats.downbeat % beats.per_bar :: beats.per_bar] += DOWNBEAT_NATS
    path = viterbi(odds, change, np.zeros((STATES, STATES)))
    silent = chroma.sum(axis=1) < 0.05
    labels = np.where(silent, -1, path)
    return tuple(
        ChordSpan(first, last, None if labels[first] < 0 else _chord(int(labels[first])))
        for first, last in _runs(labels)
    )


def _chord(state: int) -> Chord:
    return Chord(state % 12, KINDS[state // 12])


def _templates() -> tuple[Floats, Floats]:
    tones, roots = np.zeros((STATES, 12)), np.zeros((STATES, 12))
    for state in range(STATES):
        chord = _chord(state)
        tones[state, list(chord.tones)] = 1.0
        roots[state] = 0.1 * tones[state]
        roots[state, chord.root] = 1.0
    return tones, roots


_TONES, _ROOTS = _templates()


def chord_odds(chroma: Floats, bass: Floats) -> Floats:
    """Log-odds (B, STATES) of chords by what sounds in each beat."""
    total = chroma.sum(axis=1, keepdims=True)
    shares = chroma / np.maximum(total, 1e-9)
    # A long tone counts less than in proportion, or one melody note outweighs the harmony.
    soft = np.sqrt(shares)
    soft /= np.maximum(soft.sum(axis=1, keepdims=True), 1e-9)
    inside = soft @ _TONES.T
    missing = np.minimum(soft * 6, 1.0) @ _TONES.T / _TONES.sum(axis=1)
    low = bass / np.maximum(bass.sum(axis=1, keepdims=True), 1e-9)
    found = inside + 0.5 * missing + BASS_SHARE * (low @ _ROOTS.T)
    usual = np.repeat([KIND_NATS[kind] for kind in KINDS], 12)
    filled = np.minimum(total / max(float(np.median(total)), 1e-9), 1.0)
    return np.asarray(EVIDENCE * found * filled + 0.3 * usual)


def _belonging(count: int, keys: Sequence[KeySpan]) -> Floats:
    result = np.zeros((count, STATES))
    for span in keys:
        outside = np.array([pitch not in span.key.scale for pitch in range(12)], np.float64)
        result[span.first : span.last] = OUTSIDE_NATS * (_TONES @ outside)
    return result


def viterbi(odds: Floats, change: Floats, distances: Floats) -> Ints:
    """The best path (N,) through odds (N, S): a change costs (N,) and (S, S) nats more."""
    count, states = odds.shape
    plain = not distances.any()
    came = np.zeros((count, states), np.int32)
    score = odds[0].copy()
    here = np.arange(states)
    for place in range(1, count):
        if plain:
            best = int(np.argmax(score))
            moved = np.full(states, score[best] - change[place])
            origin = np.full(states, best)
        else:
            tried = score[None, :] - distances - change[place]
            origin = tried.argmax(axis=1)
            moved = tried[here, origin]
        stays = score >= moved
        came[place] = np.where(stays, here, origin)
        score = np.where(stays, score, moved) + odds[place]
    path = np.zeros(count, np.int64)
    path[-1] = int(np.argmax(score))
    for place in range(count - 1, 0, -1):
        path[place - 1] = came[place, path[place]]
    return path


def _runs(labels: Ints) -> list[tuple[int, int]]:
    """Where equal labels begin and end."""
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return list(pairwise(edges)) if len(labels) else []
