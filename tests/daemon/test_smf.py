import contextlib
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Timed
from antiphon.daemon.smf import Bar, Note, Part, Span, merge, notes, pedal_spans, read


def save(path: Path, *tracks: list[mido.Message | mido.MetaMessage], ticks: int = 100) -> Path:
    file = mido.MidiFile(ticks_per_beat=ticks)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    file.save(path)
    return path


def test_reads_parts_in_seconds(tmp_path: Path) -> None:
    path = save(
        tmp_path / "two.mid",
        [
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=0),
            mido.MetaMessage("marker", text="call 1", time=100),
            mido.MetaMessage("set_tempo", tempo=500_000, time=0),
        ],
        [
            mido.MetaMessage("track_name", name="player", time=0),
            mido.Message("note_on", note=60, velocity=80, time=100),
            mido.Message("note_off", note=60, velocity=0, time=100),
        ],
    )
    score = read(path)
    assert score.markers == (1.0,)
    assert score.parts == (
        Part("player", ((1.0, midi.note_on(0, 60, 80)), (1.5, midi.note_off(0, 60, 0)))),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a readable MIDI file"),
        (b"MThd", "not a readable MIDI file"),
        (b"RIFF" * 40, "not a readable MIDI file"),
        (b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\x04\0\x90\x3c", "not a readable MIDI file"),
        (b"MThd\0\0\0\6\0\1\0\0\0\x60", "holds no note"),
        (b"MThd\0\0\0\6\0\1\0\0\xe7\x28", "video frames"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(content)
    with pytest.raises(AntiphonError, match=words) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match="no such file"):
        read(tmp_path / "none.mid")
    with pytest.raises(AntiphonError, match="is a folder"):
        read(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "any.mid"
    path.write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\xc8" + content)
    with contextlib.suppress(AntiphonError):
        assert read(path).parts


def test_notes_end_at_a_second_strike_and_at_the_last_message() -> None:
    on, off = midi.note_on(0, 60, 90), midi.note_off(0, 60)
    struck = ((0.0, on), (1.0, on), (2.0, off), (3.0, on), (4.0, midi.note_off(0, 61)))
    assert notes(struck) == (Note(0, 1, 60, 90), Note(1, 2, 60, 90), Note(3, 4, 60, 90))


def test_pedal_spans_may_stay_open() -> None:
    moves: tuple[Timed, ...] = (
        (1.0, midi.sustain(0, 100)),
        (1.5, midi.sustain(0, 127)),
        (2.0, midi.sustain(0, 0)),
        (3.0, midi.sustain(0, 64)),
        (5.0, midi.note_off(0, 1)),
    )
    assert pedal_spans(moves) == (Span(1, 2), Span(3, 5))


def test_merge_ends_before_it_begins() -> None:
    on, off = midi.note_on(0, 60, 90), midi.note_off(0, 60)
    assert merge((Part("a", ((1.0, on),)), Part("b", ((1.0, off),)))) == ((1.0, off), (1.0, on))


def signature(numerator: int, denominator: int, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage(
        "time_signature", numerator=numerator, denominator=denominator, time=time
    )


@pytest.mark.parametrize(
    ("metas", "bars"),
    [
        ([], []),
        ([signature(4, 4)], [(0.0, 2.0, 4), (2.0, 4.0, 4)]),
        ([signature(6, 8)], [(0.0, 1.5, 3), (1.5, 3.0, 3), (3.0, 4.5, 3)]),
        # The second cuts a bar short, and begins one of its own.
        ([signature(3, 4), signature(2, 4, 200)], [(1.0, 2.0, 2), (2.0, 3.0, 2), (3.0, 4.0, 2)]),
        # No whole number of quarter notes, as the machine counts them.
        ([signature(7, 8)], []),
        ([signature(0, 4)], []),
    ],
)
def test_bars_are_those_of_the_time_signatures(
    tmp_path: Path, metas: list[mido.MetaMessage], bars: list[tuple[float, float, int]]
) -> None:
    strike = [
        mido.Message("note_on", note=60, velocity=80, time=0),
        mido.Message("note_off", note=60, velocity=0, time=620),
    ]
    read_bars = read(save(tmp_path / "bars.mid", metas, strike)).bars
    assert read_bars == tuple(Bar(*bar) for bar in bars)
