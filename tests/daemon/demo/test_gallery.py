from functools import partial
from pathlib import Path

import pytest

from antiphon.daemon.controls import MODES
from antiphon.daemon.demo import gallery, simulated
from antiphon.daemon.demo.gallery import EXHIBITS, Exhibit
from antiphon.daemon.demo.programme import Programme, phrase_names
from antiphon.daemon.errors import AntiphonError
from tests.daemon.jam import ScriptedEngine

SCRIPTED = partial(simulated.jam, ScriptedEngine())
SHORT = (Exhibit(Programme("hymn", turns=1, seed=1, controls={"density": "0"}), "A phrase."),)


def test_every_mode_that_plays_is_shown() -> None:
    assert {exhibit.programme.mode for exhibit in EXHIBITS} == set(MODES) - {"silent"}
    assert {exhibit.programme.phrase for exhibit in EXHIBITS} <= set(phrase_names())
    names = [exhibit.name for exhibit in EXHIBITS]
    assert len(set(names)) == len(names)


def test_the_page_shows_each_and_links_its_files(tmp_path: Path) -> None:
    shown = EXHIBITS[-2:]
    assert gallery.make(tmp_path, SCRIPTED, shown) == 0
    page = (tmp_path / gallery.PAGE).read_text(encoding="utf-8")
    for exhibit in shown:
        for kind in ("mid", "png"):
            assert f"({exhibit.name}.{kind})" in page
            assert (tmp_path / f"{exhibit.name}.{kind}").is_file()
        assert exhibit.words in page


def made(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    gallery.make(folder, partial(simulated.jam, simulated.engine_of("")), SHORT)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_comes_out_the_same_byte_for_byte(tmp_path: Path) -> None:
    first = made(tmp_path / "first")
    assert set(first) == {"README.md", "reply-hymn-density-0.mid", "reply-hymn-density-0.png"}
    assert made(tmp_path / "second") == first


def test_no_other_page_is_written_over(tmp_path: Path) -> None:
    page = tmp_path / gallery.PAGE
    page.write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(AntiphonError, match="--out"):
        gallery.make(tmp_path, SCRIPTED, SHORT)
    assert [path.name for path in tmp_path.iterdir()] == [gallery.PAGE]
    assert page.read_text(encoding="utf-8") == "# Mine\n"
