"""A plain piano-like synthesiser in numpy, for machines without FluidSynth.

Each note is a handful of slightly sharp partials that decay, faster the higher they lie. It is
meant to be pleasant and small, not a piano.
"""

import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.smf import Note, Part, Span, notes, pedal_spans

Samples = NDArray[np.float32]

PARTIALS: Final = 10
# String stiffness: partial n lies at n * sqrt(1 + B * n * n) times the fundamental (Fletcher 1964).
STIFFNESS: Final = 4e-4
ATTACK_S: Final = 0.003
RELEASE_S: Final = 0.12
TAIL_S: Final = 1.0
# Where each part sits, 0 left to 1 right: the player left of the middle, the machine right of it.
PLACES: Final = (0.36, 0.64)
PEAK: Final = 0.9


def render(parts: Sequence[Part], rate_hz: int) -> Samples:
    """Stereo sound of the parts, shape (samples, 2); silence if there is no note."""
    played = [sustained(notes(part.messages), pedal_spans(part.messages)) for part in parts]
    end_s = max((note.end_s for part in played for note in part), default=0.0)
    mix = np.zeros((round((end_s + TAIL_S) * rate_hz) + 1, 2), dtype=np.float32)
    for index, part in enumerate(played):
        place = PLACES[index % len(PLACES)] if len(played) > 1 else 0.5
        gains = np.array([np.cos(place * np.pi / 2), np.sin(place * np.pi / 2)], dtype=np.float32)
        for note in part:
            tone = sound(note, rate_hz)
            start = round(note.start_s * rate_hz)
            room = mix[start : start + len(tone)]
            room += tone[: len(room), None] * gains
    return mix


def sustained(played: Sequence[Note], pedal: Sequence[Span]) -> tuple[Note, ...]:
    """Notes with their ends moved to where the pedal lets them go, or the same key is struck."""
    strikes: dict[tuple[int, int], list[float]] = {}
    for note in played:
        strikes.setdefault((note.channel, note.key), []).append(note.start_s)
    again = {
        (place, first): second
        for place, starts in strikes.items()
        for first, second in pairwise(starts)
    }
    longer = []
    for note in played:
        held = (span.end_s for span in pedal if span.start_s <= note.end_s < span.end_s)
        end_s = next(held, note.end_s)
        struck = again.get(((note.channel, note.key), note.start_s), end_s)
        end_s = max(min(end_s, struck), note.end_s)
        longer.append(Note(note.start_s, end_s, note.key, note.velocity, note.channel))
    return tuple(longer)


def sound(note: Note, rate_hz: int) -> Samples:
    """One note from its strike to the end of its release, shape (samples,)."""
    loudness = note.velocity / 127
    base_hz = 440.0 * 2.0 ** ((note.key - 69) / 12)
    # A bass string rings for many seconds, the top ones for under one.
    decay_s = 7.0 * 2.0 ** (-(note.key - 36) / 18)
    held_s = min(note.end_s - note.start_s, 4 * decay_s)
    time = np.arange(round((held_s + RELEASE_S) * rate_hz), dtype=np.float32) / rate_hz
    tone = np.zeros_like(time)
    for partial in range(1, PARTIALS + 1):
        hertz = base_hz * partial * (1 + STIFFNESS * partial * partial) ** 0.5
        if hertz > 0.45 * rate_hz:
            break
        # A soft touch excites the high partials less.
        level = partial**-1.2 * (0.25 + 0.75 * loudness) ** (0.5 * (partial - 1))
        ring = level * np.exp(-time * (0.6 + 0.4 * partial) / decay_s)
        tone += (ring * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    rise = np.clip(time / ATTACK_S, 0, 1)
    fall = np.clip((held_s + RELEASE_S - time) / RELEASE_S, 0, 1) ** 2
    shaped: Samples = (tone * rise * fall * 0.15 * loudness**1.6).astype(np.float32)
    return shaped


def write_wav(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write samples, shape (samples, 2), as 16-bit WAV, made as loud as it goes."""
    loudest = float(np.abs(samples).max(initial=0.0))
    scaled = samples * (PEAK * 32767 / loudest if loudest > 0 else 0.0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(scaled.astype("<i2").tobytes())


def read_wav(path: Path) -> Samples:
    """The samples of a stereo 16-bit WAV, shape (samples, 2), -1..1."""
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return (raw.reshape(-1, 2) / 32768).astype(np.float32)
