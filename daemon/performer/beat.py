"""Beat and tempo of what is played, followed chord by chord. Pure: times in, tempo and phase out.

What is believed is a distribution over beat period and phase (the place within the beat), as in the
bar pointer model (Whiteley, Cemgil and Godsill 2006) but without bars. Between chords each phase
moves on at its own tempo, and both spread a little, as players do. At each chord the network
(``metre.py``) says at which period and place it takes the chord to stand, from all that it heard.

`antiphon evaluate beats` judges it; `model/LOG.md` tells how far it gets.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.metre import Metre, shipped_metre
from antiphon.model import rhythm
from antiphon.model.rhythm import CHORD_S, Chord, Rhythm

Floats = NDArray[np.float64]

PHASES = 48
PERIODS_S: Floats = np.asarray(0.2 * 1.04 ** np.arange(60), dtype=np.float64)
"""Beat periods that are told apart, 0.2 to 2 s (300 to 30 beats a minute)."""

FORGOTTEN_S = 6.0
"""After a silence of this length the beat begins anew."""

TEMPO_DRIFT = 0.06
PHASE_DRIFT = 0.04
"""How far tempo (in logarithm) and phase wander, a root of beats."""

LEAST = 1e-9
"""No place is believed in less than this: the player may have jumped."""

LED_PERIOD, LED_PHASE = 0.06, 0.08
"""How far a hand that taps is off, in logarithm of the tempo and in beats."""

OTHER_LEVEL = np.log(1.35)
STRAYING = 2.0
"""Beyond that distance from the tempo that was tapped each chord counts against it, in nats."""

NEAR = 2
"""Periods so many rows from the likeliest count as the same tempo."""

EXACT = 4
"""Times are rounded to so many decimals, so that all machines come to the same beat."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The beat as believed: a beat falls at ``beat_s``, others ``period_s`` apart.

    ``confidence`` in [0, 1] is how much of the belief agrees on tempo and phase.
    """

    beat_s: float
    period_s: float
    confidence: float

    def next_after(self, time_s: float) -> float:
        """The first beat later than ``time_s``."""
        beats = np.floor((time_s - self.beat_s) / self.period_s) + 1.0
        return float(self.beat_s + beats * self.period_s)


@dataclass(frozen=True, slots=True)
class Belief:
    """What is remembered and believed after a chord: ``odds`` (periods, phases) at ``time_s``."""

    rhythm: Rhythm
    state: NDArray[np.float32]
    time_s: float
    odds: Floats | None


@dataclass
class BeatTracker:
    """Told of each onset. The latest chord is weighed anew with every key that joins it."""

    metre: Metre = field(default_factory=shipped_metre)
    _tapped: Pulse | None = None
    """What the next chord is to be heard by, too."""
    _led: Pulse | None = None
    """The same, for the latest chord."""
    _level_s: float | None = None
    """The period whose level is meant, once that was said."""
    _before: Belief | None = None
    _chord: Chord | None = None
    _after: Belief | None = None

    def lead(self, beat_s: float, period_s: float) -> None:
        """A hand says where a beat falls and how far apart they are, after all that was struck."""
        self._tapped = Pulse(beat_s, period_s, 1.0)
        self._level_s = period_s

    def strike(self, time_s: float, key: int, velocity: int) -> None:
        """A note begins; times must not go back."""
        chord = self._chord
        if chord is not None and time_s - chord.time_s <= CHORD_S:
            self._chord = chord.joined_by(key, velocity)
        else:
            forgotten = chord is None or time_s - chord.time_s > FORGOTTEN_S
            self._before = None if forgotten else self._believed()
            self._led, self._tapped = self._tapped, None
            if self._level_s is not None and self._led is None:
                self._level_s = self._level_now(forgotten)
            self._chord = Chord(time_s, (key,), velocity)
        self._after = None

    def pulse(self) -> Pulse | None:
        """The beat as believed at the last chord, None before the first."""
        belief = self._believed()
        return None if belief is None or belief.odds is None else _pulse(belief.odds, belief.time_s)

    def _believed(self) -> Belief | None:
        if self._after is None and self._chord is not None:
            before = self._before or Belief(Rhythm(), self.metre.silence, self._chord.time_s, None)
            self._after = _weighed(self.metre, before, self._chord, self._hint(self._chord.time_s))
        return self._after

    def _level_now(self, forgotten: bool) -> float | None:
        """The tempo that was tapped, as it has become."""
        pulse = self.pulse()
        return None if forgotten or pulse is None else pulse.period_s

    def _hint(self, time_s: float) -> Floats | float:
        """What was tapped says of a chord, (periods, phases) in nats."""
        if self._level_s is None:
            return 0.0
        apart = np.abs(np.log(PERIODS_S / self._level_s))[:, None]
        hint = -STRAYING * (apart > OTHER_LEVEL)
        if self._led is None:
            return np.asarray(hint)
        beats = (time_s - self._led.beat_s) / self._led.period_s
        off = np.abs((np.arange(PHASES) / PHASES - beats + 0.5) % 1.0 - 0.5)
        spread = LED_PHASE**2 + PHASE_DRIFT**2 * abs(beats)
        return np.asarray(hint - 0.5 * ((apart / LED_PERIOD) ** 2 + off**2 / spread))


def _weighed(metre: Metre, before: Belief, chord: Chord, hint: Floats | float) -> Belief:
    heard, features = rhythm.hear(before.rhythm, chord)
    state, said = metre.read(before.state, features)
    log_odds = _FROM_PERIODS @ said @ _FROM_PLACES + hint
    if before.odds is not None:
        moved = _waited(before.odds, (chord.time_s - before.time_s) / PERIODS_S)
        log_odds = log_odds + np.log(moved + LEAST)
    odds = np.exp(log_odds - log_odds.max())
    return Belief(heard, state, chord.time_s, odds / odds.sum())


def _pulse(odds: Floats, time_s: float) -> Pulse:
    by_period = odds.sum(axis=1)
    best = int(np.argmax(np.convolve(by_period, np.ones(2 * NEAR + 1), mode="same")))
    rows = slice(max(0, best - NEAR), best + NEAR + 1)
    period_s = float(np.exp(np.average(np.log(PERIODS_S[rows]), weights=by_period[rows] + LEAST)))
    pointer = complex((odds[rows].sum(axis=0) * _TURN).sum())
    phase = float(np.angle(pointer)) / (2 * np.pi)
    beat_s, period_s = round(time_s - phase * period_s, EXACT), round(period_s, EXACT)
    return Pulse(beat_s, period_s, round(abs(pointer), EXACT))


def _waited(odds: Floats, beats: Floats) -> Floats:
    """The belief so many beats later, a number for each period."""
    spread = PHASE_DRIFT * np.sqrt(np.minimum(beats, 4.0))
    # A shift and a Gaussian blur of each row, exact between the cells.
    waves = np.fft.rfft(odds, axis=1)
    waves *= np.exp(
        -2j * np.pi * beats[:, None] * _WAVES - 2 * (np.pi * spread[:, None] * _WAVES) ** 2
    )
    moved = np.maximum(np.fft.irfft(waves, n=PHASES, axis=1), 0.0)
    width = np.log(PERIODS_S[1] / PERIODS_S[0])
    away = np.minimum(TEMPO_DRIFT**2 * beats / (2 * width**2), 1 / 3)[:, None] * moved
    result = moved - 2 * away
    result[1:] += away[:-1]
    result[:-1] += away[1:]
    result[0] += away[0]
    result[-1] += away[-1]
    return np.asarray(result)


def _between(at: Floats, count: int) -> Floats:
    """Weights (len(at), count) that read values at fractional places between ``count`` others."""
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(count))))


def _from_places() -> Floats:
    """From the network's places to phases, around the beat: (PLACES, PHASES)."""
    at = np.arange(PHASES) * rhythm.PLACES / PHASES
    around = _between(at, rhythm.PLACES + 1)
    around[:, 0] += around[:, -1]
    return around[:, :-1].T


def _from_periods() -> Floats:
    """From the network's periods to those believed in: (PERIODS_S, rhythm.PERIODS_S)."""
    coarse = np.log(rhythm.PERIODS_S)
    at = np.interp(np.log(PERIODS_S), coarse, np.arange(len(coarse)))
    return _between(at, len(coarse))


_WAVES = np.arange(PHASES // 2 + 1)
_TURN = np.exp(2j * np.pi * np.arange(PHASES) / PHASES)
_FROM_PERIODS, _FROM_PLACES = _from_periods(), _from_places()
