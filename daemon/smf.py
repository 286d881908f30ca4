"""Standard MIDI files as parts: timed messages, notes and pedal spans.

Reading for the demo, the picture and the sound lives here. Recording a jam belongs to the journal,
and nothing here knows about ports or clocks.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import mido

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Timed

MICROSECONDS: Final = 1e6
PEDAL_DOWN: Final = 64
MOST_BARS: Final = 10_000  # no music is longer
DEFAULT_TEMPO: Final = 500_000  # microseconds a beat, where the file says nothing


@dataclass(frozen=True, slots=True)
class Part:
    """One track that holds music: its name, its messages in order of time.

    Times are seconds from the start of the file.
    """

    name: str
    messages: tuple[Timed, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A key held from `start_s` to `end_s`, struck with `velocity` (1..127)."""

    start_s: float
    end_s: float
    key: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from bar line to bar line, in seconds, and how many quarter notes it has."""

    start_s: float
    end_s: float
    beats: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a MIDI file says: its parts, when (in seconds) its markers stand, and its bars.

    Without a time signature of whole quarter notes it has no bars.
    """

    parts: tuple[Part, ...]
    markers: tuple[float, ...]
    bars: tuple[Bar, ...] = ()


def read(path: Path) -> Score:
    """The tracks of a MIDI file that hold channel messages, and its markers.

    Raises AntiphonError for a file that is missing, damaged or holds no note.
    """
    try:
        file = mido.MidiFile(path)
    except FileNotFoundError:
        raise AntiphonError(f"{path}: there is no such file; give a MIDI file (.mid)") from None
    except IsADirectoryError:
        raise AntiphonError(f"{path} is a folder; give a MIDI file (.mid)") from None
    except PermissionError:
        raise AntiphonError(f"{path} cannot be read: permission denied") from None
    except Exception as problem:  # mido lets many kinds out for a damaged file
        raise AntiphonError(f"{path} is not a readable MIDI file ({_reason(problem)})") from problem
    if file.ticks_per_beat <= 0:
        raise AntiphonError(f"{path} counts time in video frames; save it with ticks per beat")
    tempos = tempo_map(file)
    parts = tuple(
        Part(track.name, messages)
        for track in file.tracks
        if (messages := _timed(track, tempos, file.ticks_per_beat))
    )
    if not any(notes(part.messages) for part in parts):
        raise AntiphonError(f"{path} holds no note; give a MIDI file with something to play")
    return Score(parts, _markers(file, tempos), _bars(file, tempos))


def merge(parts: Iterable[Part]) -> tuple[Timed, ...]:
    """The messages of all parts in order of time, note-offs before note-ons of the same time."""
    messages = [message for part in parts for message in part.messages]
    return tuple(sorted(messages, key=lambda message: (message[0], midi.is_note_on(message[1]))))


def notes(messages: Iterable[Timed]) -> tuple[Note, ...]:
    """Note-ons paired with their note-offs; what is never let go ends with the last message."""
    held: dict[tuple[int, int], Timed] = {}
    found: list[Note] = []
    last_s = 0.0

    def close(struck: Timed, end_s: float) -> None:
        start_s, data = struck
        place = (midi.key(data), midi.velocity(data), midi.channel(data))
        found.append(Note(start_s, end_s, *place))

    for last_s, data in messages:
        strikes = midi.is_note_on(data)
        if not strikes and not midi.is_note_off(data):
            continue
        place = midi.place(data)
        if place in held:
            close(held.pop(place), last_s)
        if strikes:
            held[place] = (last_s, data)
    for struck in held.values():
        close(struck, last_s)
    return tuple(sorted(found, key=lambda note: (note.start_s, note.key)))


def pedal_spans(messages: Iterable[Timed]) -> tuple[Span, ...]:
    """When the sustain pedal is down, on any channel; an open end lasts to the last message."""
    down_s: float | None = None
    last_s = 0.0
    spans: list[Span] = []
    for last_s, data in messages:
        if not midi.is_sustain(data):
            continue
        if midi.value(data) >= PEDAL_DOWN:
            down_s = last_s if down_s is None else down_s
        elif down_s is not None:
            spans.append(Span(down_s, last_s))
            down_s = None
    if down_s is not None:
        spans.append(Span(down_s, last_s))
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class TempoMap:
    """From ticks to seconds: at `ticks[i]`, `seconds[i]` have passed and `tempos[i]` begins."""

    ticks: tuple[int, ...]
    seconds: tuple[float, ...]
    tempos: tuple[int, ...]

    def seconds_at(self, tick: int, ticks_per_beat: int) -> float:
        """Seconds from the start of the file to a tick."""
        at = bisect_right(self.ticks, tick) - 1
        beats = (tick - self.ticks[at]) / ticks_per_beat
        return self.seconds[at] + beats * self.tempos[at] / MICROSECONDS


def tempo_map(file: mido.MidiFile) -> TempoMap:
    """The tempo changes of all tracks together."""
    changes = [(tick, message.tempo) for tick, message in _metas(file, "set_tempo")]
    ticks, seconds, tempos = [0], [0.0], [DEFAULT_TEMPO]
    for tick, tempo in sorted(changes, key=lambda change: change[0]):
        beats = (tick - ticks[-1]) / file.ticks_per_beat
        seconds.append(seconds[-1] + beats * tempos[-1] / MICROSECONDS)
        ticks.append(tick)
        tempos.append(tempo)
    return TempoMap(tuple(ticks), tuple(seconds), tuple(tempos))


def _timed(track: mido.MidiTrack, tempos: TempoMap, ticks_per_beat: int) -> tuple[Timed, ...]:
    tick = 0
    messages: list[Timed] = []
    for message in track:
        tick += message.time
        if message.is_meta or not hasattr(message, "channel"):
            continue
        messages.append((tempos.seconds_at(tick, ticks_per_beat), bytes(message.bytes())))
    return tuple(messages)


def _markers(file: mido.MidiFile, tempos: TempoMap) -> tuple[float, ...]:
    ticks = sorted(tick for tick, _ in _metas(file, "marker"))
    return tuple(tempos.seconds_at(tick, file.ticks_per_beat) for tick in ticks)


def _bars(file: mido.MidiFile, tempos: TempoMap) -> tuple[Bar, ...]:
    """Bars from each time signature on, the last of all to its end; those cut short are none."""
    signatures = sorted(_metas(file, "time_signature"), key=lambda meta: meta[0])
    end = max(sum(message.time for message in track) for track in file.tracks)
    found: list[Bar] = []
    for (first, signature), (until, following) in pairwise([*signatures, (end, None)]):
        beats, rest = divmod(4 * signature.numerator, signature.denominator)
        length = beats * file.ticks_per_beat
        if rest or not beats:
            continue
        stop = until if following is None else until - length + 1
        for tick in range(first, stop, length)[: MOST_BARS - len(found)]:
            start_s = tempos.seconds_at(tick, file.ticks_per_beat)
            end_s = tempos.seconds_at(tick + length, file.ticks_per_beat)
            found.append(Bar(start_s, end_s, beats))
    return tuple(found)


def _metas(file: mido.MidiFile, kind: str) -> Iterator[tuple[int, mido.MetaMessage]]:
    """The tick of each message of a kind, and the message."""
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == kind:
                yield tick, message


def _reason(problem: Exception) -> str:
    return str(problem) or "it ends too early"
