from pathlib import Path

from antiphon.daemon.controls import MODES
from antiphon.daemon.demo import gallery
from antiphon.daemon.demo.command import phrase_names
from antiphon.model.styles import STYLES


def test_every_mode_that_plays_is_shown() -> None:
    assert {exhibit.mode for exhibit in gallery.EXHIBITS} == set(MODES) - {"silent"}
    assert {exhibit.phrase for exhibit in gallery.EXHIBITS} <= set(phrase_names())
    assert {exhibit.style for exhibit in gallery.EXHIBITS} <= {None, *STYLES}
    names = [exhibit.name for exhibit in gallery.EXHIBITS]
    assert len(set(names)) == len(names)


def test_the_page_shows_each_and_links_its_files(tmp_path: Path) -> None:
    played: list[dict[str, object]] = []

    def play(**options: object) -> None:
        played.append(options)

    assert gallery.make(tmp_path, play) == 0
    page = (tmp_path / gallery.PAGE).read_text(encoding="utf-8")
    assert [options["stem"] for options in played] == [
        tmp_path / exhibit.name for exhibit in gallery.EXHIBITS
    ]
    for exhibit in gallery.EXHIBITS:
        assert f"({exhibit.name}.mid)" in page
        assert f"({exhibit.name}.png)" in page
        assert exhibit.words in page
