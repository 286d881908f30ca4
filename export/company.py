"""Playing together: are the machine's notes as consonant with the player's chord as a person's?

The player is one part of held-out pieces in two. Beside it plays the machine, or the other part of
the piece. A note is consonant if it belongs to the chord that the player's keys made last, as
``harmony`` names it. How much each plays where the player leaves no room is counted, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Timed
from antiphon.daemon.performer.harmony import chord_of
from antiphon.daemon.performer.room import Room
from antiphon.daemon.session.jamming import Jam
from antiphon.export.passages import interleaved
from antiphon.export.task import Task
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError

PASSAGE_S = 40.0
SETTLING_S = 5.0
"""What is played at first is not judged."""

LASTS_S = 2.0
"""A chord is the player's for so long after its end, or until the next."""

FEWEST_NOTES = 24


@dataclass(frozen=True, slots=True)
class Beside:
    """Onsets of somebody beside the player: judged against a chord, consonant, in no room at all.

    ``crowded_s`` is how long there was no room.
    """

    judged: int = 0
    consonant: int = 0
    onsets: int = 0
    crowded: int = 0
    crowded_s: float = 0.0
    seconds: float = 0.0


def measure(task: Task) -> dict[str, Any]:
    """Play with at most ``task.count`` pieces; raises ModelError where none has two parts."""
    rng = np.random.default_rng(task.seed)
    duets = list(_duets(task.packed, task.count, rng))
    if not duets:
        raise ModelError(f"no piece has two parts of {FEWEST_NOTES} notes each")
    machine, true, chance = list[Beside](), list[Beside](), list[Beside]()
    others = [other for _, other in duets]
    for index, (player, other) in enumerate(task.progress(duets)):
        played = as_played(player)
        jam = Jam(task.engine, Controls(mode="together"), task.seed + index)
        jam.play(played, PASSAGE_S)
        machine.append(judged(played, jam.sent))
        true.append(judged(played, as_played(other)))
        chance.append(judged(played, as_played(others[index - 1])))
    sides = {"machine": machine, "true": true, "other": chance}
    return {"company": {"pieces": len(duets), **{k: _figures(v) for k, v in sides.items()}}}


def _duets(packed: Corpus, count: int, rng: np.random.Generator) -> Iterator[tuple[Notes, Notes]]:
    """The player's part and the other's of a passage a piece; who is who is drawn."""
    found = 0
    for piece in interleaved(list(packed.pieces), rng):
        if found == count:
            return
        duet = _passage(packed, piece, rng)
        if duet is not None:
            found += 1
            yield duet if rng.random() < 0.5 else duet[::-1]


def _passage(packed: Corpus, piece: Piece, rng: np.random.Generator) -> tuple[Notes, Notes] | None:
    notes = packed.notes(piece)
    latest_s = float(notes["onset"][-1]) - PASSAGE_S
    begin_s = float(notes["onset"][0]) + rng.random() * max(0.0, latest_s - notes["onset"][0])
    notes = notes[(notes["onset"] >= begin_s) & (notes["onset"] < begin_s + PASSAGE_S)].copy()
    for name in ("onset", "offset"):
        notes[name] -= begin_s
    upper, lower = notes[notes["part"] == 0], notes[notes["part"] == 1]
    return (upper, lower) if min(len(upper), len(lower)) >= FEWEST_NOTES else None


def as_played(notes: Notes) -> list[Timed]:
    """The messages of notes whose onsets and offsets are seconds; endings come first."""
    messages: list[tuple[float, bool, bytes]] = []
    for note in notes:
        key, velocity = int(note["key"]), max(1, int(note["velocity"]))
        messages.append((float(note["onset"]), True, midi.note_on(0, key, velocity)))
        messages.append((float(note["offset"]), False, midi.note_off(0, key)))
    return [(time, data) for time, _, data in sorted(messages)]


def judged(player: Sequence[Timed], beside: Iterable[Timed]) -> Beside:
    """How what is played beside a player goes with it; both ascend in time."""
    room, keys = Room(), set[int]()
    tones, named_s = frozenset[int](), -LASTS_S
    judged = consonant = onsets = crowded = 0
    crowded_s, before_s = 0.0, 0.0
    tagged = [(time, False, data) for time, data in player]
    tagged += [(time, True, data) for time, data in beside]
    for time, is_beside, data in sorted(tagged, key=lambda item: item[:2]):
        if time >= PASSAGE_S:
            break
        crowded_s += (time - before_s) * (room.left(before_s) == 0.0)
        before_s = time
        if (chord := chord_of(keys)) is not None:
            tones, named_s = chord.tones, time
        if is_beside:
            if midi.is_note_on(data) and time >= SETTLING_S:
                onsets += 1
                crowded += room.left(time) == 0.0
                if time - named_s <= LASTS_S:
                    judged += 1
                    consonant += midi.key(data) % 12 in tones
            continue
        if midi.is_note_on(data):
            room.strike(time)
            keys.add(midi.key(data))
        elif midi.is_note_off(data):
            keys.discard(midi.key(data))
    return Beside(judged, consonant, onsets, crowded, crowded_s, before_s - SETTLING_S)


def _figures(found: Sequence[Beside]) -> dict[str, float]:
    judged = sum(one.judged for one in found)
    seconds = sum(one.seconds for one in found)
    crowded_s = sum(one.crowded_s for one in found)
    return {
        "judged": judged,
        "consonant": sum(one.consonant for one in found) / max(1, judged),
        "notes_a_second": sum(one.onsets for one in found) / max(1e-9, seconds),
        "crowded_s": crowded_s,
        "crowded_notes_a_second": sum(one.crowded for one in found) / max(1e-9, crowded_s),
    }


_NAMES = {"machine": "the machine", "true": "the other part", "other": "another piece's part"}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["company"]
    yield f"{figures['pieces']} pieces; no room for {figures['machine']['crowded_s']:.0f} s"
    heads = f"{'consonant':>10}{'of notes':>10}{'a second':>10}{'in no room':>12}"
    yield f"{'beside the player':<24}{heads}"
    for side, name in _NAMES.items():
        row = figures[side]
        yield (
            f"{name:<24}{row['consonant']:>10.1%}{row['judged']:>10}{row['notes_a_second']:>10.2f}"
            f"{row['crowded_notes_a_second']:>12.2f}"
        )
