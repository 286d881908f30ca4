"""A journal's entries as tracks of timed messages, and tracks as a MIDI file. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import mido

from antiphon.daemon import messages, midi

PLAYED = {"Heard": "player", "Sent": "machine"}
"""The entries that are music, and whose part it is."""

Tracks = Mapping[str, list[messages.Timed]]

_TICKS_PER_BEAT = 960
_BEAT_US = 500_000
_TICKS_PER_S = _TICKS_PER_BEAT * 1_000_000 / _BEAT_US
"""1920 ticks a second: a time is off by a quarter of a millisecond at most."""

_LONGEST_S = 7 * 24 * 3600.0
"""A time further from the start than this is damage, not music."""


def tracks(entries: Iterable[Mapping[str, Any]]) -> Tracks:
    """The player's track and the machine's, in seconds from the first entry, in order of time.

    What still sounds at the end of a track is ended there.
    """
    found: dict[str, list[messages.Timed]] = {name: [] for name in PLAYED.values()}
    start = None
    for entry in entries:
        start = entry["time"] if start is None else start
        if track := PLAYED.get(entry["is"]):
            data = data_of(entry)
            after_s = entry["time"] - start
            if midi.is_channel_message(data) and 0 <= after_s < _LONGEST_S:
                found[track].append((after_s, data))
    return {name: list(_closed(timed)) for name, timed in found.items()}


def midi_file(found: Tracks) -> mido.MidiFile:
    """A MIDI file of these tracks, at 120 beats a minute: its beats are not the music's."""
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS_PER_BEAT)
    for name, timed in found.items():
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=name))
        if not file.tracks:
            track.append(mido.MetaMessage("set_tempo", tempo=_BEAT_US))
        track.extend(_deltas(timed))
        file.tracks.append(track)
    return file


def data_of(entry: Mapping[str, Any]) -> bytes:
    """The MIDI message of an entry; empty where it has none, or a damaged one."""
    try:
        return bytes.fromhex(entry["data"])
    except (ValueError, KeyError, TypeError):
        return b""


def _closed(timed: list[messages.Timed]) -> Iterator[messages.Timed]:
    sounding: set[tuple[int, int]] = set()
    pedals: set[int] = set()
    end = 0.0
    for time, data in sorted(timed, key=lambda item: item[0]):
        end = time
        if midi.is_note_on(data):
            sounding.add(midi.place(data))
        elif midi.is_note_off(data):
            sounding.discard(midi.place(data))
        elif midi.is_all_off(data):
            for place in sorted(place for place in sounding if place[0] == midi.channel(data)):
                sounding.discard(place)
                yield time, midi.note_off(*place)
        elif midi.is_sustain(data):
            (pedals.add if midi.value(data) else pedals.discard)(midi.channel(data))
        yield time, data
    for channel, key in sorted(sounding):
        yield end, midi.note_off(channel, key)
    for channel in sorted(pedals):
        yield end, midi.sustain(channel, 0)


def _deltas(timed: Iterable[messages.Timed]) -> Iterator[mido.Message]:
    before = 0
    for time, data in timed:
        # From absolute times, so that rounding does not add up.
        ticks = max(before, round(time * _TICKS_PER_S))
        message = mido.Message.from_bytes(data)
        message.time = ticks - before
        before = ticks
        yield message
