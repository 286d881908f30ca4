from pathlib import Path

import pytest

from antiphon.daemon import wholefile


def test_it_stands_there_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "some.toml"
    for text in ("one", "andere Töne"):
        wholefile.write(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert list(path.parent.iterdir()) == [path]


def test_where_it_fails_all_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"before")

    def fail() -> None:
        with wholefile.replaced(path) as unfinished:
            unfinished.write_bytes(b"half")
            assert path.read_bytes() == b"before"
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_where_nobody_may_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        wholefile.write(tmp_path / "file" / "some.toml", "")


def test_a_folder_that_is_not_there_is_not_made_by_a_slip(tmp_path: Path) -> None:
    with pytest.raises(OSError), wholefile.replaced(tmp_path / "nowhere" / "x.mid"):
        pass
    assert not (tmp_path / "nowhere").exists()
