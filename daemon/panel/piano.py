"""The computer's keyboard as a piano: two rows of keys, an octave and a velocity. Pure.

A terminal tells of no key release, so a note lasts a set time; while the key repeats, it goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from antiphon.daemon import midi

NOTE_S = 0.4
"""How long a note lasts after the last that was seen of its key."""

REPEAT_S = 0.12
"""A key seen again within this is held down and repeats; later, it is struck again."""

LOWER, UPPER = "zsxdcvgbhnjm", "q2w3er5t6y7ui9o0p"
SEMITONES: Mapping[str, int] = {
    **{name: place for place, name in enumerate(LOWER)},
    **{name: 12 + place for place, name in enumerate(UPPER)},
}
OCTAVE_KEYS: Mapping[str, int] = {"-": -1, "=": 1, "+": 1}
VELOCITY_KEYS: Mapping[str, int] = {"[": -10, "]": 10}


@dataclass(frozen=True, slots=True)
class Piano:
    """The lowest key of the lower row, how hard keys are struck, and what is down.

    `held` maps a key to when it was last seen, in seconds.
    """

    lowest: int = 48
    velocity: int = 80
    held: Mapping[int, float] = field(default_factory=dict)


def struck(piano: Piano, name: str, now: float) -> tuple[Piano, list[bytes]]:
    """A key of the computer's was pressed: what to play."""
    if name in OCTAVE_KEYS:
        return replace(piano, lowest=min(max(piano.lowest + 12 * OCTAVE_KEYS[name], 12), 84)), []
    if name in VELOCITY_KEYS:
        velocity = min(max(piano.velocity + VELOCITY_KEYS[name], 10), 120)
        return replace(piano, velocity=velocity), []
    if name not in SEMITONES:
        return piano, []
    key = piano.lowest + SEMITONES[name]
    before = piano.held.get(key)
    played = [] if before is None else [midi.note_off(0, key)]
    played.append(midi.note_on(0, key, piano.velocity))
    if before is not None and now - before < REPEAT_S:
        played = []
    return replace(piano, held={**piano.held, key: now}), played


def passed(piano: Piano, now: float) -> tuple[Piano, list[bytes]]:
    """Time went by: the note-offs of keys not seen for a note's length."""
    over = [key for key, seen in piano.held.items() if now - seen >= NOTE_S]
    if not over:
        return piano, []
    held = {key: seen for key, seen in piano.held.items() if key not in over}
    return replace(piano, held=held), [midi.note_off(0, key) for key in over]


def lifted(piano: Piano) -> tuple[Piano, list[bytes]]:
    """All keys up."""
    return replace(piano, held={}), [midi.note_off(0, key) for key in piano.held]
