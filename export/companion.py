"""What is counted of a part that is played beside a player: a `CompanionStats`. Pure.

The part may be the machine's or the true other one of a recorded duet; all is counted alike. Notes
sound from key down to key up; pedals are not looked at.
"""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.export.chord_track import ChordTrack
from antiphon.model.arrays import Notes

IN_TIME_S = 0.04
"""A note is in time with an onset, or on a beat, so near."""

RESTRIKE_S = 0.15
"""A key struck again so soon after its note ended is a restrike, after it began a stutter.

Accompaniments repeat chords, so many of their notes are restrikes; hardly any are stutters.
"""

CLASH_S = 0.05
"""Two notes a semitone apart clash when they sound together for so long."""

DRONE_S, DRONE_MEDIANS, DRONE_OTHERS = 2.0, 4.0, 8
"""A drone lasts longer, and so many of the part's medians, while so many notes begin."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CompanionStats:
    """Counts of a part's notes, and seconds; those of several passages can be added.

    ``judged`` are the notes where beats are known. ``key_sum`` adds up the keys. Of ``chorded_s``,
    the time for which notes sound where a chord is known, ``in_chord_s`` is in tones of the chord.
    """

    notes: int = 0
    in_time: int = 0
    judged: int = 0
    on_beat: int = 0
    restrikes: int = 0
    stutters: int = 0
    clashes: int = 0
    drones: int = 0
    key_sum: int = 0
    in_chord_s: float = 0.0
    chorded_s: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "CompanionStats") -> "CompanionStats":
        return CompanionStats(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def density(self) -> float:
        """Notes a second."""
        return self.notes / self.seconds

    @property
    def register(self) -> float | None:
        """The mean key, None without notes."""
        return _share(self.key_sum, self.notes)

    def shares(self) -> dict[str, float | None]:
        """The shares of notes, and of time for harmony; None where nothing could be judged."""
        return {
            "in_time": _share(self.in_time, self.notes),
            "on_beat": _share(self.on_beat, self.judged),
            "restrikes": _share(self.restrikes, self.notes),
            "stutters": _share(self.stutters, self.notes),
            "clashes": _share(self.clashes, self.notes),
            "drones": _share(self.drones, self.notes),
            "in_chord": _share(self.in_chord_s, self.chorded_s),
        }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def stats_of(
    part: Notes, player: Notes, chords: ChordTrack, beats_s: Floats | None, seconds: float
) -> CompanionStats:
    """What a part is like beside a player, from 0 s to ``seconds``; both ascend by onset."""
    is_judged = np.zeros(len(part), np.bool_)
    is_on_beat = is_judged
    if beats_s is not None and len(beats_s):
        reach_s = (beats_s[0] - IN_TIME_S, beats_s[-1] + IN_TIME_S)
        is_judged = (part["onset"] >= reach_s[0]) & (part["onset"] <= reach_s[1])
        is_on_beat = is_judged & near(part["onset"], beats_s)
    in_chord_s, chorded_s = chords.harmony_s(part)
    return CompanionStats(
        notes=len(part),
        in_time=int(near(part["onset"], player["onset"]).sum()),
        judged=int(is_judged.sum()),
        on_beat=int(is_on_beat.sum()),
        restrikes=int(struck_again(part, "offset").sum()),
        stutters=int(struck_again(part, "onset").sum()),
        clashes=int(clashes(part, player).sum()),
        drones=int(drones(part, player).sum()),
        key_sum=int(part["key"].astype(int).sum()),
        in_chord_s=in_chord_s,
        chorded_s=chorded_s,
        seconds=seconds,
    )


def near(times_s: NDArray[np.floating], others_s: NDArray[np.floating]) -> Bools:
    """Which times have one of the others within ``IN_TIME_S``."""
    apart_s = np.abs(times_s[:, None].astype(float) - others_s.astype(float))
    return np.asarray((apart_s <= IN_TIME_S).any(axis=1))


def struck_again(part: Notes, since: str) -> Bools:
    """Which notes begin within ``RESTRIKE_S`` of the same key's last ``onset`` or ``offset``."""
    found = np.zeros(len(part), np.bool_)
    by_key = np.lexsort((part["onset"], part["key"]))
    earlier, later = by_key[:-1], by_key[1:]
    gap_s = part["onset"][later].astype(float) - part[since][earlier]
    found[later] = (part["key"][later] == part["key"][earlier]) & (gap_s <= RESTRIKE_S)
    return found


def clashes(part: Notes, player: Notes) -> Bools:
    """Which notes sound for ``CLASH_S`` together with a key of the player's a semitone away."""
    apart = np.abs(part["key"][:, None].astype(int) - player["key"].astype(int))
    begin_s = np.maximum(part["onset"][:, None], player["onset"]).astype(float)
    end_s = np.minimum(part["offset"][:, None], player["offset"]).astype(float)
    return np.asarray(((apart == 1) & (end_s - begin_s >= CLASH_S)).any(axis=1))


def drones(part: Notes, player: Notes) -> Bools:
    """Which notes are held on and on while others, of either part, begin."""
    if not len(part):
        return np.zeros(0, np.bool_)
    lasts_s = part["offset"].astype(float) - part["onset"]
    is_long = (lasts_s > DRONE_S) & (lasts_s >= DRONE_MEDIANS * np.median(lasts_s))
    onsets_s = np.sort(np.concatenate([part["onset"], player["onset"]]))
    begun = np.searchsorted(onsets_s, part["offset"]) - np.searchsorted(
        onsets_s, part["onset"], side="right"
    )
    return np.asarray(is_long & (begun >= DRONE_OTHERS))
