"""A MIDI file's tracks: notes paired, ticks timed, pedals pressed, as the file says."""

from pathlib import Path

import mido
import numpy as np
import pytest
from mido import Message, MetaMessage

from antiphon.model import corpus, tracks
from antiphon.model.errors import ModelError

TPQ = 100


def saved(path: Path, *parts: list[Message | MetaMessage]) -> Path:
    """A file of parts whose messages have absolute ticks."""
    file = mido.MidiFile(ticks_per_beat=TPQ)
    for part in parts:
        track, before = mido.MidiTrack(), 0
        for message in part:
            track.append(message.copy(time=message.time - before))
            before = message.time
        file.tracks.append(track)
    file.save(path)
    return path


def on(tick: int, key: int, velocity: int = 64, channel: int = 0) -> Message:
    return Message("note_on", note=key, velocity=velocity, channel=channel, time=tick)


def off(tick: int, key: int, channel: int = 0) -> Message:
    return Message("note_off", note=key, channel=channel, time=tick)


def pedal(tick: int, value: int, channel: int = 0) -> Message:
    return Message("control_change", control=64, value=value, channel=channel, time=tick)


def notes_of(path: Path) -> list[tuple[int, ...]]:
    (track,) = tracks.read(path).tracks
    return [tuple(note) for note in track.notes.tolist()]


@pytest.mark.parametrize(
    ("messages", "notes"),
    [
        ([on(0, 60, 50), off(80, 60)], [(0, 80, 60, 50)]),
        ([on(0, 60), on(80, 60, 0)], [(0, 80, 60, 64)]),
        # The first of two that overlap ends first.
        (
            [on(0, 60, 1), on(50, 60, 2), off(70, 60), off(90, 60)],
            [(0, 70, 60, 1), (50, 90, 60, 2)],
        ),
        # Struck again at its end, whichever of the two messages comes first.
        ([on(0, 60), on(50, 60), off(50, 60), off(90, 60)], [(0, 50, 60, 64), (50, 90, 60, 64)]),
        ([on(0, 60), off(50, 60), on(50, 60), off(90, 60)], [(0, 50, 60, 64), (50, 90, 60, 64)]),
        # One without length takes no other's ending.
        ([on(0, 60), off(0, 60), on(50, 60), off(90, 60)], [(0, 0, 60, 64), (50, 90, 60, 64)]),
        # What never ends is left out, and an ending of nothing is nothing.
        ([off(0, 61), on(0, 60), off(50, 60), on(60, 60)], [(0, 50, 60, 64)]),
    ],
)
def test_notes_begin_and_end(
    messages: list[Message], notes: list[tuple[int, ...]], tmp_path: Path
) -> None:
    assert notes_of(saved(tmp_path / "a.mid", messages)) == notes


def test_every_tempo_counts_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    # 0.5 s a quarter, then 1 s, and between two notes 2 s and 0.25 s.
    conductor = [
        MetaMessage("set_tempo", tempo=1_000_000, time=100),
        MetaMessage("set_tempo", tempo=2_000_000, time=200),
        MetaMessage("set_tempo", tempo=250_000, time=300),
    ]
    path = saved(tmp_path / "a.mid", conductor, [on(0, 60), off(50, 60), on(350, 62), off(450, 62)])
    read = tracks.read(path)
    np.testing.assert_allclose(
        read.seconds([0, 50, 100, 150, 350, 450]), [0.0, 0.25, 0.5, 1.0, 3.625, 3.875]
    )
    notes = corpus.notes_of(read, read.pitched)
    np.testing.assert_allclose(notes["onset"], [0.0, 3.625])
    np.testing.assert_allclose(notes["offset"], [0.25, 3.875])
    np.testing.assert_allclose(notes["beat"], [0.0, 3.5])


def test_tracks_are_known_by_name_channel_and_program(tmp_path: Path) -> None:
    voice = [
        MetaMessage("track_name", name="Voice"),
        Message("program_change", program=68),
        on(0, 72),
        off(50, 72),
    ]
    piano = [on(0, 48, channel=1), off(50, 48, channel=1)]
    drums = [on(60, 36, channel=9), off(70, 36, channel=9)]
    read = tracks.read(saved(tmp_path / "a.mid", voice, piano + drums))
    found = [(track.name, track.channel, track.program) for track in read.tracks]
    assert found == [("Voice", 0, 68), ("", 1, 0), ("", 9, 0)]
    assert [track.channel for track in read.pitched] == [0, 1]


def test_a_press_lasts_until_the_pedal_is_let_go(tmp_path: Path) -> None:
    first = [pedal(0, 10, 2), pedal(10, 70, 2), pedal(20, 90, 2), pedal(30, 60, 2), pedal(40, 0, 2)]
    read = tracks.read(saved(tmp_path / "a.mid", [*first, pedal(50, 64, 2)]))
    assert [track.presses for track in read.tracks] == [((10, 30),)]
    moves = corpus.pedals_of(read, read.tracks)
    np.testing.assert_allclose(moves["time"], [0.05, 0.15])
    assert moves["down"].tolist() == [True, False]
    assert len(corpus.pedals_of(read, ())) == 0


def test_the_highest_track_leads_and_the_first_signature_counts(tmp_path: Path) -> None:
    low = [
        MetaMessage("time_signature", numerator=6, denominator=8, time=0),
        on(0, 40),
        off(50, 40),
    ]
    path = saved(tmp_path / "a.mid", low, [on(0, 80), off(50, 80)])
    read = corpus.read_midi(path)
    notes = read.notes
    assert list(zip(notes["key"].tolist(), notes["part"].tolist(), strict=True)) == [
        (40, 1),
        (80, 0),
    ]
    assert (read.beats_per_bar, read.beat_quarters, read.bar_known) == (3.0, 1.5, True)


def test_files_without_a_beat_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.mid", [on(0, 60), off(50, 60)])
    data = bytearray(path.read_bytes())
    data[12:14] = (0xE7, 0x28)
    path.write_bytes(data)
    with pytest.raises(ModelError, match="video frames"):
        tracks.read(path)
