"""How the player has played lately, as positions of the musical controls. Pure.

A control that is left to the model is asked for as the player plays: of forty held-out calls,
replies came nearer to what really followed in every respect that ``antiphon evaluate --replies``
measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.played import Played
from antiphon.model import conditions
from antiphon.model.conditions import LEVEL_EDGES, LEVELS
from antiphon.model.dialects import GAP_CLASSES, gap_class

LATELY_S = 8.0
"""As long as the stretches on which the model learned the controls."""

FOLLOWED = ("density", "loudness", "register", "voices")

FEWEST_NOTES = 8
MOST_NOTES = 256


@dataclass
class Character:
    """Told of the player's keys; times are absolute seconds."""

    _played: Played = field(default_factory=lambda: Played(LATELY_S, MOST_NOTES))
    _found: dict[str, float] = field(default_factory=dict)
    _gaps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(GAP_CLASSES))
    _changed: bool = False

    def begin(self) -> None:
        """A turn of the player's begins; until it is long enough the last one counts."""
        self._played.clear()

    def strike(self, time_s: float, key: int, velocity: int) -> None:
        """A key goes down."""
        self._played.strike(time_s, key, velocity)
        self._changed = True

    def release(self, time_s: float, key: int) -> None:
        """A key goes up."""
        self._played.release(time_s, key)

    def positions(self) -> Mapping[str, float]:
        """Where each of ``FOLLOWED`` stands, in [0, 1]; empty before there are enough notes."""
        return {name: position(name, value) for name, value in self.measured().items()}

    def measured(self) -> Mapping[str, float]:
        """What each of ``FOLLOWED`` measures; empty before there are enough notes."""
        self._look()
        return self._found

    def gaps(self) -> NDArray[np.float64]:
        """The shares of short and long gaps, (GAP_CLASSES,); zeros before there are enough."""
        self._look()
        return self._gaps

    def _look(self) -> None:
        if self._changed and len(self._played.notes) >= FEWEST_NOTES:
            self._found = self._measure()
            gaps_s = np.diff(self._played.onsets_s)
            self._gaps = np.bincount(gap_class(gaps_s), minlength=GAP_CLASSES) / len(gaps_s)
        self._changed = False

    def _measure(self) -> dict[str, float]:
        played = self._played
        measured = conditions.measure(
            played.onsets_s, played.offsets_s, played.keys, played.velocities
        )
        return {name: measured[name] for name in FOLLOWED}


def position(control: str, value: float) -> float:
    """The position, in [0, 1], that asks for a measured value: the middle of a level is its place.

    The outermost levels, which have no end, are as wide as their neighbours.
    """
    return float(np.interp(value, _VALUES[control], _PLACES))


def _with_ends(edges: tuple[float, ...]) -> list[float]:
    low, high = (edges[1] - edges[0]) / 2, (edges[-1] - edges[-2]) / 2
    return [edges[0] - low, *edges, edges[-1] + high]


_VALUES = {control: _with_ends(edges) for control, edges in LEVEL_EDGES.items()}
_PLACES = [0.0, *((np.arange(LEVELS - 1) + 0.5) / (LEVELS - 1)), 1.0]
