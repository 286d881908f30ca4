from functools import partial
from pathlib import Path

import pytest

from antiphon.daemon import smf
from antiphon.daemon.cli import main
from antiphon.daemon.controls import MODES
from antiphon.daemon.demo import programme, simulated, sound
from antiphon.daemon.demo.programme import Programme
from tests.daemon.jam import ScriptedEngine

JAM = partial(simulated.jam, ScriptedEngine())


def parts(folder: Path) -> dict[str, int]:
    """How many notes each of a demo's parts has."""
    read = smf.read(folder / "demo.mid").parts
    return {part.name: len(smf.notes(part.messages)) for part in read}


@pytest.mark.parametrize("mode", sorted(set(MODES) - {"silent"}))
def test_both_play_in_every_mode(mode: str, tmp_path: Path) -> None:
    rows = programme.play(Programme("march", mode, turns=2, seed=1), tmp_path / "demo", JAM)
    assert ("notes hung", "0") in rows
    assert set(parts(tmp_path)) == {"player", "machine"}
    assert (tmp_path / "demo.png").is_file()


def test_in_silent_mode_the_player_is_heard_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = programme.play(Programme("march", "silent", turns=2), tmp_path / "demo", JAM)
    assert rows == [("notes", "0"), ("notes hung", "0")]
    assert set(parts(tmp_path)) == {"player"}
    assert capsys.readouterr().out.count("no reply") == 2


def test_a_simulated_demo_is_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "render", lambda *_: "nothing")
    found = []
    for name in ("first", "second"):
        words = ["--turns", "1", "--simulated", "--out", str(tmp_path / name)]
        assert main(["demo", "hymn", *words]) == 0
        found.append((tmp_path / name / "demo.mid").read_bytes())
    assert found[0] == found[1]
