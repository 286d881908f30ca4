"""The computer's keyboard as a piano: two rows of keys, an octave and a velocity. Pure.

Most terminals tell of no key release: there a note lasts a set time, and while the key repeats, it
goes on. Where releases are told a note lasts until its own.
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
class Held:
    """A key of the piano that is down, and when it was last seen, in seconds."""

    key: int
    seen: float


@dataclass(frozen=True, slots=True)
class Piano:
    """The lowest key of the lower row, how hard keys are struck, and what is down.

    `held` is by the name of the computer's key; `feels_releases` says that the terminal tells when
    one is let go.
    """

    lowest: int = 48
    velocity: int = 80
    held: Mapping[str, Held] = field(default_factory=dict)
    feels_releases: bool = False


def struck(piano: Piano, name: str, now: float) -> tuple[Piano, list[bytes]]:
    """A key of the computer's was pressed: what to play."""
    if name in OCTAVE_KEYS:
        return replace(piano, lowest=min(max(piano.lowest + 12 * OCTAVE_KEYS[name], 12), 84)), []
    if name in VELOCITY_KEYS:
        velocity = min(max(piano.velocity + VELOCITY_KEYS[name], 10), 120)
        return replace(piano, velocity=velocity), []
    if name not in SEMITONES:
        return piano, []
    struck_key = Held(piano.lowest + SEMITONES[name], now)
    before = piano.held.get(name)
    if before is not None and before.key == struck_key.key and now - before.seen < REPEAT_S:
        return replace(piano, held={**piano.held, name: struck_key}), []
    # After a change of octave another key of the computer's may hold the same key of the piano.
    over = [it for it, held in piano.held.items() if it == name or held.key == struck_key.key]
    piano, played = _ended(piano, over)
    played.append(midi.note_on(0, struck_key.key, piano.velocity))
    return replace(piano, held={**piano.held, name: struck_key}), played


def released(piano: Piano, name: str) -> tuple[Piano, list[bytes]]:
    """A key of the computer's was let go."""
    return _ended(piano, [name] if name in piano.held else [])


def passed(piano: Piano, now: float) -> tuple[Piano, list[bytes]]:
    """Time went by: the note-offs of keys not seen for a note's length, if nothing else ends it."""
    if piano.feels_releases:
        return piano, []
    return _ended(piano, [it for it, held in piano.held.items() if now - held.seen >= NOTE_S])


def lifted(piano: Piano) -> tuple[Piano, list[bytes]]:
    """All keys up."""
    return _ended(piano, list(piano.held))


def _ended(piano: Piano, over: list[str]) -> tuple[Piano, list[bytes]]:
    if not over:
        return piano, []
    held = {name: down for name, down in piano.held.items() if name not in over}
    return replace(piano, held=held), [midi.note_off(0, piano.held[name].key) for name in over]
