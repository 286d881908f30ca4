import json
from pathlib import Path

import mido
import pytest

from antiphon.daemon import cli
from antiphon.daemon.session.journal import JOURNAL
from antiphon.daemon.shell.sessions import Session, sessions

ENTRIES = [
    {"is": "Session", "time": 10.0},
    {"is": "Heard", "time": 11.0, "data": "903c50"},
    {"is": "Heard", "time": 12.0, "data": "803c40"},
    {"is": "Sent", "time": 100.5, "data": "904850"},
    {"is": "Sent", "time": 90.0, "data": "no"},
]


def keep(parent: Path, name: str, text: str) -> None:
    (parent / name).mkdir(parents=True)
    (parent / name / JOURNAL).write_text(text)


def test_they_are_listed_with_what_is_in_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, "2026-02-01", "".join(json.dumps(entry) + "\n" for entry in ENTRIES))
    keep(tmp_path, "2026-01-01", "la la la")
    (tmp_path / "other").mkdir()
    assert sessions(tmp_path) == [
        Session(str(tmp_path / "2026-01-01"), 0.0, 0, 0),
        Session(str(tmp_path / "2026-02-01"), 90.5, 1, 1),
    ]
    assert cli.main(["sessions", str(tmp_path)]) == 0
    assert "2026-02-01  1:30  1 notes of yours, 1 of the machine" in capsys.readouterr().out
    assert cli.main(["sessions", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[1]["machine_notes"] == 1


def test_where_there_are_none_it_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sessions", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out == ""


def configured(tmp_path: Path) -> list[str]:
    """Options by which jams are looked for in `tmp_path`."""
    path = tmp_path / "mine.toml"
    path.write_text(f"[record]\nfolder = '{tmp_path}'\n", encoding="utf-8")
    return ["--config", str(path)]


def test_a_part_is_exported_from_the_latest_that_was_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played = "".join(json.dumps(entry) + "\n" for entry in ENTRIES)
    keep(tmp_path, "2026-02-01", played)
    keep(tmp_path, "2026-03-01", '{"is": "Session", "time": 1.0}\n')
    options = configured(tmp_path)
    assert cli.main(["sessions", "export", *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(tmp_path / "2026-02-01" / "machine.mid")
    (track,) = mido.MidiFile(told["file"]).tracks
    assert [message.note for message in track if message.type == "note_on"] == [0x48]
    out = tmp_path / "mine.mid"
    assert cli.main(["sessions", "export", "2026-02-01", *options, "--part", "both"]) == 0
    assert len(mido.MidiFile(tmp_path / "2026-02-01" / "both.mid").tracks) == 2
    words = ["sessions", "export", str(tmp_path / "2026-02-01"), "--part", "player"]
    assert cli.main([*words, "--out", str(out)]) == 0
    assert [track.name for track in mido.MidiFile(out).tracks] == ["player"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["2026-02-11"], "did you mean 2026-02-01?"),
        (["2026-03-01"], "there is nothing in that part"),
        (["2026-02-01", "--out", "/nowhere/x.mid"], "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    keep(tmp_path, "2026-02-01", "".join(json.dumps(entry) + "\n" for entry in ENTRIES))
    keep(tmp_path, "2026-03-01", "")
    assert cli.main(["sessions", "export", *words, *configured(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


def test_where_nothing_was_played_there_is_no_latest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sessions", "export", *configured(tmp_path)]) == 2
    assert "no jam is recorded" in capsys.readouterr().err
