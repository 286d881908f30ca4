"""In which style the player plays, where that can be told. Pure, but for reading the weights once.

Heard by a small classifier on hand-made marks (``model.marks``), which ``antiphon model styles``
fits; ``model/LOG.md`` says how often it is right. Worked out when the performer is asked how it is
doing, never on the way of a note.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from antiphon.daemon.performer import weights
from antiphon.daemon.performer.played import Played
from antiphon.model.marks import Classifier, marks

LATELY_S: Final = 32.0
MOST_NOTES: Final = 128
FEWEST_NOTES: Final = 24
"""As long as the stretches that the classifier was fitted on."""

NEWS: Final = 8
"""It is judged anew after so many notes more."""

REST_S: Final = 2.0
"""A rest counts as no longer: while the machine plays, the player has not stopped playing so."""

SURE, DOUBTED = 0.6, 0.4
"""A style is told from the first probability on, and no more below the second."""


@dataclass
class Idiom:
    """Told of the player's keys; times are absolute seconds."""

    classifier: Classifier
    style: str | None = None
    """The style that is heard, None where none is sure."""
    _played: Played = field(default_factory=lambda: Played(LATELY_S, MOST_NOTES))
    _news: int = 0
    _rested_s: float = 0.0
    _last_s: float | None = None

    def strike(self, time_s: float, key: int) -> None:
        """A key goes down."""
        if self._last_s is not None:
            self._rested_s += max(0.0, time_s - self._last_s - REST_S)
        self._last_s = time_s
        self._played.strike(time_s - self._rested_s, key, 0)
        self._news += 1

    def release(self, time_s: float, key: int) -> None:
        """A key goes up."""
        self._played.release(time_s - self._rested_s, key)

    def forget(self) -> None:
        """Nothing was played."""
        self._played.clear()
        self.style, self._news, self._last_s = None, 0, None

    def consider(self) -> None:
        """Judge anew where enough has come since; a tenth of a millisecond."""
        if self._news < NEWS or len(self._played.notes) < FEWEST_NOTES:
            return
        self._news = 0
        told = marks(self._played.onsets_s, self._played.offsets_s, self._played.keys)
        odds = self.classifier.probabilities(told[None])[0]
        best = int(np.argmax(odds))
        if odds[best] >= SURE:
            self.style = self.classifier.names[best]
        elif self.style is not None and odds[self.classifier.names.index(self.style)] < DOUBTED:
            self.style = None


@cache
def shipped_classifier() -> Classifier:
    """What comes with the package. Raises AntiphonError where it is damaged."""
    return weights.shipped("style.npz", read_classifier)


def read_classifier(path: Path) -> Classifier:
    """What ``antiphon model styles`` fitted. Raises AntiphonError for any other file."""
    return weights.read(path, _classifier, "style", "model styles")


def _classifier(found: weights.Arrays) -> Classifier:
    names = tuple(str(name) for name in found["names"])
    mean, spread = found["mean"].astype(float), found["spread"].astype(float)
    classifier = Classifier(names, mean, spread, found["weights"].astype(float))
    second = np.array([0.0, 1.0])
    odds = classifier.probabilities(marks(second, second + 1.0, np.array([60, 64]))[None])
    if odds.shape != (1, len(names)) or not np.isfinite(odds).all():
        raise ValueError("arrays of other shapes than expected")
    return classifier
