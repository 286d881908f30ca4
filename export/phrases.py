"""Where the phrases of a recorded performance end, found with the future in view. Pure.

Onsets less than 50 ms apart are one. The pace of a place is the median gap among the eight onsets
before it and the eight after. A phrase ends with an onset that is followed by

- a *rest*: a gap of at least twice the pace and 0.5 s, in which no key is down for at least half
  the pace and 0.25 s, or
- a *hold*: a gap of at least two and a half times the pace and 0.8 s (a long final note, a
  fermata), or
- nothing: the *last* of the piece,

if no gap among the eight before and after is longer and at least 2 s have passed since the last
end. Where two *sections* meet (``sections``), it ends with the longest gap of the four before and
after, if that is one and a half times the pace and 0.5 s. Everything else is within a phrase. The
pedal says nothing here: it is often down in rests.

A rest or hold that is no end by these last conditions is *unsure*: whether a longer one follows or
the phrase is long enough, nobody knows who only hears it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.export import sections
from antiphon.model.arrays import Notes

CHORD_S = 0.05
AROUND = 8
REST_GAPS, SHORTEST_REST_S = 2.0, 0.5
REST_SILENCES, SHORTEST_SILENCE_S = 0.5, 0.25
HOLD_GAPS, SHORTEST_HOLD_S = 2.5, 0.8
SHORTEST_PHRASE_S = 2.0
NEAR_SECTION, SECTION_GAPS, SHORTEST_SECTION_S = 4, 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """From an onset to the next: when, and how a phrase ends there.

    ``end`` is ``rest``, ``hold``, ``section`` or ``last``; None within a phrase, where it may be
    ``unsure`` whether the player was done. ``until_s`` is infinite after the last onset.
    """

    onset_s: float
    until_s: float
    end: str | None
    unsure: bool = False


def places(notes: Notes) -> list[Place]:
    """Every onset of a piece, chords as one, ascending."""
    onsets_s = notes["onset"].astype(float)
    first = np.flatnonzero(np.diff(onsets_s, prepend=-np.inf) > CHORD_S)
    begins_s = onsets_s[first]
    gaps_s = np.diff(begins_s)
    closing = _closing(sections.meet_at(notes, begins_s[1:]), gaps_s)
    return list(_marked(begins_s, gaps_s, _silences(notes, begins_s), closing))


def _closing(meet: NDArray[np.bool_], gaps_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which gaps close a section: the longest near each place where two meet."""
    found = np.zeros(len(gaps_s), np.bool_)
    for index in np.flatnonzero(meet).tolist():
        low = max(0, index - NEAR_SECTION)
        found[low + int(np.argmax(gaps_s[low : index + NEAR_SECTION + 1]))] = True
    return found


def _silences(notes: Notes, begins_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How long no key is down before each onset but the first."""
    reach_s = np.maximum.accumulate(notes["offset"].astype(float))
    before = np.searchsorted(notes["onset"], begins_s[1:] - 1e-6) - 1
    return np.maximum(begins_s[1:] - reach_s[before], 0.0)


def _marked(
    begins_s: NDArray[np.float64],
    gaps_s: NDArray[np.float64],
    silent_s: NDArray[np.float64],
    closing: NDArray[np.bool_],
) -> Iterator[Place]:
    began_s = begins_s[0]
    for index, gap_s in enumerate(gaps_s.tolist()):
        low = max(0, index - AROUND)
        near_s = gaps_s[low : index + AROUND + 1]
        pace_s = float(np.median(near_s))
        silent = silent_s[index] >= max(REST_SILENCES * pace_s, SHORTEST_SILENCE_S)
        rests = silent and gap_s >= max(REST_GAPS * pace_s, SHORTEST_REST_S)
        holds = gap_s >= max(HOLD_GAPS * pace_s, SHORTEST_HOLD_S)
        looks_over = rests or holds
        closes = closing[index] and gap_s >= max(SECTION_GAPS * pace_s, SHORTEST_SECTION_S)
        outstanding = closes or (looks_over and gap_s >= near_s.max())
        is_long = begins_s[index] - began_s >= SHORTEST_PHRASE_S
        kind = "section" if closes else "rest" if rests else "hold"
        end = kind if outstanding and is_long else None
        if end:
            began_s = begins_s[index + 1]
        unsure = looks_over and not end
        yield Place(float(begins_s[index]), float(begins_s[index + 1]), end, unsure)
    yield Place(float(begins_s[-1]), np.inf, "last")
