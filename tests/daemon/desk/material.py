"""Small pieces for the desk's tests."""

from collections.abc import Sequence

import numpy as np

from antiphon.daemon.desk.piece import Note, Part, Piece, tidy

GRID = 480
TRIADS = {
    "C": (48, 64, 67, 72),
    "F": (53, 65, 69, 72),
    "G": (55, 62, 67, 71),
    "Am": (57, 64, 69, 72),
}
CHORDS = {"A": "C F G C Am F G C", "B": "Am F C G Am G F G"}


def piece(*parts: Sequence[Note]) -> Piece:
    """A piece of parts, at 120 a minute."""
    made = tuple(Part(channel=number, notes=tidy(notes)) for number, notes in enumerate(parts))
    end = max((note.end for part in made for note in part.notes), default=0)
    return Piece(grid=GRID, parts=made, end=end)


CHORDS = {"A": "C F G C Am F G C", "B": "Am Am F F Am Am G G"}


def song(form: str = "AABA") -> Piece:
    """Sections of eight bars of four beats: a tune and chords of its own for each letter."""
    tunes = {letter: _tune(letter) for letter in CHORDS}
    melody: list[Note] = []
    accompaniment: list[Note] = []
    bar = 0
    for letter in form:
        for place, name in enumerate(CHORDS[letter].split()):
            for beat in range(4):
                key = tunes[letter][4 * place + beat]
                melody.append(Note((4 * bar + beat) * GRID, key, GRID - 20, 90 if beat else 100))
            root, *others = TRIADS[name]
            accompaniment.append(Note(4 * bar * GRID, root, 4 * GRID - 20, 80))
            accompaniment += [Note((4 * bar + 2) * GRID, key, GRID, 60) for key in others]
            bar += 1
    return piece(melody, accompaniment)


def _tune(letter: str) -> list[int]:
    """A note a beat: a tone of the chord on strong beats, a step from it on the others."""
    rng = np.random.default_rng(ord(letter))
    keys: list[int] = []
    for name in CHORDS[letter].split():
        for beat in range(4):
            if beat % 2 == 0:
                keys.append(int(rng.choice(TRIADS[name][1:])) + 12)
            else:
                near = [keys[-1] + step for step in (-2, -1, 1, 2)]
                keys.append(
                    int(rng.choice([key for key in near if key % 12 in (0, 2, 4, 5, 7, 9, 11)]))
                )
    return keys


def performed(source: Piece, seed: int = 0, pace: float = 1.0, spread_s: float = 0.012) -> Piece:
    """A piece as recorded: in milliseconds, at a pace, each onset a little off."""
    rng = np.random.default_rng(seed)
    parts = []
    for part in source.parts:
        starts = source.seconds([note.start for note in part.notes]) / pace
        ends = source.seconds([note.end for note in part.notes]) / pace
        starts = np.maximum(starts + rng.normal(0, spread_s, len(starts)) + 0.5, 0)
        lengths = np.maximum(ends + 0.5 - starts, 0.05)
        notes = [
            Note(round(start * 1000), note.key, max(1, round(length * 1000)), note.velocity)
            for note, start, length in zip(part.notes, starts, lengths, strict=True)
        ]
        parts.append(Part(part.name, part.channel, tidy(notes)))
    last = max(note.end for part in parts for note in part.notes)
    # A thousand ticks a second.
    return Piece(500, tuple(parts), ((0, 500_000),), (), last, is_measured=True)
