from pathlib import Path

import mido
import pytest

from antiphon.daemon.cli import main
from antiphon.daemon.demo.live import trim
from antiphon.daemon.demo.programme import load_calls, phrase_names


def test_every_shipped_phrase_loads() -> None:
    assert "march" in phrase_names()
    assert all(load_calls(name) for name in phrase_names())


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "not a readable MIDI file"), (b"MThd\0\0\0\6\0\1\0\0\0\x60", "holds no note")],
)
def test_a_bad_file_is_one_line(
    tmp_path: Path, content: bytes, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(content)
    assert main(["demo", str(path), "--out", str(tmp_path)]) == 2
    error = capfd.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert [item.name for item in tmp_path.iterdir()] == ["bad.mid"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["absent.mid"], "absent.mid"),
        (["--style", "jaz"], "jazz"),
        (["--turns", "0"], "--turns"),
        (["--mode", "solo"], "together"),
    ],
)
def test_a_wrong_option_is_named(
    tmp_path: Path, words: list[str], named: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(tmp_path), *words]) == 2
    assert named in capfd.readouterr().err


def test_the_silence_at_the_head_goes(tmp_path: Path) -> None:
    file = mido.MidiFile()
    for start in (100, 250):
        strike = mido.Message("note_on", note=60, velocity=64, time=start)
        file.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name="a"), strike]))
    file.tracks.append(mido.MidiTrack())
    file.save(tmp_path / "jam.mid")
    trimmed = trim(tmp_path / "jam.mid")
    assert [track[1].time for track in trimmed.tracks[:2]] == [0, 150]
