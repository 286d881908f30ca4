"""A human hand for scores: timing, touch, articulation and pedal as a person would add them.

Works on the arrays of ``corpus`` and draws afresh from a generator each time. ``skill`` in [0, 1]
scales everything, from wooden to free; a share of pieces is left nearly wooden so that beginners
are understood too. Spreads are set near what the performed part of the training data shows: chord
onsets 12 to 22 ms apart, velocity deviation near 16 within a piece, the top voice 3 to 11 louder,
some 40 pedal moves a minute.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.model.arrays import PEDAL, Notes, Pedals
from antiphon.model.corpus import SHORTEST_NOTE_S

SWUNG_STYLES = ("jazz", "blues", "ragtime", "popular", "dance")

Floats = NDArray[np.float64]


def perform_score(
    notes: Notes, beats_per_bar: float, style: str, rng: Generator
) -> tuple[Notes, Pedals]:
    """Play flat notation: new timing, velocities and pedal. Beats must be filled in."""
    skill = float(rng.beta(2.0, 1.5))
    played = swing(notes, rng) if style in SWUNG_STYLES and rng.random() < 0.6 else notes.copy()
    played = drift_tempo(played, skill, rng)
    downbeats_s = _downbeats(played, beats_per_bar)
    played = colour(played, beats_per_bar, skill, rng)
    played = articulate(played, rng)
    played = spread(played, skill, rng)
    pedals = pedal_bars(downbeats_s, rng) if rng.random() < 0.6 else np.empty(0, dtype=PEDAL)
    return played, pedals


def loosen(notes: Notes, rng: Generator) -> Notes:
    """Give sequenced notes, exact but already expressive, the small spread of two hands."""
    skill = float(rng.beta(2.0, 1.5))
    return spread(drift_tempo(notes, 0.4 * skill, rng), skill, rng)


def stumble(notes: Notes, rng: Generator) -> Notes:
    """Miss a few notes and hit a few neighbours."""
    kept = notes[rng.random(len(notes)) > rng.uniform(0.0, 0.03)].copy()
    wrong = rng.random(len(kept)) < rng.uniform(0.0, 0.02)
    slip = rng.choice([-2, -1, 1, 2], size=len(kept))
    kept["key"] = np.clip(kept["key"].astype(int) + np.where(wrong, slip, 0), 0, 127)
    return kept


def swing(notes: Notes, rng: Generator) -> Notes:
    """Move the second half of each beat later, between straight and two to one."""
    late = rng.uniform(0.52, 0.67)
    result = notes.copy()
    beats, seconds = beat_map(notes)
    # The last notes end after the last onset that the map knows.
    tail_s = float(notes["offset"].max()) - seconds[-1] + 4.0
    rate = (beats[-1] - beats[0] + 1.0) / (seconds[-1] - seconds[0] + 0.5)
    beats = np.append(beats, beats[-1] + rate * tail_s)
    seconds = np.append(seconds, seconds[-1] + tail_s)
    for field in ("onset", "offset"):
        at = np.interp(notes[field], seconds, beats)
        whole = np.floor(at)
        bent = whole + np.interp(at - whole, [0.0, 0.5, 1.0], [0.0, late, 1.0])
        result[field] = np.interp(bent, beats, seconds)
    return result


def drift_tempo(notes: Notes, skill: float, rng: Generator) -> Notes:
    """Let the tempo breathe: phrase-long waves and a wandering beat, up to some 12 %."""
    end_s = float(notes["offset"].max()) + 1.0
    knots = np.arange(float(notes["onset"][0]) - 1.0, end_s + 1.0, 0.5)
    phrase_s = rng.uniform(4.0, 14.0)
    wave = np.sin(2 * np.pi * (knots / phrase_s + rng.random()))
    walk = _smooth(rng.normal(size=len(knots)), 5)
    rate = np.exp(skill * (rng.uniform(0.0, 0.08) * wave + rng.uniform(0.0, 0.06) * walk))
    warped = knots[0] + np.concatenate([[0.0], np.cumsum(0.5 * rate[:-1])])
    result = notes.copy()
    for field in ("onset", "offset"):
        result[field] = np.interp(notes[field], knots, warped)
    return result


def rubato(notes: Notes, beats_s: Floats, freedom: float, rng: Generator) -> tuple[Notes, Floats]:
    """Play as freely as soloists do: phrases slow down, beats waver, some wait. Beats go along."""
    half_beats = np.arange(0, len(beats_s) - 0.5, 0.5)
    knots = np.interp(half_beats, np.arange(len(beats_s)), beats_s)
    count = len(knots)
    place = (np.arange(count) / (2 * rng.integers(8, 33)) + rng.random()) % 1.0
    arch = rng.uniform(0.0, 0.16) * ((2 * place - 1) ** 2 - 1 / 3)
    ending = (
        (rng.random() < 0.7) * rng.uniform(0.0, 0.35) * np.clip((place - 0.88) / 0.12, 0.0, 1.0)
    )
    walk = rng.uniform(0.0, 0.16) * _smooth(rng.normal(size=count), 5)
    waver = rng.uniform(0.0, 0.09) * rng.normal(size=count)
    waits = (rng.random(count) < rng.uniform(0.0, 0.012)) * rng.uniform(0.2, 0.8, size=count)
    slower = np.exp(freedom * (arch + ending + walk + waver + waits))
    warped = knots[0] + np.concatenate([[0.0], np.cumsum(np.diff(knots) * slower[:-1])])

    def moved(times_s: Floats) -> Floats:
        before, after = np.minimum(times_s - knots[0], 0), np.maximum(times_s - knots[-1], 0)
        return np.asarray(np.interp(times_s, knots, warped) + before + after)

    result = notes.copy()
    result["onset"] = moved(notes["onset"])
    result["offset"] = np.maximum(moved(notes["offset"]), result["onset"] + SHORTEST_NOTE_S)
    return result, moved(beats_s)


def spread(notes: Notes, skill: float, rng: Generator) -> Notes:
    """Take chords apart: a jitter a note, one part a little ahead of the other."""
    jitter_s = rng.normal(scale=rng.uniform(0.002, 0.016), size=len(notes))
    lead_s = np.where(notes["part"] == 0, -rng.uniform(0.0, 0.02), 0.0)
    roll_s = rng.uniform(0.0, 0.006) * (rng.random() < 0.3) * _rank_in_chord(notes)
    shift = (0.25 + skill) * (jitter_s + lead_s + roll_s)
    result = notes.copy()
    result["onset"] += shift
    result["offset"] += shift * 0.5 + rng.normal(scale=0.015, size=len(notes))
    result["offset"] = np.maximum(result["offset"], result["onset"] + SHORTEST_NOTE_S)
    return result[np.argsort(result["onset"], kind="stable")]


def colour(notes: Notes, beats_per_bar: float, skill: float, rng: Generator) -> Notes:
    """Velocities from metre, phrase, voice and chance."""
    count = len(notes)
    in_bar = np.mod(notes["beat"], beats_per_bar)
    on_bar = np.minimum(in_bar, beats_per_bar - in_bar) < 0.05
    on_beat = np.abs(notes["beat"] - np.round(notes["beat"])) < 0.05
    accent = rng.uniform(0.0, 8.0) * on_bar + rng.uniform(0.0, 4.0) * on_beat
    phrase = _smooth(rng.normal(size=count), 25) * rng.uniform(3.0, 16.0)
    top = rng.uniform(0.0, 14.0) * (_rank_from_top(notes) == 0)
    arch = rng.uniform(-0.1, 0.4) * (notes["key"].astype(float) - notes["key"].mean())
    chance = rng.normal(scale=rng.uniform(2.0, 9.0), size=count)
    base = rng.normal(56.0, 12.0) - 4.0 * (notes["part"] > 0) * rng.random()
    result = notes.copy()
    level = base + (0.3 + 0.7 * skill) * (accent + phrase + top + arch + chance)
    result["velocity"] = np.clip(np.round(level), 8, 120)
    return result


def articulate(notes: Notes, rng: Generator) -> Notes:
    """Shorten or overlap notes, by a touch for each part and a chance for each note."""
    result = notes.copy()
    for part in np.unique(notes["part"]):
        mine = notes["part"] == part
        touch = rng.choice([rng.uniform(0.35, 0.8), rng.uniform(0.8, 1.08)], p=[0.35, 0.65])
        length = (notes["offset"] - notes["onset"])[mine]
        varied = touch * np.exp(rng.normal(scale=0.12, size=len(length)))
        result["offset"][mine] = notes["onset"][mine] + np.maximum(length * varied, 0.03)
    return result


def pedal_bars(downbeats_s: Floats, rng: Generator) -> Pedals:
    """Syncopated pedalling: up with each harmony, down again shortly after."""
    if len(downbeats_s) < 2:
        return np.empty(0, dtype=PEDAL)
    changes = downbeats_s
    if rng.random() < 0.6:
        changes = np.sort(np.concatenate([changes, (changes[1:] + changes[:-1]) / 2]))
    changes = changes[rng.random(len(changes)) < rng.uniform(0.5, 1.0)]
    changes = changes[np.concatenate([[True], np.diff(changes) > 0.5])] if len(changes) else changes
    ups = changes + rng.normal(0.02, 0.03, size=len(changes))
    downs = ups + rng.uniform(0.06, 0.22, size=len(changes))
    pedals = np.empty(2 * len(changes), dtype=PEDAL)
    pedals["time"][0::2], pedals["down"][0::2] = ups, False
    pedals["time"][1::2], pedals["down"][1::2] = downs, True
    return pedals[1:]


def _downbeats(notes: Notes, beats_per_bar: float) -> Floats:
    beats, seconds = beat_map(notes)
    bars = np.arange(np.ceil(beats[0] / beats_per_bar) * beats_per_bar, beats[-1], beats_per_bar)
    return np.interp(bars, beats, seconds)


def beat_map(notes: Notes) -> tuple[Floats, Floats]:
    """The beats that notes begin on, in quarter notes, and when each is, in seconds."""
    beats, first = np.unique(notes["beat"], return_index=True)
    seconds = np.maximum.accumulate(notes["onset"][first].astype(float))
    return beats.astype(float), seconds + np.arange(len(seconds)) * 1e-6


def _smooth(noise: Floats, width: int) -> Floats:
    kernel = np.hanning(2 * width + 1)
    kernel /= np.sqrt((kernel**2).sum())
    return np.convolve(noise, kernel, mode="full")[width : width + len(noise)]


def _chords(notes: Notes) -> NDArray[np.int64]:
    return np.cumsum(np.diff(notes["onset"], prepend=notes["onset"][0] - 1) > 0.03)


def _rank_in_chord(notes: Notes) -> NDArray[np.int64]:
    """0 for the lowest note of each chord, 1 for the next."""
    chords = _chords(notes)
    order = np.lexsort((notes["key"], chords))
    starts = np.searchsorted(chords[order], chords[order], side="left")
    ranks = np.empty(len(notes), dtype=np.int64)
    ranks[order] = np.arange(len(notes)) - starts
    return ranks


def _rank_from_top(notes: Notes) -> NDArray[np.int64]:
    """0 for the highest note of each chord, 1 for the next."""
    flipped = notes.copy()
    flipped["key"] = 127 - notes["key"]
    return _rank_in_chord(flipped)
