"""The beat in force: heard, tapped, told by a MIDI clock or Link, as `sync` has it. Pure."""

import math
from dataclasses import replace

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.beat import PERIODS_S, BeatTracker, Pulse
from antiphon.daemon.performer.trading import goes_on

LOST_S = 2.0
"""A clock of which nothing is told for so long, beyond a beat, is gone."""

SHORTEST_S = 0.01
"""A shorter beat is none, nor is one of no length."""

SURE = 0.3
"""The share of the belief that has to agree before a heard beat counts."""

SURER = 0.7
"""The same, before it takes the place of one in force that it does not go on from."""

FEWEST_ONSETS = 6

CLOSE = 0.25
"""A tapped beat is not taken on by one that is farther from it, in beats."""

REMEMBERED_S = 60.0
"""A heard beat is gone by for so long while the player rests or plays freely."""


class Timekeeper:
    """Told of every beat and of every key struck; says where the beat is."""

    def __init__(self) -> None:
        self._told: dict[str, Beat] = {}
        self._tracker = BeatTracker()
        self._waiting: list[tuple[float, int, int]] = []
        self._onsets = 0
        self._heard: Beat | None = None
        self._followed: Beat | None = None
        """A tapped beat, as it is heard to go on."""

    def take(self, beat: Beat) -> None:
        """A clock or a tap says where the beat is."""
        self._told[beat.source] = beat
        if beat.source == "tap":
            self._catch_up()
            self._followed = beat
            if PERIODS_S[0] <= beat.period <= PERIODS_S[-1]:
                self._tracker.lead(beat.time, beat.period)

    def strike(self, time_s: float, key: int, velocity: int) -> None:
        """The player strikes a key: it is looked at when somebody asks, so that no note waits."""
        self._waiting.append((time_s, key, velocity))

    def beat(self, sync: str, now: float, *, follows: bool = False) -> Beat | None:
        """The latest beat by what ``sync`` says, None where there is none to go by.

        A tapped beat ``follows`` the player, or stays as it was tapped.
        """
        self._catch_up()
        beat = self._heard if sync == "heard" else self._told.get(sync)
        if sync == "tap" and follows:
            beat = self._followed
        if beat is None or beat.period < SHORTEST_S:
            return None
        lasts_s = _LASTS_S.get(sync, math.inf) + beat.period
        return None if now - beat.time > lasts_s else beat

    def _catch_up(self) -> None:
        if not self._waiting:
            return
        for onset in self._waiting:
            self._tracker.strike(*onset)
        self._onsets += len(self._waiting)
        self._waiting.clear()
        pulse = self._tracker.pulse()
        if pulse is None or self._onsets < FEWEST_ONSETS:
            return
        self._follow(pulse)
        beat = _numbered(pulse, self._heard)
        changes = self._heard is not None and not goes_on(self._heard, beat)
        if pulse.confidence >= (SURER if changes else SURE):
            self._heard = beat

    def _follow(self, pulse: Pulse) -> None:
        """Take the tapped beat on by what is heard, where that goes on from it."""
        before = self._followed
        if before is None or pulse.confidence < SURE:
            return
        beat = replace(_numbered(pulse, before), source="tap")
        off = abs(before.at(beat.time) - beat.beat)
        if off <= CLOSE and goes_on(before, beat):
            self._followed = beat


def _numbered(pulse: Pulse, before: Beat | None) -> Beat:
    """A beat of the pulse, counted on from one before: beat by beat, as the tempo may wander."""
    gone = 0 if before is None else round((pulse.beat_s - before.time) / pulse.period_s)
    number = gone + (0.0 if before is None else before.beat)
    return Beat("heard", pulse.beat_s, number, pulse.period_s)


_LASTS_S = {"midi": LOST_S, "link": LOST_S, "heard": REMEMBERED_S}
