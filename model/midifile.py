"""Events as a MIDI file of two tracks, the player's and the machine's. Reading is not done here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import mido

from antiphon.model.events import (
    MACHINE,
    NOTE_OFF,
    PEDAL_DOWN,
    PEDAL_UP,
    PLAYER,
    STEP_S,
    Event,
    velocity_of,
)

TICKS_PER_BEAT = 500
BEAT_US = 500_000
TICKS_PER_S = 1000
"""A tick is a millisecond, so that the grid's 5 ms are whole."""

TRACKS = {PLAYER: "player", MACHINE: "machine"}
SUSTAIN = 64


def write(path: Path, events: Sequence[Event]) -> None:
    """Write events to a MIDI file; what is still held at the end is let go there."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    timed = list(_timed(events))
    for who, name in TRACKS.items():
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        if not file.tracks:
            track.append(mido.MetaMessage("set_tempo", tempo=BEAT_US))
        before = 0
        for tick, event in timed:
            if event.who == who:
                track.append(_message(event, tick - before))
                before = tick
        file.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)


def _timed(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """Events with absolute ticks, and the ends of all that is held after the last."""
    held: dict[tuple[int, int], None] = {}
    time_s = 0.0
    for event in events:
        time_s += float(STEP_S[event.step])
        yield round(time_s * TICKS_PER_S), event
        if event.kind < NOTE_OFF:
            held[event.who, event.kind + NOTE_OFF] = None
        elif event.kind == PEDAL_DOWN:
            held[event.who, PEDAL_UP] = None
        else:
            held.pop((event.who, event.kind), None)
    for who, end in held:
        yield round(time_s * TICKS_PER_S), Event(who, 0, end)


def _message(event: Event, delta: int) -> mido.Message:
    if event.kind < NOTE_OFF:
        velocity = velocity_of(event.touch)
        return mido.Message("note_on", note=event.kind, velocity=velocity, time=delta)
    if event.kind < PEDAL_DOWN:
        return mido.Message("note_off", note=event.kind - NOTE_OFF, velocity=0, time=delta)
    value = 127 if event.kind == PEDAL_DOWN else 0
    return mido.Message("control_change", control=SUSTAIN, value=value, time=delta)
