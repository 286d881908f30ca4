import os
from datetime import UTC, datetime
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Heard, Sent, Settings
from antiphon.daemon.midi import is_note_on, note_off, note_on, sustain
from antiphon.daemon.session import durable
from antiphon.daemon.session.journal import (
    JOURNAL,
    MIDI_FILE,
    Journal,
    header,
    new_folder,
    read,
    recover,
    write_midi,
)

DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ON, OFF = note_on(0, 60, 80), note_off(0, 60)


def timed(track: mido.MidiTrack) -> list[tuple[float, bytes]]:
    """The messages of a track with seconds from its start; 1920 ticks are one."""
    ticks, result = 0, []
    for message in track:
        ticks += message.time
        if not message.is_meta:
            result.append((ticks / 1920, bytes(message.bytes())))
    return result


def record(folder: Path, *messages: Heard | Sent | Settings) -> None:
    with Journal(folder, pytest.fail) as journal:
        journal.remark(100.0, header({"seed": 3}, DATE))
        for message in messages:
            journal.write(0.0, message)


def test_a_session_is_kept_as_it_was(tmp_path: Path) -> None:
    record(tmp_path, Heard(1, 101.0, ON), Settings({"style": "jazz"}), Sent(1, 101.5, 101.501, OFF))
    entries = list(read(tmp_path))
    assert [entry["is"] for entry in entries] == ["Session", "Heard", "Settings", "Sent"]
    assert entries[0]["seed"] == 3
    assert entries[0]["date"] == "2026-03-04T05:06:07+00:00"
    assert (entries[3]["planned"], entries[3]["time"]) == (101.5, 101.501)
    assert entries[2]["values"] == {"style": "jazz"}


def test_the_midi_file_has_a_track_each(tmp_path: Path) -> None:
    record(
        tmp_path,
        Heard(1, 101.0, ON),
        Heard(2, 101.5, OFF),
        Heard(0, 101.75, b"\xe0\x00\x40"),
        Sent(1, 102.0, 102.0, note_on(0, 67, 70)),
        Sent(1, 103.0, 103.0, note_off(0, 67)),
    )
    player, machine = mido.MidiFile(tmp_path / MIDI_FILE).tracks
    assert (player.name, machine.name) == ("player", "machine")
    assert timed(player) == [(1.0, ON), (1.5, OFF), (1.75, b"\xe0\x00\x40")]
    assert timed(machine) == [(2.0, note_on(0, 67, 70)), (3.0, note_off(0, 67))]


