"""What the model can be told beside the events: style, hand, the musical controls, and more.

Here live the layout of the condition vector, the levels of each control and how each is measured.
No torch: the daemon builds the same vector that training does.

A condition vector has ``SIZE`` numbers, laid out in groups: one entry a style, one a hand,
``LEVELS`` entries a control, then the groups of ``MOMENTARY`` and the role. A group that is all
zero is unset. In training each style, hand and control holds a single one; at run time neighbours
may share it, so that controls move without steps and styles mix.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from antiphon.model import beat_position, chords, lookahead, roles, time_left
from antiphon.model.styles import STYLES

HANDS = ("performed", "sequenced", "score")
"""Where the timing comes from: a person, a sequencer with expression, flat notation."""

CONTROLS = ("density", "loudness", "register", "voices", "arousal", "valence")
LEVELS = 8

LEVEL_EDGES: Mapping[str, tuple[float, ...]] = {
    "density": (2.5, 4.0, 5.5, 7.0, 9.0, 12.0, 16.0),
    "loudness": (42.0, 50.0, 57.0, 63.0, 70.0, 78.0, 88.0),
    "register": (54.0, 57.5, 60.0, 62.0, 64.5, 67.5, 72.0),
    "voices": (1.3, 2.0, 2.5, 3.0, 3.5, 4.1, 5.0),
    "arousal": (-0.4, -0.1, 0.1, 0.3, 0.5, 0.7, 1.0),
    "valence": (-0.2, -0.1, -0.02, 0.05, 0.12, 0.2, 0.28),
}
"""Where one level ends and the next begins, in the units of ``measure``."""

_STYLE_AT = 0
_HAND_AT = len(STYLES)
_CONTROL_AT = _HAND_AT + len(HANDS)
_ROLE_AT = _CONTROL_AT + len(CONTROLS) * LEVELS
STEADY_SIZE = _ROLE_AT
"""Size of the vector of the first model, which knew no more than styles, hands and controls."""

MOMENTARY = {
    "time_left": time_left.SIZE,
    "chords": chords.SIZE,
    "beat": beat_position.SIZE,
    "lookahead": lookahead.SIZE,
}
"""Groups that differ from event to event, each with a module of its own that says what is in it."""


def _starts() -> dict[str, int]:
    sizes = [roles.SIZE, *MOMENTARY.values()]
    starts = _ROLE_AT + np.cumsum(sizes)
    return dict(zip([*MOMENTARY, "end"], starts.tolist(), strict=True))


_AT = _starts()
_USED = _AT.pop("end")
SIZE = _USED + -_USED % 32
"""A multiple of 32, as the 8-bit weights come in blocks; the rest is never used."""

# Krumhansl and Kessler 1982, probe-tone ratings for C major and C minor.
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def _standard_rotations(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    rotations = np.stack([np.roll(profile, tonic) for tonic in range(12)])
    centred = rotations - rotations.mean(axis=1, keepdims=True)
    standard: NDArray[np.float64] = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    return standard


_PROFILES = np.concatenate([_standard_rotations(_MAJOR), _standard_rotations(_MINOR)])


def key_correlations(pitch_classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of a pitch-class histogram, shape (12,), with the 24 keys, major then minor.

    Krumhansl's key-finding method (Krumhansl 1990). All zero for a flat or empty histogram.
    """
    centred = pitch_classes - pitch_classes.mean()
    norm = float(np.linalg.norm(centred))
    if norm <= 1e-9:
        return np.zeros(24)
    correlations: NDArray[np.float64] = _PROFILES @ (centred / norm)
    return correlations


