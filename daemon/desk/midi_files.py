"""MIDI files as pieces, and pieces as MIDI files; what is written is seen whole or not at all."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import mido

from antiphon.daemon import wholefile
from antiphon.daemon.desk.piece import LONGEST_BEATS, Note, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError

SUSTAIN: Final = 64
PEDAL_DOWN: Final = 64
FAMILIES: Final = {
    "control_change": "controllers",
    "pitchwheel": "pitch bends",
    "aftertouch": "aftertouch messages",
    "polytouch": "aftertouch messages",
    "sysex": "system exclusive messages",
    "lyrics": "lyrics",
    "marker": "markers",
    "key_signature": "key signatures",
}
"""What a file can hold beside notes, pedal, tempo and metre, by mido's name."""


@dataclass
class _Lane:
    """One channel of one track, as it is read."""

    notes: list[Note] = field(default_factory=list)
    pedals: list[tuple[int, int]] = field(default_factory=list)
    programs: list[tuple[int, int]] = field(default_factory=list)
    held: dict[int, tuple[int, int]] = field(default_factory=dict)
    pedal: int | None = None

    def release(self, key: int, tick: int) -> None:
        """A key goes up."""
        if key in self.held:
            start, velocity = self.held.pop(key)
            self.notes.append(Note(start, key, max(1, tick - start), velocity))

    def lift(self, tick: int) -> None:
        """The pedal goes up."""
        if self.pedal is not None:
            self.pedals.append((self.pedal, max(1, tick - self.pedal)))
            self.pedal = None


def read(path: Path) -> Piece:
    """The piece in a MIDI file. Raises AntiphonError with one line for what is none.

    A file of type 2 holds songs with a time of their own: they are laid one after another.
    """
    try:
        file = mido.MidiFile(path, clip=True)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AntiphonError(f"{path}: cannot be read ({reason}); give a MIDI file") from None
    except Exception as problem:  # mido lets many kinds out for a damaged file
        why = " ".join(str(problem).split()) or "it ends too early"
        raise AntiphonError(f"{path} is not a readable MIDI file ({why})") from problem
    if file.ticks_per_beat <= 0:
        raise AntiphonError(f"{path} counts time in video frames; save it with ticks per beat")
    return piece_of(file, path)


def piece_of(file: mido.MidiFile, path: Path) -> Piece:
    """The piece in a MIDI file that was read."""
    parts: list[Part] = []
    tempos: dict[int, int] = {}
    meters: dict[int, tuple[int, int]] = {}
    left_out: Counter[str] = Counter()
    end = begin = 0
    for track in file.tracks:
        lanes: defaultdict[int, _Lane] = defaultdict(_Lane)
        tick = begin
        for message in track:
            tick += message.time
            kind = message.type
            if kind in ("note_on", "note_off"):
                _note(lanes[message.channel], message, tick)
            elif kind == "program_change":
                lanes[message.channel].programs.append((tick, message.program))
            elif kind == "control_change" and message.control == SUSTAIN:
                _pedal(lanes[message.channel], message.value, tick)
            elif kind == "set_tempo" and message.tempo > 0:
                tempos[tick] = message.tempo
            elif kind == "time_signature" and message.numerator > 0:
                meters[tick] = (message.numerator, message.denominator)
            elif kind in FAMILIES:
                left_out[FAMILIES[kind]] += 1
        if tick - begin > LONGEST_BEATS * file.ticks_per_beat:
            raise AntiphonError(
                f"{path}: a track lasts over {LONGEST_BEATS:,} beats; it is damaged"
            )
        end = max(end, tick)
        parts += _parts(lanes, _name(track.name), tick)
        if file.type == 2:
            begin = end
    if not any(part.notes for part in parts):
        raise AntiphonError(f"{path} holds no note; give a MIDI file with something to play")
    return Piece(
        grid=file.ticks_per_beat,
        parts=tuple(parts),
        tempos=tuple(sorted(tempos.items())),
        meters=tuple((tick, *meter) for tick, meter in sorted(meters.items())),
        end=end,
        left_out=dict(left_out),
    )


def _note(lane: _Lane, message: mido.Message, tick: int) -> None:
    lane.release(message.note, tick)
    if message.type == "note_on" and message.velocity > 0:
        lane.held[message.note] = (tick, message.velocity)


def _pedal(lane: _Lane, value: int, tick: int) -> None:
    if value < PEDAL_DOWN:
        lane.lift(tick)
    elif lane.pedal is None:
        lane.pedal = tick


def _parts(lanes: dict[int, _Lane], name: str, end: int) -> Iterator[Part]:
    for channel, lane in sorted(lanes.items()):
        for key in list(lane.held):
            lane.release(key, end)
        lane.lift(end)
        notes = tidy(lane.notes)
        if notes or lane.pedals:
            yield Part(name, channel, notes, tuple(lane.pedals), tuple(lane.programs))


def _name(text: str) -> str:
    """A track's name: mido reads it as Latin 1, most programs write UTF-8."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin1").decode("utf-8")
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def midi_file(piece: Piece) -> mido.MidiFile:
    """A MIDI file of type 1: a track for tempo and metre, then one for each part."""
    file = mido.MidiFile(type=1, ticks_per_beat=piece.grid)
    conductor: list[tuple[int, int, mido.MetaMessage]] = [
        *((tick, 0, mido.MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in piece.tempos),
        *(
            (tick, 0, mido.MetaMessage("time_signature", numerator=beats, denominator=unit))
            for tick, beats, unit in piece.meters
        ),
    ]
    file.tracks.append(_track("", conductor, piece.end))
    for part in piece.parts:
        file.tracks.append(_track(part.name, list(_messages(part)), piece.end))
    return file


def _messages(part: Part) -> Iterator[tuple[int, int, mido.Message]]:
    """Messages with their ticks and their order within a tick: ends before beginnings."""
    channel = part.channel
    for tick, program in part.programs:
        yield tick, 1, mido.Message("program_change", program=program, channel=channel)
    for tick, length in part.pedals:
        for at, order, value in ((tick, 2, 127), (tick + length, 0, 0)):
            message = mido.Message("control_change", control=SUSTAIN, value=value, channel=channel)
            yield at, order, message
    for note in part.notes:
        on = mido.Message("note_on", note=note.key, velocity=note.velocity, channel=channel)
        yield note.start, 3, on
        yield note.end, 0, mido.Message("note_off", note=note.key, velocity=64, channel=channel)


def _track(name: str, timed: list[tuple[int, int, mido.Message]], end: int) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if name:
        # As UTF-8, which is what most programs read, by way of mido's Latin 1.
        text = name.encode("utf-8").decode("latin1")
        track.append(mido.MetaMessage("track_name", name=text))
    before = 0
    for tick, _, message in sorted(timed, key=lambda item: item[:2]):
        message.time, before = tick - before, tick
        track.append(message)
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - before)))
    return track


def write(piece: Piece, path: Path) -> None:
    """Write a piece to a MIDI file; raises AntiphonError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wholefile.replaced(path) as unfinished:
            midi_file(piece).save(unfinished)
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be written ({error.strerror})") from None
