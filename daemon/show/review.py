"""What the journal of a jam tells about it: how soon the replies came, how much was played.

Journal entries and sent messages in, figures out; nothing is read or printed here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.daemon import midi
from antiphon.daemon.messages import Timed
from antiphon.daemon.session.tracks import data_of


@dataclass(frozen=True, slots=True)
class Turn:
    """A reply: its notes, and how many seconds after the player's last event its first came."""

    delay_s: float
    notes: int


def replies(entries: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """The replies of a jam: what the machine played between two notes of the player's."""
    found: list[Turn] = []
    last_heard: float | None = None
    answered = True
    for entry in entries:
        if entry["is"] not in ("Heard", "Sent"):
            continue
        data = data_of(entry)
        if entry["is"] == "Heard":
            if midi.is_performed(data):
                last_heard = entry["time"]
                # The pedal may rise while the machine plays: that is no new turn.
                answered = answered and not midi.is_note_on(data)
        elif midi.is_note_on(data) and last_heard is not None:
            if not answered:
                found.append(Turn(entry["time"] - last_heard, 0))
                answered = True
            if not found:
                # It played before anybody struck a key: no reply.
                continue
            found[-1] = Turn(found[-1].delay_s, found[-1].notes + 1)
    return tuple(found)


def hung(sent: Iterable[Timed]) -> int:
    """How many notes of an output were never ended, or were started twice before their end."""
    sounding: set[tuple[int, int]] = set()
    restarted = 0
    for _, data in sent:
        if midi.is_note_on(data):
            place = midi.place(data)
            restarted += place in sounding
            sounding.add(place)
        elif midi.is_note_off(data):
            sounding.discard(midi.place(data))
    return len(sounding) + restarted
