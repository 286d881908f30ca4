"""Memory: does what the player played come back, and is a verdict of theirs heeded?

An evening is some passages in a row of one held-out piece, each a call that the machine replies to.
A figure is five notes of a top line, as ``line`` has it, in any key and rhythm. Measured is the
share of figures that stood before: those of the replies in the player's calls so far, by ``echo``,
beside those of the player's next call; and those of the later replies in the first one, after no
verdict on it, "that was good" and "not that". What stood in another evening is chance.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Timed
from antiphon.daemon.performer.line import Line
from antiphon.daemon.session.jamming import Jam
from antiphon.export.company import as_played
from antiphon.export.passages import interleaved
from antiphon.export.replies import CALL_S, FEWEST_NOTES
from antiphon.export.task import Task
from antiphon.model import views
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import NOTE_OFF

CALLS = 4
LISTENS_S = 14.0
"""The player waits for so long after each call: the longest reply is over by then."""

SEARCH_S = 2.0
"""A call ends at the longest pause within so much of where it is to end."""

FIGURE = 5
DEFAULT = "0.2"
ECHOES = {DEFAULT: Controls(), **{str(echo): Controls(echo=echo) for echo in (0.0, 0.5, 1.0)}}
VERDICTS = {"good": True, "bad": False}

Figures = list[tuple[int, ...]]
Evening = list[Figures]
"""The figures of all calls of an evening, or of all replies."""


def measure(task: Task) -> dict[str, Any]:
    """Play at most ``task.count`` evenings; raises ModelError where fewer than two can be cut."""
    rng = np.random.default_rng(task.seed)
    evenings = list(_evenings(task.packed, task.count, rng))
    if len(evenings) < 2:
        raise ModelError(f"fewer than two pieces have {CALLS} calls of {FEWEST_NOTES} notes")
    calls = [[figures(call) for call in evening] for evening in evenings]
    replies: dict[str, list[Evening]] = {name: [] for name in (*ECHOES, *VERDICTS)}
    for seed, evening in enumerate(task.progress(evenings), start=task.seed):
        for name in replies:
            jam = Jam(task.engine, ECHOES.get(name, Controls()), seed)
            made = played(jam, evening, VERDICTS.get(name))
            replies[name].append([figures(reply) for reply in made])
    nexts = [evening[1:] for evening in calls]
    verdicts = {"none": replies[DEFAULT], **{name: replies[name] for name in VERDICTS}}
    return {
        "memory": {
            "evenings": len(evenings),
            "player": _shares(nexts, calls),
            "echo": {name: _shares(replies[name], calls) for name in sorted(ECHOES)},
            "verdict": {
                name: _shares([later for _, *later in made], [first[:1] for first in made])
                for name, made in verdicts.items()
            },
        }
    }


def _evenings(packed: Corpus, count: int, rng: np.random.Generator) -> Iterator[list[list[Timed]]]:
    found = 0
    for piece in interleaved(list(packed.pieces), rng):
        if found == count:
            return
        calls = _calls(packed, piece, rng)
        if calls is not None:
            found += 1
            yield [as_played(call) for call in calls]


def _calls(packed: Corpus, piece: Piece, rng: np.random.Generator) -> list[Notes] | None:
    """Passages in a row of one piece, each from 0 s; None where there is too little of it."""
    notes, long_s = packed.notes(piece), CALLS * CALL_S + SEARCH_S
    first_s, last_s = float(notes["onset"][0]), float(notes["onset"][-1])
    begin_s = first_s + rng.random() * max(0.0, last_s - first_s - long_s)
    stretch = notes[(notes["onset"] >= begin_s) & (notes["onset"] < begin_s + long_s)].copy()
    stretch, _ = views.by_a_person(piece, stretch, packed.pedals(piece)[:0].copy(), rng)
    ends_s = [_pause_s(stretch, begin_s + CALL_S * (at + 1)) for at in range(CALLS)]
    calls = []
    for from_s, to_s in pairwise([-np.inf, *ends_s]):
        call = stretch[(stretch["onset"] >= from_s) & (stretch["onset"] < to_s)].copy()
        if len(call) < FEWEST_NOTES:
            return None
        call["offset"] = np.minimum(call["offset"], to_s)
        began_s = call["onset"].min()
        call["onset"] -= began_s
        call["offset"] -= began_s
        calls.append(call)
    return calls


def _pause_s(notes: Notes, wished_s: float) -> float:
    """When the note begins that comes after the longest pause near a time."""
    near_s = np.unique(notes["onset"][np.abs(notes["onset"] - wished_s) <= SEARCH_S])
    return float(near_s[1 + np.argmax(np.diff(near_s))]) if len(near_s) > 1 else wished_s


def played(jam: Jam, calls: Iterable[Sequence[Timed]], good: bool | None) -> list[list[Timed]]:
    """The replies to calls; of the first the player says whether it was good, or nothing (None)."""
    replies = []
    for call in calls:
        begin_s, before = jam.now, len(jam.sent)
        end_s = begin_s + call[-1][0] + LISTENS_S
        jam.play([(begin_s + time_s, data) for time_s, data in call], end_s)
        jam.now = max(jam.now, end_s)
        replies.append(jam.sent[before:])
        if len(replies) == 1 and good is not None:
            jam.judge(good=good)
    return replies


def figures(messages: Iterable[Timed]) -> Figures:
    """The intervals of each five notes in a row of the top line, in semitones."""
    line, keys = Line(), list[int]()
    for time_s, data in messages:
        if midi.is_note_on(data) or midi.is_note_off(data):
            line.follow(time_s, midi.key(data) + NOTE_OFF * midi.is_note_off(data))
        if line.key is not None:
            keys[line.count - 1 :] = [line.key]
    steps = [after - before for before, after in pairwise(keys)]
    return [tuple(steps[at : at + FIGURE - 1]) for at in range(len(steps) - FIGURE + 2)]


def _shares(found: Sequence[Evening], stood: Sequence[Evening]) -> dict[str, float]:
    """How many figures of stretches stood in what came before each, and how many elsewhere."""
    total = own = other = 0
    for index, evening in enumerate(found):
        for at, stretch in enumerate(evening, start=1):
            total += len(stretch)
            own += _among(stretch, stood[index][:at])
            other += _among(stretch, stood[index - 1][:at])
    return {"figures": total, "own": own / max(1, total), "other": other / max(1, total)}


def _among(stretch: Figures, stood: Iterable[Figures]) -> int:
    known = set(chain.from_iterable(stood))
    return sum(figure in known for figure in stretch)


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    memory = found["memory"]
    yield f"{memory['evenings']} evenings of {CALLS} calls; {FIGURE}-note figures that stood before"
    yield f"\n{'in the calls so far':<28}{'own':>9}{'others':>9}{'of':>8}"
    yield _row("the player's next call", memory["player"])
    for name, row in memory["echo"].items():
        yield _row(f"replies, echo {name}", row)
    yield f"\n{'in the first reply':<28}{'own':>9}{'others':>9}{'of':>8}"
    for name, row in memory["verdict"].items():
        yield _row(f"later replies, verdict {name}", row)


def _row(name: str, row: dict[str, float]) -> str:
    return f"{name:<28}{row['own']:>9.2%}{row['other']:>9.2%}{row['figures']:>8.0f}"
