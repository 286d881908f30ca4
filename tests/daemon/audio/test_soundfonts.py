from pathlib import Path

import pytest

from antiphon.daemon.audio import soundfonts
from antiphon.daemon.errors import AntiphonError


def test_the_preferred_soundfont_wins(tmp_path: Path) -> None:
    for name in ("a.sf2", "FluidR3_GM.sf2", "notes.txt"):
        (tmp_path / name).touch()
    found = soundfonts.find((str(tmp_path / "absent"), str(tmp_path)))
    assert found == tmp_path / "FluidR3_GM.sf2"
    assert soundfonts.find((str(tmp_path / "absent"),)) is None


def test_any_other_is_better_than_none(tmp_path: Path) -> None:
    (tmp_path / "broken.sf2").symlink_to(tmp_path / "gone")
    (tmp_path / "piano.SF3").touch()
    assert soundfonts.find((str(tmp_path),)) == tmp_path / "piano.SF3"


def test_the_one_that_is_named_is_taken(tmp_path: Path) -> None:
    font = tmp_path / "mine.sf3"
    font.touch()
    assert soundfonts.chosen(str(font)) == font


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("none.sf2", "there is no soundfont"), ("song.mid", "must end in .sf2 or .sf3")],
)
def test_one_that_cannot_be_is_refused(tmp_path: Path, wanted: str, words: str) -> None:
    (tmp_path / "song.mid").touch()
    with pytest.raises(AntiphonError, match=words):
        soundfonts.chosen(str(tmp_path / wanted))


def test_without_any_it_says_what_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfonts, "find", lambda: None)
    with pytest.raises(AntiphonError, match=r"no soundfont is found: get one .*\[audio\]"):
        soundfonts.chosen("")
