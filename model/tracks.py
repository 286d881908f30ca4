"""The tracks of a MIDI file as arrays, and when in seconds each of its ticks falls. No torch.

Files are read by mido. What is made of the tracks for training is decided in ``corpus``.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido
import numpy as np
from numpy.typing import ArrayLike, NDArray

from antiphon.model.errors import ModelError

TRACK_NOTE = np.dtype(
    [
        ("start", "i4"),  # ticks
        ("end", "i4"),  # ticks
        ("key", "u1"),
        ("velocity", "u1"),
    ]
)

DEFAULT_TEMPO = 500_000
"""Microseconds a quarter note, where the file says nothing."""

SUSTAIN, PEDAL_DOWN = 64, 64
DRUMS = 9
"""The channel of drums, counted from 0."""


@dataclass(frozen=True, slots=True)
class Track:
    """What one track of a file has on one channel.

    ``notes`` is an array of dtype ``TRACK_NOTE``, ascending by start. ``presses`` are the sustain
    pedal's, from tick to tick. ``program`` is the first one chosen, 0 without any.
    """

    name: str
    channel: int
    program: int
    notes: NDArray[Any]
    presses: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tracks:
    """A file. ``tempos`` are ticks and microseconds a quarter, ``signatures`` ticks, above, below.

    Both ascend; the first tempo is at tick 0.
    """

    tracks: tuple[Track, ...]
    ticks_per_quarter: int
    tempos: tuple[tuple[int, int], ...]
    signatures: tuple[tuple[int, int, int], ...]

    @property
    def pitched(self) -> tuple[Track, ...]:
        """The tracks that have notes, without drums."""
        return tuple(t for t in self.tracks if len(t.notes) and t.channel != DRUMS)

    def seconds(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """When ticks fall, in seconds from the start of the file."""
        changes = np.array([tick for tick, _ in self.tempos])
        tick_s = np.array([tempo for _, tempo in self.tempos]) / 1e6 / self.ticks_per_quarter
        changes_s = np.concatenate([[0.0], np.cumsum(np.diff(changes) * tick_s[:-1])])
        at = np.asarray(ticks)
        before = np.searchsorted(changes, at, side="right") - 1
        return np.asarray(changes_s[before] + (at - changes[before]) * tick_s[before])


def read(path: Path) -> Tracks:
    """Read a MIDI file; raises ModelError when it cannot be read."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    try:
        file = mido.MidiFile(path)
    except Exception as error:  # mido lets many kinds out for a damaged file
        why = str(error) or "it ends too early"
        raise ModelError(f"{path}: not a readable MIDI file ({why})") from error
    if file.ticks_per_beat <= 0:
        raise ModelError(f"{path}: counts time in video frames; save it with ticks per beat")
    tempos, signatures = [(0, DEFAULT_TEMPO)], list[tuple[int, int, int]]()
    tracks = list[Track]()
    for track in file.tracks:
        tracks += _channels(track)
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempos.append((tick, message.tempo))
            elif message.type == "time_signature":
                signatures.append((tick, message.numerator, message.denominator))
    tempos.sort(key=lambda change: change[0])
    signatures.sort(key=lambda signature: signature[0])
    return Tracks(tuple(tracks), file.ticks_per_beat, tuple(tempos), tuple(signatures))


def _channels(track: mido.MidiTrack) -> list[Track]:
    """The channels of a track that have notes or pedal.

    Of notes of one key that overlap, the one that began first ends first. What never ends is left
    out.
    """
    notes = defaultdict[int, list[tuple[int, int, int, int]]](list)
    presses = defaultdict[int, list[tuple[int, int]]](list)
    programs = dict[int, int]()
    begun = defaultdict[tuple[int, int], deque[tuple[int, int]]](deque)
    down = dict[int, int]()
    tick = 0
    for message in track:
        tick += message.time
        kind = message.type
        if kind == "note_on" and message.velocity:
            begun[message.channel, message.note].append((tick, message.velocity))
        elif kind in ("note_on", "note_off"):
            if waiting := begun[message.channel, message.note]:
                start, velocity = waiting.popleft()
                notes[message.channel].append((start, tick, message.note, velocity))
        elif kind == "control_change" and message.control == SUSTAIN:
            if message.value >= PEDAL_DOWN:
                down.setdefault(message.channel, tick)
            elif message.channel in down:
                presses[message.channel].append((down.pop(message.channel), tick))
        elif kind == "program_change":
            programs.setdefault(message.channel, message.program)
    return [
        Track(
            name=track.name,
            channel=channel,
            program=programs.get(channel, 0),
            notes=np.sort(np.array(notes[channel], TRACK_NOTE), order=["start", "key", "end"]),
            presses=tuple(presses[channel]),
        )
        for channel in sorted({*notes, *presses})
    ]
