"""How replies end: at a rest or in mid-figure, and on which note, beside how people end.

To held-out calls it replies as for ``replies``. A reply ends *at a rest* where it was ended by a
gap of ``REST_S`` at least that the model drew, and else was *cut off*. The gap at its end is that
from its last onset to the event that was drawn next: it ends *in mid-figure* where that is no
longer than ``ABOUT`` its usual gap, the median between its chords. Both are seen in what the engine
drew one by one: where another take was chosen that was at its end already, in the first take, which
may have been left before its own. *Home* is a top note in the
tonic's triad, *on the root* a lowest note that is the tonic, of the last chord, by the call's key.

People end where the call does, at a pause: the gap is that to the piece's next note. *Anywhere* is
at each chord of what follows the call in the piece, as if it were the last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.ending import REST_S
from antiphon.daemon.performer.engine import Branches
from antiphon.daemon.performer.harmony import Key, KeyTracker
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.performer.turns import CHORD_S
from antiphon.export.answering import answer
from antiphon.export.passages import Passage, sequence
from antiphon.export.replies import FEWEST_NOTES, calls
from antiphon.export.task import Measured, Task
from antiphon.model.arrays import Notes
from antiphon.model.errors import ModelError
from antiphon.model.events import NOTE_OFF, STEP_S, Event

ABOUT = 1.1
SIDES = {"reply": "replies", "call": "people's calls", "anywhere": "anywhere"}


@dataclass
class Witness:
    """An engine that also keeps the events that it drew."""

    engine: Measured
    drawn: list[Event] = field(default_factory=list)

    @property
    def window(self) -> int:
        """How many events an event attends to."""
        return self.engine.window

    @property
    def length(self) -> int:
        """How many events it holds."""
        return self.engine.length

    def tell(self, condition: Floats) -> None:
        """Tell the condition."""
        self.engine.tell(condition)

    def rewind(self, mark: int) -> None:
        """Forget what came after ``mark``."""
        self.engine.rewind(mark)

    def branch(self, count: int, mark: int) -> Branches:
        """Continuations side by side."""
        return self.engine.branch(count, mark)

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        """Take in events and draw the next one."""
        found = self.engine.advance(new, query, moments)
        self.drawn.append(found.event)
        return found


@dataclass(frozen=True, slots=True)
class End:
    """``gap`` is in usual gaps, None where it is not known; home and root where there is a key."""

    gap: float | None
    home: bool | None
    root: bool | None


def measure(task: Task) -> dict[str, Any]:
    """Reply to at most ``task.count`` calls; raises ModelError where none can be cut."""
    passages = calls(task.packed, task.count, np.random.default_rng(task.seed))
    if not passages:
        raise ModelError(f"no piece has a call and an answer of {FEWEST_NOTES} notes")
    ends: dict[str, list[End]] = {side: [] for side in SIDES}
    replies = rests = 0
    for seed, passage in enumerate(task.progress(passages), start=task.seed):
        witness, key = Witness(task.engine), key_of(passage.call)
        call = sequence(passage.call, passage.call_pedals, 0.0)
        reply = answer(witness, call, Controls(), seed).notes
        if len(reply):
            replies += 1
            rests += STEP_S[witness.drawn[-1].step] >= REST_S
            ends["reply"].append(end_of(reply, gap_at_the_end_s(witness.drawn), key))
        ends["call"].append(end_of(passage.call, _pause_s(passage), key))
        ends["anywhere"] += everywhere(passage.answer, key)
    found = {side: _figures(rows) for side, rows in ends.items()}
    return {"endings": {"calls": len(passages), "replies": replies, "rests": int(rests), **found}}


def _pause_s(passage: Passage) -> float:
    return float(passage.answer["onset"][0] - passage.call["onset"].max())


def key_of(notes: Notes) -> Key | None:
    """The key that is heard in notes."""
    tracker = KeyTracker()
    for note in notes:
        tracker.strike(float(note["onset"]), int(note["key"]))
    return tracker.key()


def gap_at_the_end_s(drawn: Sequence[Event]) -> float | None:
    """From the last note that sounded to the event drawn last, which ended the reply."""
    gap_s = float(STEP_S[drawn[-1].step])
    for event in reversed(drawn[:-1]):
        if event.kind < NOTE_OFF:
            return gap_s
        gap_s += float(STEP_S[event.step])
    return None


def end_of(notes: Notes, gap_s: float | None, key: Key | None) -> End:
    """How notes end, with such a gap behind their last onset."""
    onsets_s = notes["onset"].astype(float)
    usual_s = usual_gap_s(onsets_s)
    gap = None if gap_s is None or usual_s is None else gap_s / usual_s
    last = notes["key"][onsets_s > onsets_s.max() - CHORD_S].astype(int)
    if key is None:
        return End(gap, None, None)
    return End(gap, int(last.max()) % 12 in key.triad, int(last.min()) % 12 == key.tonic)


def usual_gap_s(onsets_s: NDArray[np.float64]) -> float | None:
    """The median gap from chord to chord, None where there is but one."""
    gaps_s = np.diff(np.sort(onsets_s))
    gaps_s = gaps_s[gaps_s > CHORD_S]
    return float(np.median(gaps_s)) if len(gaps_s) else None


def everywhere(notes: Notes, key: Key | None) -> Iterator[End]:
    """How notes would end at each chord but the last, were it the last."""
    onsets_s = np.sort(notes["onset"].astype(float))
    usual_s = usual_gap_s(onsets_s)
    for at in np.flatnonzero(np.diff(onsets_s) > CHORD_S).tolist():
        end = end_of(notes[notes["onset"] <= onsets_s[at]], None, key)
        gap_s = onsets_s[at + 1] - onsets_s[at]
        yield End(gap_s / usual_s if usual_s else None, end.home, end.root)


def _figures(ends: Sequence[End]) -> dict[str, float]:
    gaps = np.array([end.gap for end in ends if end.gap is not None])
    keyed = [end for end in ends if end.home is not None]
    return {
        "ends": len(ends),
        "mid_figure": float((gaps <= ABOUT).mean()) if len(gaps) else float("nan"),
        "gap": float(np.median(gaps)) if len(gaps) else float("nan"),
        "home": float(np.mean([end.home for end in keyed])) if keyed else float("nan"),
        "root": float(np.mean([end.root for end in keyed])) if keyed else float("nan"),
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["endings"]
    count, rests = figures["replies"], figures["rests"]
    yield (
        f"{count} replies to {figures['calls']} calls: {rests} end at a rest, {count - rests} are "
        "cut off"
    )
    heads = ("in mid-figure", "usual gaps", "home", "on the root", "of")
    yield f"{'':<16}" + "".join(f"{head:>14}" for head in heads)
    for side, name in SIDES.items():
        row = figures[side]
        yield (
            f"{name:<16}{row['mid_figure']:>14.1%}{row['gap']:>14.2f}{row['home']:>14.1%}"
            f"{row['root']:>14.1%}{row['ends']:>14}"
        )