def measure(
    onsets_s: NDArray[np.float64],
    offsets_s: NDArray[np.float64],
    keys: NDArray[np.int64],
    velocities: NDArray[np.int64],
) -> dict[str, float]:
    """Measure each control on notes given as equal-length arrays; at least one note.

    - density: note onsets a second. loudness: mean velocity. register: mean key.
    - voices: mean number of notes that sound while any does.
    - arousal: a proxy, mean of standardised log density, loudness and detachment.
    - valence: a proxy, correlation with the best major key less that with the best minor key.
    """
    span_s = max(float(onsets_s[-1] - onsets_s[0]), 0.25)
    density = len(onsets_s) / span_s
    loudness = float(velocities.mean())
    lengths_s = np.maximum(offsets_s - onsets_s, 0.01)
    sounding_s = _union_length(onsets_s, offsets_s)
    detachment = 1.0 - min(1.0, sounding_s / max(span_s, sounding_s))
    weights = np.bincount(keys % 12, np.minimum(lengths_s, 1.0), 12).astype(np.float64)
    arousal = (np.log2(density / 5.0) + (loudness - 58.0) / 16.0 + (detachment - 0.1) / 0.2) / 3.0
    return {
        "density": density,
        "loudness": loudness,
        "register": float(keys.mean()),
        "voices": float(lengths_s.sum() / max(sounding_s, 0.01)),
        "arousal": float(arousal),
        "valence": valence(weights),
    }


def valence(pitch_classes: NDArray[np.float64]) -> float:
    """The valence of a pitch-class histogram, shape (12,)."""
    correlations = key_correlations(pitch_classes)
    return float(correlations[:12].max() - correlations[12:].max())


def toward_major(pitch_classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction in which the valence of a histogram grows, both of shape (12,).

    It is what the best major key has more of than the best minor one.
    """
    correlations = key_correlations(pitch_classes)
    best = int(np.argmax(correlations[:12])), 12 + int(np.argmax(correlations[12:]))
    direction: NDArray[np.float64] = _PROFILES[best[0]] - _PROFILES[best[1]]
    return direction


def _union_length(onsets_s: NDArray[np.float64], offsets_s: NDArray[np.float64]) -> float:
    reach = np.maximum.accumulate(offsets_s)
    gaps = np.maximum(0.0, onsets_s[1:] - reach[:-1])
    return float(max(reach[-1] - onsets_s[0] - gaps.sum(), 0.01))


def level_of(control: str, value: float) -> int:
    """The level 0..7 of a measured value."""
    return int(np.searchsorted(LEVEL_EDGES[control], value, side="right"))


MOMENTS = slice(_ROLE_AT + roles.SIZE, SIZE)
"""Where the groups that differ from event to event lie; what comes before is steady."""


def moments(groups: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows (N, size of ``MOMENTS``) of some groups of ``MOMENTARY``, each (N, its size)."""
    (count,) = {len(rows) for rows in groups.values()}
    result = np.zeros((count, SIZE), dtype=np.float32)
    for name, rows in groups.items():
        result[:, group(name)] = rows
    return result[:, MOMENTS]


def group(name: str) -> slice:
    """Where a group of ``MOMENTARY``, or ``role``, lies in the condition vector."""
    if name == "role":
        return slice(_ROLE_AT, _ROLE_AT + roles.SIZE)
    return slice(_AT[name], _AT[name] + MOMENTARY[name])


def style_index(style: str) -> int:
    """Where a style stands in the condition vector."""
    return _STYLE_AT + STYLES.index(style)


def hand_index(hand: str) -> int:
    """Where a hand stands in the condition vector."""
    return _HAND_AT + HANDS.index(hand)


def level_index(control: str, level: int) -> int:
    """Where a level of a control stands in the condition vector."""
    return _CONTROL_AT + CONTROLS.index(control) * LEVELS + level


def vector(
    styles: Mapping[str, float],
    controls: Mapping[str, float],
    hand: str = "performed",
    role: str | None = None,
) -> NDArray[np.float32]:
    """The condition vector, shape (SIZE,), for use at run time.

    ``styles`` maps names to shares (their sum at most 1, unless a style is to be told with more
    emphasis than in training), ``controls`` maps names to positions in [0, 1] from the lowest level
    to the highest, ``role`` is one of ``roles.ROLES``; what is not named is unset, and so is all
    that differs from event to event.
    """
    result = np.zeros(SIZE, dtype=np.float32)
    result[hand_index(hand)] = 1.0
    if role is not None:
        result[group("role")] = roles.encode(role)
    for style, share in styles.items():
        result[style_index(style)] = share
    for control, position in controls.items():
        place = min(max(position, 0.0), 1.0) * (LEVELS - 1)
        below = min(int(place), LEVELS - 2)
        result[level_index(control, below)] = below + 1 - place
        result[level_index(control, below + 1)] = place - below
    return result
