from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import controls, presets
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.errors import AntiphonError


@given(
    st.builds(
        Controls,
        style=st.sampled_from(["any", "jazz"]),
        density=st.none() | st.floats(0, 1),
        temperature_time=st.floats(0.05, 2),
        channel=st.none() | st.integers(1, 16),
    )
)
def test_what_is_saved_is_loaded(chosen: Controls) -> None:
    texts = presets.from_toml(presets.to_toml(as_values(chosen)))
    assert controls.changed(Controls(), texts)[0] == chosen


def test_some_controls_alone_are_a_preset() -> None:
    assert presets.from_toml("density = 0.5\nstyle = 'jazz'") == {"density": "0.5", "style": "jazz"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("density =", "not valid TOML"),
        ("denstiy = 1", "did you mean density?"),
        ("density = 7", "expected a number from 0 to 1"),
        ("[density]", "expected a number"),
        ("", "no control in it"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(AntiphonError, match=words) as error:
        presets.load(tmp_path, "mine")
    assert str(tmp_path / "mine.toml") in str(error.value)


def test_another_name_is_asked_back(tmp_path: Path) -> None:
    presets.save(tmp_path, "ballad", {"density": 0.25})
    with pytest.raises(AntiphonError, match=r"did you mean ballad\?"):
        presets.load(tmp_path, "balad")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "-x", "con", "COM1", "a b", "ä", "x" * 41, "a\n"]
)
def test_a_name_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    for deed in (lambda: presets.save(tmp_path, name, {}), lambda: presets.load(tmp_path, name)):
        with pytest.raises(AntiphonError, match="cannot name a preset"):
            deed()
    assert list(tmp_path.iterdir()) == []


def test_they_are_listed_by_name_and_others_left_out(tmp_path: Path) -> None:
    assert presets.names(tmp_path / "none") == []
    for name in ("slow", "fast"):
        presets.save(tmp_path, name, {"density": 0.5})
    (tmp_path / "a b.toml").touch()
    (tmp_path / "notes.txt").touch()
    assert presets.names(tmp_path) == ["fast", "slow"]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AntiphonError, match="cannot write"):
        presets.save(tmp_path / "file", "mine", {"density": 0.5})


def test_one_is_removed_and_another_asked_back(tmp_path: Path) -> None:
    presets.save(tmp_path, "ballad", {"density": 0.25})
    with pytest.raises(AntiphonError, match=r"did you mean ballad\?"):
        presets.remove(tmp_path, "balad")
    presets.remove(tmp_path, "ballad")
    assert presets.names(tmp_path) == []


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, {"density": "0.2", "style": "jazz", "voices": "auto", "lowest_key": "21"}),
        (0.25, {"density": "0.35", "style": "jazz", "voices": "auto", "lowest_key": "31"}),
        (0.5, {"density": "0.5", "style": "hymn", "voices": "1", "lowest_key": "40"}),
        (1.0, {"density": "0.8", "style": "hymn", "voices": "1", "lowest_key": "60"}),
    ],
)
def test_between_two_numbers_go_evenly_and_the_rest_in_the_middle(
    share: float, expected: dict[str, str]
) -> None:
    calm = {"density": "0.2", "style": "jazz", "voices": "auto", "lowest_key": "21", "top_p": "1"}
    wild = {"density": "0.8", "style": "hymn", "voices": "1", "lowest_key": "60"}
    assert presets.morphed(calm, wild, share) == expected


@given(
    st.builds(Controls, density=st.none() | st.floats(0, 1), top_p=st.floats(0.5, 1)),
    st.builds(Controls, density=st.none() | st.floats(0, 1), top_p=st.floats(0.5, 1)),
    st.floats(0, 1),
)
def test_wherever_one_stands_between_two_it_can_be_set(
    first: Controls, second: Controls, share: float
) -> None:
    start, end = (presets.from_toml(presets.to_toml(as_values(it))) for it in (first, second))
    controls.changed(Controls(), presets.morphed(start, end, share))