@given(st.lists(st.floats(100, 7300), min_size=1, max_size=50).map(sorted))
def test_times_hold_to_a_third_of_a_millisecond(
    tmp_path_factory: pytest.TempPathFactory, times: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("session")
    record(folder, *(Heard(0, time, b"\xb0\x07\x01") for time in times))
    kept = [time for time, _ in timed(mido.MidiFile(folder / MIDI_FILE).tracks[0])]
    assert all(abs(a - (b - 100)) < 0.0003 for a, b in zip(kept, times, strict=True))


def test_a_killed_session_is_recovered_with_its_notes_ended(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    record(folder, Heard(1, 101.0, ON), Sent(1, 102.0, 102.0, sustain(0, 127)))
    (folder / MIDI_FILE).unlink()
    with (folder / JOURNAL).open("a") as file:
        file.write('{"is": "Heard", "time": 104.0, "da')
    (tmp_path / "something else").mkdir()
    assert recover(tmp_path) == [folder / MIDI_FILE]
    player, machine = mido.MidiFile(folder / MIDI_FILE).tracks
    assert timed(player) == [(1.0, ON), (1.0, OFF)]
    assert timed(machine) == [(2.0, sustain(0, 127)), (2.0, sustain(0, 0))]
    assert recover(tmp_path) == []


def test_a_journal_cut_anywhere_is_mended_and_gives_the_notes_of_its_whole_lines(
    tmp_path: Path,
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    record(
        whole,
        Heard(1, 101.0, ON),
        Heard(2, 101.5, OFF),
        Sent(1, 102.0, 102.0, note_on(0, 67, 70)),
        Sent(1, 103.0, 103.0, note_off(0, 67)),
    )
    content = (whole / JOURNAL).read_bytes()
    jams = tmp_path / "jams"
    for cut in range(len(content)):
        folder = jams / str(cut)
        folder.mkdir(parents=True)
        (folder / JOURNAL).write_bytes(content[:cut])
    assert len(recover(jams)) == len(content)
    for cut in range(len(content)):
        lines = content[:cut].count(b"\n")
        kept = (jams / str(cut) / JOURNAL).read_bytes()
        assert kept == b"".join(content.splitlines(keepends=True)[:lines])
        tracks = mido.MidiFile(jams / str(cut) / MIDI_FILE).tracks
        strikes = [data for track in tracks for _, data in timed(track) if is_note_on(data)]
        assert strikes == [ON, note_on(0, 67, 70)][: (lines >= 2) + (lines >= 4)]


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(1, 300))
def test_a_damaged_journal_is_read_as_far_as_it_can_be(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, length: int
) -> None:
    folder = tmp_path_factory.mktemp("session")
    record(folder, Heard(1, 101.0, ON), Heard(2, 101.5, OFF), Settings({"style": "jazz"}))
    content = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(content[:at] + noise + content[at + length :])
    write_midi(folder)


@pytest.mark.parametrize(
    "line",
    [
        '{"is": "Heard", "time": NaN, "data": "903c50"}',
        '{"is": "Heard", "time": 1e300, "data": "903c50"}',
        '{"is": "Heard", "time": 1' + "0" * 400 + ', "data": "903c50"}',
        '{"is": "Heard", "time": 101}',
        '{"is": "Heard", "time": 101, "data": "9"}',
        '{"is": ["Heard"], "time": 101, "data": "903c50"}',
        '{"is": "Heard", "time": "101", "data": "903c50"}',
        "[" * 100_000,
        "\0" * 4096,
        "7",
    ],
)
def test_a_line_that_is_nonsense_is_passed_over(tmp_path: Path, line: str) -> None:
    record(tmp_path, Heard(1, 101.0, ON))
    with (tmp_path / JOURNAL).open("a") as file:
        file.write(line + "\n")
    write_midi(tmp_path)
    player, _ = mido.MidiFile(tmp_path / MIDI_FILE).tracks
    assert timed(player) == [(1.0, ON), (1.0, OFF)]


@pytest.mark.parametrize("number", ["1" + "0" * 400, "NaN", "-Infinity"])
def test_a_line_with_a_number_that_is_none_is_passed_over(tmp_path: Path, number: str) -> None:
    line = f'{{"is": "Sent", "time": 1, "planned": {number}, "data": "903c50"}}\n'
    (tmp_path / JOURNAL).write_text(line)
    assert list(read(tmp_path)) == []


@pytest.mark.skipif(os.name == "nt", reason="needs locks on files")
def test_a_session_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "now"
    folder.mkdir()
    with durable.opened(folder / JOURNAL) as file:
        durable.write(file, b'{"is": "Session", "time": 1.0}\n{"half')
        assert recover(tmp_path) == []
    assert recover(tmp_path) == [folder / MIDI_FILE]


def test_what_was_written_is_in_the_file_when_a_line_is_through(tmp_path: Path) -> None:
    with durable.opened(tmp_path / "lines") as file:
        durable.write(file, b"one\n")
        durable.sync(file)
        assert (tmp_path / "lines").read_bytes() == b"one\n"


def test_entries_come_out_in_their_order_however_many_wait(tmp_path: Path) -> None:
    journal = Journal(tmp_path, pytest.fail)
    for seq in range(2500):
        journal.write(0.0, Heard(seq, 1.0, ON))
    with journal:
        pass
    assert [entry["seq"] for entry in read(tmp_path)] == list(range(2500))


def test_a_folder_without_a_session_is_told(tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match="holds no session"):
        write_midi(tmp_path)


def test_a_disk_that_fails_is_told_once_and_does_not_stop_the_jam(tmp_path: Path) -> None:
    troubles: list[str] = []
    with Journal(tmp_path / "gone", troubles.append) as journal:
        for seq in range(100):
            journal.write(0.0, Heard(seq, 1.0, ON))
    assert len(troubles) == 1
    assert "the recording stops, playing goes on" in troubles[0]


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    (tmp_path / JOURNAL).symlink_to(full)
    troubles: list[str] = []
    with Journal(tmp_path, troubles.append) as journal:
        for seq in range(100):
            journal.write(0.0, Heard(seq, 1.0, ON))
    assert len(troubles) == 1
    assert not (tmp_path / MIDI_FILE).exists()


def test_a_stuck_disk_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antiphon.daemon.session.journal._MOST_WAITING", 10)
    journal = Journal(tmp_path, lambda _: None)
    for seq in range(15):
        journal.write(0.0, Heard(seq, 1.0, ON))
    assert journal.dropped == 5


def test_each_session_has_a_folder_of_its_own(tmp_path: Path) -> None:
    parent = tmp_path / "jams"
    names = [new_folder(parent, DATE).name for _ in range(3)]
    assert names == ["2026-03-04_05-06-07", "2026-03-04_05-06-07_2", "2026-03-04_05-06-07_3"]


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AntiphonError, match="set folder in"):
        new_folder(tmp_path / "file", DATE)
    with pytest.raises(AntiphonError, match="cannot record in"):
        new_folder(tmp_path / "file" / "below", DATE)
