"""Bars in turn: which bars are the machine's next, and where they lie in time. Pure.

Where the song's own bars are counted, as by a MIDI clock, they are shared out from its beginning,
the player's first. Otherwise the player's bars begin with the first note that they play; on Link,
where all know the bar lines, with the bar of it.
"""

import math
from dataclasses import dataclass, replace

from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat, Problem
from antiphon.daemon.performer.turns import Call

FLIPPED = 1.25
"""A beat so many times as long as before, or as short, is another level of the same beat."""

BREATHS = 8
"""The last of so many parts of the machine's bars, at most a beat, begins no note: a breath."""

JUMPED = 0.5
"""A beat so far from where the one before has it, in beats, is counted otherwise, or has jumped."""

ROUNDING = 1e-6
"""A bar that is so little ahead, in beats, has begun."""

UPBEAT = 3 / 8
"""Notes in so much of a bar's end, where there is a bar line, belong to the bar that comes."""

WAITS_S = 4.0
"""The player plays for so long before they are told that there is no beat to trade by."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The machine's bars, from one beat to another, and the beat that says when that is."""

    first: float
    last: float
    beat: Beat

    @property
    def begin_s(self) -> float:
        """The bar line with which they begin."""
        return self.beat.time_of(self.first)

    @property
    def end_s(self) -> float:
        """The bar line with which they end."""
        return self.beat.time_of(self.last)

    @property
    def last_onset_s(self) -> float:
        """After this no note begins."""
        return self.beat.time_of(self.last - min(1.0, (self.last - self.first) / BREATHS))

    def by(self, beat: Beat) -> "Bars":
        """The same bars, by a newer beat."""
        return replace(self, beat=beat)

    def is_off(self, beat: Beat) -> bool:
        """Whether these bars are not to come, or to go on, by a newer beat."""
        return stands_still(beat) or not goes_on(self.beat, beat)


@dataclass
class Trading:
    """Where the player's bars began: at ``anchor``, as ``beat`` counts."""

    anchor: float | None = None
    beat: Beat | None = None
    told: str = ""

    def coming(self, beat: Beat, call: Call, length: int, bar: int, now: float) -> Bars | None:
        """The machine's next bars, None where it has nothing to answer.

        They are ``length`` beats, each bar ``bar`` of them.
        """
        if call.began_s is None or stands_still(beat):
            return None
        if beat.counted:
            anchor = _shared_out(beat.at(now), length)
        else:
            anchor = self._begun(beat, call.began_s, length, bar)
            # The beat may have become known only after the player had played for a while.
            anchor += length * max(0, math.ceil((beat.at(now) - anchor) / length) - 1)
        self.anchor, self.beat = anchor, beat
        found = Bars(anchor + length, anchor + 2 * length, beat)
        return None if found.begin_s - call.last_event_s > length * beat.period else found

    def _begun(self, beat: Beat, began_s: float, length: int, bar: int) -> float:
        """The beat with which the player's bars began: their first note, without anybody to ask."""
        began = beat.at(began_s)
        counts_on = self.beat is not None and goes_on(self.beat, beat)
        if counts_on and self.anchor is not None and began <= self.anchor + length:
            return self.anchor
        if beat.source == "link":
            return float(math.floor(began / bar + UPBEAT) * bar)
        # A clock that was joined while it ran does not tell which pulse is the beat.
        return began if beat.source == "midi" else float(round(began))

    def taken(self, bars: Bars) -> None:
        """The machine begins these bars; after them it is the player's turn."""
        self.anchor = bars.last

    def forget(self) -> None:
        """Count anew from the player's next note."""
        self.anchor = None

    def troubles(self, controls: Controls, beat: Beat | None, call: Call) -> list[Problem]:
        """What is missing for bars to be traded: a line for the user when that changes."""
        lacking = _lack(controls.sync, beat) if controls.mode == "trade" else ""
        if lacking != self.told and call.length_s <= WAITS_S:
            lacking = ""
        if lacking == self.told:
            return []
        self.told = lacking
        return [Problem(lacking, "trade")]


def goes_on(before: Beat, beat: Beat) -> bool:
    """Whether a beat counts on from another, in much the same tempo."""
    shorter, longer = sorted((before.period, beat.period))
    off = abs(before.at(beat.time) - beat.beat)
    return before.source == beat.source and longer <= FLIPPED * shorter and off <= JUMPED


def stands_still(beat: Beat) -> bool:
    """Whether there is a song whose bars do not go by."""
    return beat.counted and not beat.running


def _shared_out(at: float, length: int) -> float:
    """The beat with which the player's bars begin that come before the machine's next."""
    at += ROUNDING
    anchor = math.floor(at / (2 * length)) * 2 * length
    return float(anchor if at < anchor + length else anchor + 2 * length)


def _lack(sync: str, beat: Beat | None) -> str:
    if beat is None:
        return _LACKS[sync]
    return "trade waits for the sequencer to start" if stands_still(beat) else ""


_LACKS = {
    "off": "trade needs a beat: set sync to heard, tap, midi or link",
    "heard": "trade hears no steady beat yet: play in time, or tap it",
    "tap": "trade needs a beat: tap it",
    "midi": "trade hears no MIDI clock: start it, or set sync to heard or tap",
    "link": "trade finds nobody on Link: switch it on elsewhere, or set sync to heard or tap",
}
