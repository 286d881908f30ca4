"""What a piece is like as a whole: style, mood, range, texture, and how hard it is to play. Pure.

The rubric of difficulty is stated in `RUBRIC`, each of its measures counting from 0 to 4. It was
set by hand for two-handed piano music and is fitted to nobody's grades.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.harmony import KeySpan
from antiphon.daemon.desk.piece import Floats, NoteTable
from antiphon.model import conditions
from antiphon.model.marks import Classifier, marks

STRETCH_NOTES: Final = 128
FEWEST_NOTES: Final = 24
"""Style is judged stretch by stretch, each as long as those that the classifier was fitted on."""

MOST_STRETCHES: Final = 64

CHORD_S: Final = 0.04
PACE_S: Final = 2.0

RUBRIC: Final[Mapping[str, tuple[str, tuple[float, float, float, float]]]] = {
    "pace": ("onsets a second, of the busiest tenth of the piece", (3.0, 5.0, 8.0, 12.0)),
    "stretch": (
        "semitones that one hand spans at once, its widest twentieth",
        (7.0, 9.0, 12.0, 15.0),
    ),
    "chords": ("notes struck together, of the thickest tenth", (2.0, 3.0, 4.0, 6.0)),
    "leaps": (
        "semitones that a hand jumps within half a second, the widest tenth",
        (5.0, 8.0, 12.0, 19.0),
    ),
    "range": ("semitones from the lowest to the highest key", (24.0, 36.0, 50.0, 64.0)),
    "keys": ("accidentals of the key, and changes of it", (1.0, 3.0, 5.0, 7.0)),
    "rhythm": ("kinds of place within the beat that are struck", (2.0, 3.0, 5.0, 7.0)),
    "hands": ("share of attacks that one hand makes without the other", (0.2, 0.4, 0.6, 0.8)),
}
"""What each measure is, and from which values on it counts 1, 2, 3 and 4."""

GRADES: Final = ("beginner", "easy", "intermediate", "advanced", "virtuoso")


@dataclass(frozen=True, slots=True)
class Mood:
    """Arousal and valence, each from 0 to 1, and the quadrant that they make.

    Proxies: of pace, loudness and detachment, and of how much more major than minor it is.
    """

    arousal: float
    valence: float
    word: str


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Points from 0 to 32, a grade in words, and what each measure of the rubric came to."""

    points: int
    grade: str
    measures: Mapping[str, tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Texture:
    """What it is in a word, and how many voices sound on average, while any does."""

    word: str
    voices: float
    struck_together: float
    """The share of attacks that are of several notes."""


def style(notes: NoteTable, classifier: Classifier) -> dict[str, float]:
    """How likely each style is, the likeliest first; empty for too few notes."""
    count = len(notes)
    if count < FEWEST_NOTES:
        return {}
    stretches = max(1, min(MOST_STRETCHES, count // STRETCH_NOTES))
    firsts = np.linspace(0, max(0, count - STRETCH_NOTES), stretches).astype(int)
    rows = [
        marks(
            notes.onset_s[first : first + STRETCH_NOTES],
            notes.offset_s[first : first + STRETCH_NOTES],
            notes.key[first : first + STRETCH_NOTES],
        )
        for first in firsts.tolist()
    ]
    odds = np.log(classifier.probabilities(np.array(rows)) + 1e-3).mean(axis=0)
    shares = np.exp(odds - odds.max())
    shares /= shares.sum()
    order = np.argsort(-shares)
    return {classifier.names[place]: float(shares[place]) for place in order.tolist()}


def mood(notes: NoteTable) -> Mood:
    """How it may feel, by proxies."""
    measured = conditions.measure(notes.onset_s, notes.offset_s, notes.key, notes.velocity)
    arousal, valence = (_placed(name, measured[name]) for name in ("arousal", "valence"))
    words = {(1, 1): "lively", (1, 0): "tense", (0, 1): "calm", (0, 0): "sad"}
    return Mood(arousal, valence, words[int(arousal >= 0.5), int(valence >= 0.5)])


def _placed(control: str, value: float) -> float:
    """A value's place from the lowest level to the highest, 0 to 1."""
    edges = np.array(conditions.LEVEL_EDGES[control])
    return float(np.interp(value, edges, (np.arange(len(edges)) + 1) / (len(edges) + 1)))


def texture(notes: NoteTable) -> Texture:
    """Of what kind its texture is."""
    starts, sizes = _attacks(notes)
    measured = conditions.measure(notes.onset_s, notes.offset_s, notes.key, notes.velocity)
    together = float((sizes > 1).mean())
    voices = measured["voices"]
    if voices < 1.3 and together < 0.1:
        word = "a single line"
    elif together > 0.75 and voices > 2.3:
        word = "chords"
    elif together < 0.35 and voices < 2.2:
        word = "two voices" if voices > 1.5 else "a broken line"
    else:
        word = "melody and accompaniment" if len(starts) > 1 else "a chord"
    return Texture(word, voices, together)


def _attacks(notes: NoteTable) -> tuple[Floats, Floats]:
    """When something is struck, and how many notes at once."""
    new = np.diff(notes.onset_s, prepend=-np.inf) > CHORD_S
    starts = notes.onset_s[new]
    sizes = np.diff(np.append(np.flatnonzero(new), len(notes)))
    return starts, sizes.astype(np.float64)


def hands(notes: NoteTable) -> tuple[NoteTable, NoteTable]:
    """The left hand's notes and the right's."""
    left, right = hand_rows(notes)
    return notes.chosen(left), notes.chosen(right)


def hand_rows(notes: NoteTable) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which notes (N,) are the left hand's and which the right's.

    Two parts are the two hands; anything else is split by height, but for a tune alone.
    """
    if texture(notes).word == "a single line":
        right = np.ones(len(notes), np.bool_)
        return ~right, right
    parts = np.unique(notes.part)
    if len(parts) == 2:
        one, other = (notes.part == part for part in parts)
        lower_first = notes.key[one].mean() < notes.key[other].mean()
        return (one, other) if lower_first else (other, one)
    right = notes.key >= split(notes)
    return ~right, right


def split(notes: NoteTable) -> Floats:
    """The key at which the right hand begins, for each note (N,): in the widest gap near it."""
    middle = np.full(len(notes), 60.0)
    if not len(notes):
        return middle
    # Where the hands are follows what is struck around, slowly.
    low, high = _running(notes, lowest=True), _running(notes, lowest=False)
    return np.clip((low + high) / 2, 48, 72)


def _running(notes: NoteTable, lowest: bool) -> Floats:
    edge_s = np.arange(notes.onset_s[0], notes.onset_s[-1] + PACE_S, PACE_S / 2)
    found = np.empty(len(edge_s))
    for place, time_s in enumerate(edge_s.tolist()):
        first, last = np.searchsorted(notes.onset_s, [time_s - PACE_S, time_s + PACE_S])
        near = notes.key[first:last]
        found[place] = (near.min() if lowest else near.max()) if len(near) else 60
    return np.asarray(np.interp(notes.onset_s, edge_s, found))


def difficulty(notes: NoteTable, beats: Beats, keys: tuple[KeySpan, ...]) -> Difficulty:
    """How hard it is to play, by the rubric."""
    starts, sizes = _attacks(notes)
    count = np.searchsorted(starts, starts + 1.0) - np.arange(len(starts))
    left, right = hands(notes)
    at = beats.at(notes.onset_s) % 1.0
    places = np.bincount(np.rint(at * 12).astype(int) % 12, minlength=12) / len(notes)
    accidentals = max((_accidentals(span) for span in keys), default=0)
    values = {
        "pace": float(np.quantile(count, 0.9)),
        "stretch": max(_stretch(left), _stretch(right)),
        "chords": float(np.quantile(sizes, 0.9)),
        "leaps": max(_leaps(left), _leaps(right)),
        "range": float(notes.key.max() - notes.key.min()),
        "keys": float(accidentals + max(0, len(keys) - 1)),
        "rhythm": float((places > 0.02).sum()),
        "hands": _apart(left, right),
    }
    measures = {
        name: (round(value, 2), sum(value >= edge for edge in RUBRIC[name][1]))
        for name, value in values.items()
    }
    points = sum(level for _, level in measures.values())
    return Difficulty(points, GRADES[min(len(GRADES) - 1, points // 6)], measures)


def _accidentals(span: KeySpan) -> int:
    relative = (span.key.tonic + 3 * span.key.minor) % 12
    sharps = 7 * relative % 12
    return min(sharps, 12 - sharps)


def _stretch(hand: NoteTable) -> float:
    if not len(hand):
        return 0.0
    new = np.diff(hand.onset_s, prepend=-np.inf) > CHORD_S
    firsts = np.flatnonzero(new)
    low, high = np.minimum.reduceat(hand.key, firsts), np.maximum.reduceat(hand.key, firsts)
    return float(np.quantile(high - low, 0.95))


def _leaps(hand: NoteTable) -> float:
    if len(hand) < 2:
        return 0.0
    near = np.diff(hand.onset_s) < 0.5
    jumps = np.abs(np.diff(hand.key))[near & (np.diff(hand.onset_s) > CHORD_S)]
    return float(np.quantile(jumps, 0.9)) if len(jumps) else 0.0


def _apart(left: NoteTable, right: NoteTable) -> float:
    """The share of attacks of one hand at which the other strikes nothing."""
    if not len(left) or not len(right):
        return 0.0
    alone = 0
    for one, other in ((left, right), (right, left)):
        place = np.searchsorted(other.onset_s, one.onset_s - CHORD_S)
        near = other.onset_s[np.minimum(place, len(other) - 1)]
        alone += int((np.abs(near - one.onset_s) > CHORD_S).sum())
    return alone / (len(left) + len(right))
