"""Whether the first note of a reply is there when the player's turn ends.

Held-out calls are played to the daemon's own musician; all that it does takes as long as it really
takes on this machine. A note is ready if it was handed over, with its time, before the turn ended.
The turn that counts is the first to end behind the call's last note: a pedal that is let go later,
or a key that was held on, ends no other.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import FromPerformer, Schedule, State
from antiphon.daemon.performer.context import message_of
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.session.jamming import Jam, Now
from antiphon.export.passages import sequence
from antiphon.export.replies import calls
from antiphon.export.task import Task
from antiphon.model.errors import ModelError
from antiphon.model.events import KEYS, STEP_S, Event

WAITS_S = 6.0
"""A reply that has not begun by then does not come."""

LOOK_S = 0.5

ROUNDING_S = 0.0005
"""A turn's end is told in milliseconds."""


def measure(task: Task) -> dict[str, Any]:
    """Call at most ``task.count`` times; raises ModelError where no call can be cut."""
    passages = calls(task.packed, task.count, np.random.default_rng(task.seed))
    if not passages:
        raise ModelError("no piece is long enough for a call")
    spare_s: list[float] = []
    for index, passage in enumerate(task.progress(passages)):
        call = sequence(passage.call, passage.call_pedals, 0.0)
        found = spare(task.engine, call, task.seed + index, MonotonicClock().now)
        if found is not None:
            spare_s.append(found)
    if not spare_s:
        raise ModelError("no call was answered")
    ready = np.array(spare_s) >= -ROUNDING_S
    return {
        "first_notes": {
            "calls": len(passages),
            "answered": len(spare_s),
            "ready": float(ready.mean()),
            "spare_ms": {
                "p50": float(np.percentile(spare_s, 50) * 1e3),
                "p01": float(np.percentile(spare_s, 1) * 1e3),
                "least": min(spare_s) * 1e3,
            },
        }
    }


def spare(engine: Engine, call: list[Event], seed: int, clock: Now) -> float | None:
    """How many seconds before the turn ended the first note was handed over, None for none."""
    jam = Jam(engine, Controls(), seed, clock)
    times_s = np.cumsum([0.0, *(STEP_S[event.step] for event in call[1:])])
    messages = [
        (float(time), message_of(event, 0)) for time, event in zip(times_s, call, strict=True)
    ]
    # The musician counts what it hears from 1.
    whole_call = max(seq for seq, event in enumerate(call, start=1) if event.kind < KEYS)
    end_s = messages[-1][0]
    found = None
    # A little at a time, as no more of the reply is looked at than its beginning.
    for until_s in np.arange(end_s, end_s + WAITS_S, LOOK_S):
        jam.play(messages, float(until_s))
        messages = []
        found = _found(jam.said, whole_call)
        if found is not None:
            break
    return found


def _found(said: Sequence[tuple[float, FromPerformer]], whole_call: int) -> float | None:
    """The same, of what a musician said; ``whole_call`` is the last note's number."""
    ends_s = None
    for time, what in said:
        match what:
            case State(values={"turn_ends_in_s": float(left_s)}):
                ends_s = time + left_s
            case Schedule(heard=heard, messages=planned) if heard >= whole_call:
                if ends_s is not None and any(midi.is_note_on(data) for _, data in planned):
                    return ends_s - time
    return None


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["first_notes"]
    spare_ms = figures["spare_ms"]
    yield f"{figures['answered']} of {figures['calls']} calls answered"
    yield f"  first note ready when the turn ends   {figures['ready']:.1%}"
    yield (
        f"  handed over before that by            {spare_ms['p50']:.1f} / {spare_ms['p01']:.1f} / "
        f"{spare_ms['least']:.1f} ms (median / all but 1 % / least)"
    )
