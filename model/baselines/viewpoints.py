"""What a Markov model looks at: each attribute of an event, and the past that foretells it. Pure.

Keys are told relative to the last note struck, so that what is learned in one key holds in all.
A window is tokens (T, 4); everything here works on many windows at once, (W, T, 4).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.model.events import KEYS, NO_TOUCH, NOTE_OFF, PEDAL_DOWN, STEPS, TOUCHES, WHO

Ints = NDArray[np.int64]
Tokens = NDArray[np.integer[Any]]

BEFORE = -1
"""What stands for the time before a window."""

SIDE = 128
"""Relative keys lie within so many of the last note's."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """One attribute over windows: all arrays (W, T).

    ``target`` is what is foretold where ``counts``; ``present`` is what is known of the event
    itself, ``past`` what each event leaves to its successors; there are ``choices`` targets.
    """

    name: str
    orders: int
    choices: int
    target: Ints
    present: Ints
    past: Ints
    counts: NDArray[np.bool_]


def viewpoints(tokens: Tokens, real: NDArray[np.bool_]) -> list[Viewpoint]:
    """The chain who → step → kind → touch of tokens (W, T, 4); ``real`` (W, T) is not padding."""
    who, step, kind, touch = (tokens[..., index].astype(np.int64) for index in range(4))
    struck = kind < NOTE_OFF
    family = np.where(struck, 0, np.where(kind < PEDAL_DOWN, 1, 2))
    place = np.where(struck, np.arange(kind.shape[1]), -1)
    latest = np.maximum.accumulate(place, axis=1)
    latest = np.concatenate([np.full((len(kind), 1), -1), latest[:, :-1]], axis=1)
    keys = np.take_along_axis(kind, np.maximum(latest, 0), axis=1)
    reference = np.where(latest < 0, 60, keys)
    relative = np.where(
        family == 2,
        4 * SIDE + kind - PEDAL_DOWN,
        family * 2 * SIDE + kind % KEYS - reference + SIDE,
    )
    nothing = np.zeros_like(kind)
    pace = np.where(step == 0, 0, 1 + step // 12)
    return [
        Viewpoint("who", 4, WHO, who, nothing, who * 3 + family, real),
        Viewpoint("step", 5, STEPS, step, nothing, step * 3 + family, real),
        Viewpoint("kind", 6, 2 * KEYS + 2, relative, pace, relative, real),
        Viewpoint("touch", 4, TOUCHES, touch, nothing, touch, real & (touch != NO_TOUCH)),
    ]


def contexts(view: Viewpoint, order: int) -> NDArray[np.uint64]:
    """A number for what precedes each target, (W, T): the present and the last ``order`` events.

    Sixty-four bits of a multiplicative hash; two pasts share one about once in 10^19 pairs.
    """
    code = _mix(np.full(view.target.shape, order, np.uint64), view.present)
    for age in range(1, order + 1):
        before = np.full_like(view.past, BEFORE)
        before[:, age:] = view.past[:, :-age]
        code = _mix(code, before)
    return code


def with_target(context: NDArray[np.uint64], target: Ints) -> NDArray[np.uint64]:
    """A number for each context together with its target."""
    return _mix(context, target + 1_000_003)


def _mix(code: NDArray[np.uint64], value: Ints) -> NDArray[np.uint64]:
    # SplitMix64's finaliser (Steele et al. 2014).
    mixed = code * np.uint64(0x9E3779B97F4A7C15) + (value + 2).astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
