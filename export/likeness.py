"""How alike two stretches of music are: histograms, and distances between them. Pure, no torch.

Histograms are compared by total variation, half the sum of absolute differences: 0 for equal, 1 for
disjoint. Density and voices are compared in octaves, the absolute log2 of their ratio.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from antiphon.export import copying
from antiphon.model import conditions
from antiphon.model.arrays import Notes
from antiphon.model.dialects import GAP_CLASSES, INTERVALS, gap_class, interval_class

Floats = NDArray[np.float64]

FEWEST_NOTES = 4
"""Fewer notes than this have no histograms worth comparing."""

BAR_S, PLACES = 2.0, 32
"""The bars of the grooving similarity: of fixed length, for want of beats in what was played."""

SIMILARITIES = ("key agreement", "same key", "grooving similarity")
"""Of these more is nearer; of all other distances less is."""


def histograms(notes: Notes) -> dict[str, Floats]:
    """Shares of pitch classes (12), intervals (25), inter-onset times (14), velocities (16).

    Intervals are between notes in a row, an octave and more at the ends; of an empty stretch all
    are zero.
    """
    keys = notes["key"].astype(int)
    gaps_s = np.diff(notes["onset"].astype(float))
    return {
        "pitch classes": _shares(keys % 12, 12),
        "intervals": _shares(interval_class(np.diff(keys)), INTERVALS),
        "inter-onset times": _shares(gap_class(gaps_s), GAP_CLASSES),
        "velocities": _shares(notes["velocity"] // 8, 16),
    }


def _shares(places: NDArray[np.integer], size: int) -> Floats:
    counts = np.bincount(places, minlength=size).astype(np.float64)
    result: Floats = counts / max(counts.sum(), 1.0)
    return result


def measured(notes: Notes) -> dict[str, float]:
    """The musical controls of a stretch, as ``conditions.measure`` has them."""
    return conditions.measure(
        notes["onset"].astype(float),
        notes["offset"].astype(float),
        notes["key"].astype(np.int64),
        notes["velocity"].astype(np.int64),
    )


def traits(notes: Notes) -> dict[str, float]:
    """What a stretch of at least one note is like by itself; repetition is of 8-note figures."""
    return {
        "notes": float(len(notes)),
        "seconds": float(notes["offset"].max() - notes["onset"][0]),
        **measured(notes),
        "repetition": copying.repetition(copying.figures(notes)),
    }


def distances(call: Notes, reply: Notes) -> dict[str, float]:
    """How far a reply is from its call; both of at least FEWEST_NOTES notes."""
    keys = [_key_fit(side) for side in (call, reply)]
    told = [measured(side) for side in (call, reply)]
    one, other = histograms(call), histograms(reply)
    return {
        "key agreement": _correlation(*keys),
        "same key": float(np.argmax(keys[0]) == np.argmax(keys[1])),
        **{name: variation(one[name], other[name]) for name in one},
        **{name: _octaves(told, name) for name in ("density", "voices")},
        "loudness": abs(told[0]["loudness"] - told[1]["loudness"]),
        "register": abs(told[0]["register"] - told[1]["register"]),
        "grooving similarity": grooving(call, reply),
    }


def _key_fit(notes: Notes) -> Floats:
    counts = np.bincount(notes["key"] % 12, minlength=12).astype(np.float64)
    return conditions.key_correlations(counts)


def key_agreement(call: Notes, reply: Notes) -> float:
    """Correlation of how well each of the 24 keys fits the one and the other, -1 to 1."""
    return _correlation(_key_fit(call), _key_fit(reply))


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norm if norm > 1e-9 else 0.0


def _octaves(told: list[dict[str, float]], name: str) -> float:
    return abs(float(np.log2(told[0][name] / told[1][name])))


def variation(one: Floats, other: Floats) -> float:
    """Total variation between two histograms of shares."""
    return float(np.abs(one - other).sum() / 2)


def grooving(call: Notes, reply: Notes) -> float:
    """Grooving similarity between the bars of a call and of a reply, 0 to 1.

    One less the share of places in a bar where only one of two bars has an onset, mean over all
    pairs of bars (Wu and Yang 2020), in bars of two seconds from each side's first note.
    """
    one, other = _bars(call), _bars(reply)
    return float(1.0 - (one[:, None] != other[None]).mean())


def _bars(notes: Notes) -> NDArray[np.bool_]:
    places = np.round((notes["onset"] - notes["onset"][0]) * (PLACES / BAR_S)).astype(int)
    bars = np.zeros(((places.max() // PLACES + 1) * PLACES), np.bool_)
    bars[places] = True
    return bars.reshape(-1, PLACES)


def between_halves(values: Floats, rng: np.random.Generator, times: int = 200) -> float:
    """How far apart the means of two random halves of values (N,) are, on average; N >= 2."""
    middle = len(values) // 2
    mixed = rng.permuted(np.tile(values, (times, 1)), axis=1)
    apart = mixed[:, :middle].mean(axis=1) - mixed[:, middle:].mean(axis=1)
    return float(np.abs(apart).mean())


def pooled(stretches: list[Notes]) -> Mapping[str, Floats]:
    """The mean histograms of stretches, at least one; pitch classes counted from each key's tonic.

    The tonic is of the major or minor key that fits best.
    """
    sums: dict[str, Floats] = {}
    for notes in stretches:
        found = histograms(notes)
        tonic = int(np.argmax(_key_fit(notes))) % 12
        found["pitch classes"] = np.roll(found["pitch classes"], -tonic)
        for name, shares in found.items():
            sums[name] = sums.get(name, np.zeros(len(shares))) + shares
    return {name: total / len(stretches) for name, total in sums.items()}
