"""The chords of music that is known as a whole, and when they sound. Pure.

For judging afterwards: what comes later tells the chord as well as what came before. The chord that
is heard live is the daemon's ``harmony``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.model import chords, hands
from antiphon.model.arrays import Notes
from antiphon.model.knots import Floats


@dataclass(frozen=True, slots=True)
class ChordTrack:
    """Chord i sounds from ``edges_s[i]`` to ``edges_s[i + 1]`` and has ``tones[i]``, (N, 12)."""

    edges_s: Floats
    tones: NDArray[np.bool_]

    def harmony_s(self, part: Notes) -> tuple[float, float]:
        """For how long a part's notes sound in tones of the chord, and beside a chord at all."""
        first_s = np.maximum(part["onset"][:, None].astype(np.float64), self.edges_s[:-1])
        last_s = np.minimum(part["offset"][:, None].astype(np.float64), self.edges_s[1:])
        lasts_s = np.maximum(last_s - first_s, 0.0)
        is_tone = self.tones[:, part["key"].astype(int) % 12].T
        return float(lasts_s[is_tone].sum()), float(lasts_s.sum())


def chords_of(notes: Notes, until_s: float) -> ChordTrack:
    """The chords of all notes together, ascending by onset, as training finds them.

    The last one sounds to ``until_s``; before the first note there is none.
    """
    found = chords.find(notes)
    if not len(found):
        return ChordTrack(np.zeros(1), np.zeros((0, 12), np.bool_))
    starts_s = np.interp(found["beat"], *hands.beat_map(notes))
    tones = (found["tones"][:, None] >> np.arange(12)) & 1
    return ChordTrack(np.append(starts_s, until_s), tones.astype(np.bool_))
