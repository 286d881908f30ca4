"""The vocabulary: one event is (who, step, kind, touch), four small integers.

Here lives the arithmetic between musical quantities and indices. No torch, MIDI files or clocks.

- ``who``: whose event it is, ``PLAYER`` or ``MACHINE``; or ``FUTURE`` for an event that comes after
  a hole which is to be filled. The future is given, never drawn.
- ``step``: time since the previous event of either part, 0..198. Steps of 5 ms up to 200 ms, then
  of 2.5 %, up to 9.9 s: about what hearing can tell apart (Friberg and Sundberg 1995 measured just
  noticeable differences of some 6 ms below 240 ms and 2.5 % above).
- ``kind``: note-on by key (0..127), note-off by key (128..255), pedal down (256), pedal up (257).
- ``touch``: velocity of a note-on in 32 levels of four, 0..31; ``NO_TOUCH`` for every other kind.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLAYER, MACHINE, FUTURE = 0, 1, 2
WHO = 2
"""Those who play: what an event's ``who`` is drawn from."""
WHO_GIVEN = 3
"""What an event's ``who`` may be in the context."""

FINE_STEP_S = 0.005
FINE_STEPS = 40
GROWTH = 1.025
STEPS = 199

KEYS = 128
NOTE_OFF = KEYS
PEDAL_DOWN, PEDAL_UP = 256, 257
KINDS = 258

TOUCHES = 32
NO_TOUCH = 32
VELOCITIES_PER_TOUCH = 4


def _step_durations() -> NDArray[np.float64]:
    fine = np.arange(FINE_STEPS + 1) * FINE_STEP_S
    coarse = fine[-1] * GROWTH ** np.arange(1, STEPS - FINE_STEPS)
    return np.concatenate([fine, coarse])


STEP_S: NDArray[np.float64] = _step_durations()
"""Duration of each step in seconds, shape (STEPS,)."""

LONGEST_S = float(STEP_S[-1])

_STEP_EDGES: NDArray[np.float64] = (STEP_S[1:] + STEP_S[:-1]) / 2


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the model sees it; see the module for the ranges."""

    who: int
    step: int
    kind: int
    touch: int = NO_TOUCH

    def __post_init__(self) -> None:
        ranges = (("who", WHO_GIVEN), ("step", STEPS), ("kind", KINDS), ("touch", TOUCHES + 1))
        for name, size in ranges:
            value = getattr(self, name)
            if not 0 <= value < size:
                raise ValueError(f"{name} {value} is outside 0..{size - 1}")
        if (self.touch == NO_TOUCH) == (self.kind < KEYS):
            raise ValueError(f"kind {self.kind} with touch {self.touch}: only note-ons have one")


def step_of(seconds: float) -> int:
    """The step nearest to a duration in seconds; clamped to the range."""
    return int(np.searchsorted(_STEP_EDGES, seconds, side="right"))


def first_step_at_or_after(seconds: float) -> int:
    """The shortest step that does not lie before ``seconds``; the longest one if none does."""
    return min(int(np.searchsorted(STEP_S, seconds - 1e-9, side="left")), STEPS - 1)


def touch_of(velocity: int) -> int:
    """The touch level of a MIDI velocity 1..127."""
    if not 1 <= velocity <= 127:
        raise ValueError(f"velocity {velocity} is outside 1..127")
    return velocity // VELOCITIES_PER_TOUCH


def velocity_of(touch: int) -> int:
    """The MIDI velocity in the middle of a touch level 0..31."""
    if not 0 <= touch < TOUCHES:
        raise ValueError(f"touch {touch} is outside 0..{TOUCHES - 1}")
    return max(1, touch * VELOCITIES_PER_TOUCH + VELOCITIES_PER_TOUCH // 2)


class Grid:
    """Absolute times on the model's grid.

    Each onset is rounded against the grid's own running time and not against the previous onset, so
    that rounding never adds up. A silence longer than ``LONGEST_S`` counts as ``LONGEST_S``.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self.time_s = start_s

    def step_to(self, time_s: float) -> int:
        """Advance to ``time_s`` (absolute seconds) and return the step that leads there."""
        gap = time_s - self.time_s
        if gap > LONGEST_S:
            self.time_s = time_s
            return STEPS - 1
        step = step_of(gap)
        self.time_s += float(STEP_S[step])
        return step


def quantise_times(times_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Steps, shape (N,), that lead through ascending absolute times, shape (N,), in seconds.

    The first step is 0: the piece starts with its first event.
    """
    steps = np.empty(len(times_s), dtype=np.int64)
    grid = Grid(float(times_s[0]) if len(times_s) else 0.0)
    for index, time_s in enumerate(times_s.tolist()):
        steps[index] = grid.step_to(time_s)
    return steps


def kind_name(kind: int) -> str:
    """A kind in words: ``on C4``, ``off C4``, ``pedal down``, ``pedal up``."""
    if kind == PEDAL_DOWN:
        return "pedal down"
    if kind == PEDAL_UP:
        return "pedal up"
    return f"{'on' if kind < NOTE_OFF else 'off'} {key_name(kind % KEYS)}"


PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def key_name(key: int) -> str:
    """A MIDI key's name with its octave; 60 is ``C4``."""
    return f"{PITCH_CLASSES[key % 12]}{key // 12 - 1}"


def key_of(name: str) -> int:
    """The MIDI key of a name such as ``C4`` or ``A#-1``."""
    letters = name.rstrip("-0123456789")
    octave = name[len(letters) :]
    try:
        key = PITCH_CLASSES.index(letters) + 12 * (int(octave) + 1)
    except ValueError:
        raise ValueError(f"{name!r} is not a key: write a note and an octave, as in C4") from None
    if not 0 <= key < KEYS:
        raise ValueError(f"{name!r} is outside C-1..G9")
    return key


assert math.isclose(FINE_STEPS * FINE_STEP_S, 0.2) and len(STEP_S) == STEPS  # noqa: S101
