"""Replies without a clock: the daemon's own musician hears a call, and time jumps to its next deed.

So a reply is drawn by the same drafts, masks and length rules as at the keyboard; only ports,
threads and waiting are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.config import ReplySettings
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.messages import Heard, Schedule, Settings, Timed
from antiphon.daemon.performer.context import message_of
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.performer.turns import Limits
from antiphon.model import conditions
from antiphon.model.arrays import NOTE, Notes
from antiphon.model.events import STEP_S, Event

MOST_STEPS = 4000
"""A reply that has not ended by then is given up; no piano roll plays so much in its time."""

STEP_TAKES_S = 0.001
"""Time has to pass, or a draft would wait for ever for the moment to go on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply's notes, times in seconds from the call's beginning, and what is wrong with it."""

    notes: Notes
    faults: tuple[str, ...]


def answer(engine: Engine, call: Sequence[Event], controls: Controls, seed: int) -> Answered:
    """Reply to a call, the player's events from silence to silence; its first is at 0 s."""
    engine.rewind(0)
    settings = ReplySettings()
    limits = Limits(settings.turn_floor_s, settings.turn_ceiling_s)
    musician = Musician(engine, limits, seed)
    musician.take(Settings(as_values(controls)), 0.0)
    now = 0.0
    for index, event in enumerate(call):
        now += float(STEP_S[event.step]) if index else 0.0
        musician.take(Heard(index + 1, now, message_of(event, 0)), now)
    call_end_s = now
    messages: list[Timed] = []
    for _ in range(MOST_STEPS):
        wake_s = musician.wake_s(now)
        if wake_s is None:
            return Answered(sounded(messages), tuple(faults(messages, call_end_s, controls)))
        now = max(now, wake_s + STEP_TAKES_S)
        for said in musician.work(now):
            if isinstance(said, Schedule):
                messages += said.messages
    wrong = ["does not end", *faults(messages, call_end_s, controls)]
    return Answered(sounded(messages), tuple(wrong))


def with_control(controls: Controls, name: str, position: float | None) -> Controls:
    """Controls with one of the musical ones set to a position in [0, 1], or unset."""
    if name not in conditions.CONTROLS:
        raise ValueError(f"{name!r} is none of {', '.join(conditions.CONTROLS)}")
    # Any of the musical controls takes what this one does.
    return replace(controls, **{name: position})  # type: ignore[arg-type]


def faults(messages: Iterable[Timed], call_end_s: float, controls: Controls) -> list[str]:
    """What no reply may do: each thing wrong, named once."""
    found: dict[str, None] = {}
    held: set[int] = set()
    pedal, notes, before_s = False, 0, call_end_s
    for time_s, data in messages:
        if time_s < before_s:
            found["is out of time"] = None
        before_s = time_s
        if midi.is_note_on(data):
            key, notes = midi.key(data), notes + 1
            if key in held:
                found["starts a key that sounds"] = None
            if not controls.lowest_key <= key <= controls.highest_key:
                found["leaves the keys allowed"] = None
            held.add(key)
        elif midi.is_note_off(data):
            if midi.key(data) not in held:
                found["ends a key that does not sound"] = None
            held.discard(midi.key(data))
        elif midi.is_sustain(data):
            pedal = midi.value(data) > 0
    if held or pedal:
        found["leaves something held"] = None
    if not notes:
        found["is empty"] = None
    return list(found)


def sounded(messages: Sequence[Timed]) -> Notes:
    """The notes of messages, ascending by onset; what is not ended ends with the last message."""
    rows: list[tuple[float, float, float, int, int, int]] = []
    open_notes: dict[int, tuple[float, int]] = {}
    for time_s, data in messages:
        if midi.is_note_on(data):
            open_notes.setdefault(midi.key(data), (time_s, midi.velocity(data)))
        elif midi.is_note_off(data) and midi.key(data) in open_notes:
            onset_s, velocity = open_notes.pop(midi.key(data))
            rows.append((onset_s, time_s, 0.0, midi.key(data), velocity, 0))
    for key, (onset_s, velocity) in open_notes.items():
        rows.append((onset_s, messages[-1][0], 0.0, key, velocity, 0))
    return np.sort(np.array(rows, dtype=NOTE), order=["onset", "key"], kind="stable")
