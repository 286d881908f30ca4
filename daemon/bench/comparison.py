"""What left compared with what was played, message by message. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.messages import Timed

EXACT_S: Final = 0.001
"""So exactly are times known: nothing leaves before it was played."""
LATE_S: Final = 0.1
"""What arrives later than this is not what was played then."""
LOOK_AHEAD: Final = 256
"""No more than so many messages in a row are lost before a later one arrives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How what left differs from what was played."""

    played: int
    lost: int
    altered: int
    """Notes with another velocity."""
    added: int
    said_again: int
    """Note-offs of keys that had ended, said where the server may have dropped the first."""
    delays_s: tuple[float, ...]
    """From port to port, of those that arrived."""


def compared(played: Sequence[Timed], left: Sequence[Timed]) -> Difference:
    """Compare, in order; each message is given with its time in seconds."""
    delays: list[float] = []
    lost = altered = added = said_again = place = 0
    ended: set[midi.Place] = set()
    for number, (time, data) in enumerate(left):
        found = _found(played, place, time, data)
        if found not in (None, place) and midi.is_note_off(data) and midi.place(data) in ended:
            # Said again before what is due, or the next one, with what was due lost?
            later = left[number + 1 : number + 1 + LOOK_AHEAD]
            due_s, due = played[place]
            if any(one == due and came_s - due_s < LATE_S for came_s, one in later):
                found = None
        if found is None and _velocity_aside(played, place, time, data):
            altered += 1
            place += 1
        elif found is None:
            is_again = midi.is_note_off(data) and midi.place(data) in ended
            said_again += is_again
            added += not is_again
        else:
            lost += found - place
            delays.append(time - played[found][0])
            place = found + 1
        if midi.is_note_off(data):
            ended.add(midi.place(data))
        elif midi.is_note_on(data):
            ended.discard(midi.place(data))
    lost += len(played) - place
    return Difference(len(played), lost, altered, added, said_again, tuple(delays))


def _found(played: Sequence[Timed], place: int, time: float, data: bytes) -> int | None:
    for one in range(place, min(place + LOOK_AHEAD, len(played))):
        if played[one][0] > time + EXACT_S:
            return None
        if played[one][1] == data:
            return one
    return None


def _velocity_aside(played: Sequence[Timed], place: int, time: float, data: bytes) -> bool:
    if place == len(played) or not midi.is_note_on(data):
        return False
    played_s, expected = played[place]
    return played_s <= time + EXACT_S and expected[:2] == data[:2]
