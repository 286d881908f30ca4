from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import learned
from antiphon.daemon.session.learned import (
    Kind,
    Source,
    can_move,
    from_toml,
    load_map,
    map_names,
    read_source,
    source_of,
    to_toml,
)

SOURCES = st.one_of(
    st.builds(
        Source,
        st.sampled_from([Kind.CC, Kind.NOTE]),
        st.integers(0, 127),
        st.none() | st.integers(0, 15),
    ),
    st.builds(Source, st.just(Kind.PROGRAM), st.none(), st.none() | st.integers(0, 15)),
)


@given(SOURCES)
def test_the_words_of_a_source_are_read_back(source: Source) -> None:
    assert read_source(str(source)) == source


def test_sources_are_written_as_musicians_count() -> None:
    assert str(Source(Kind.CC, 21, 0)) == "cc 21 channel 1"
    assert read_source("  CC 21 Channel 16 ") == Source(Kind.CC, 21, 15)
    assert read_source("note 36") == Source(Kind.NOTE, 36)
    assert read_source("program") == Source(Kind.PROGRAM)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "cc",
        "cc 128",
        "cc 1 channel 17",
        "cc 1 channel 0",
        "knob 1",
        "program 1",
        "cc x",
        "cc " + "1" * 5000,
    ],
)
def test_what_is_no_source_is_told_with_an_example(words: str) -> None:
    with pytest.raises(AntiphonError, match="write it as 'cc 21 channel 1'"):
        read_source(words)


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (midi.control_change(0, 21, 5), Source(Kind.CC, 21, 0)),
        (midi.note_on(9, 36, 1), Source(Kind.NOTE, 36, 9)),
        (b"\xc3\x05", Source(Kind.PROGRAM, None, 3)),
        (midi.note_off(9, 36), None),
        (midi.sustain(0, 127), None),
        (midi.control_change(0, 0, 1), None),
        (midi.control_change(0, 123, 0), None),
        (b"\xe0\x00\x40", None),
        (b"\xf8", None),
        (b"", None),
    ],
)
def test_pedals_banks_and_resets_are_no_knobs(data: bytes, source: Source | None) -> None:
    assert source_of(data) == source


@given(SOURCES, st.binary(min_size=1, max_size=3))
def test_the_head_of_a_source_is_that_of_its_messages_alone(source: Source, data: bytes) -> None:
    found = source_of(data)
    if found is not None:
        is_its = found.kind == source.kind and found.number == source.number
        is_its = is_its and source.channel in (None, found.channel)
        heads = set(source.heads())
        assert (data[:2] in heads or data[:1] in heads) == is_its


def test_a_key_moves_no_control_and_a_program_only_picks() -> None:
    assert not can_move(Source(Kind.NOTE, 36), "density")
    assert can_move(Source(Kind.NOTE, 36), "panic")
    assert can_move(Source(Kind.PROGRAM), "style")
    assert can_move(Source(Kind.PROGRAM), "preset")
    assert not can_move(Source(Kind.PROGRAM), "density")
    assert not can_move(Source(Kind.CC, 1), "preset")
    assert can_move(Source(Kind.CC, 1), "temperature")


def test_a_file_is_read_back() -> None:
    known = {Source(Kind.CC, 21, 0): "density", Source(Kind.PROGRAM): "preset"}
    assert from_toml(to_toml(known)) == known


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cc 21 =", "not valid TOML"),
        ('"cc 21" = "denstiy"', "did you mean density?"),
        ('"cc 21" = 7', "nothing to learn named '7'"),
        ('"cc x" = "density"', "is no knob"),
        ('"note 36" = "density"', "note 36 cannot move density"),
        ("[cc]", "is no knob"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "learned.toml"
    path.write_text(text)
    with pytest.raises(AntiphonError, match=words) as caught:
        learned.load(path)
    assert str(path) in str(caught.value)


def test_without_a_file_nothing_is_learned(tmp_path: Path) -> None:
    path = tmp_path / "new" / "learned.toml"
    assert learned.load(path) == {}
    learned.save(path, {Source(Kind.CC, 1): "density"})
    assert learned.load(path) == {Source(Kind.CC, 1): "density"}


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AntiphonError, match="cannot write"):
        learned.save(tmp_path / "file" / "learned.toml", {})


@pytest.mark.parametrize("name", map_names())
def test_every_map_moves_what_there_is_once(name: str) -> None:
    targets = list(load_map(name).values())
    assert set(targets) <= {*CONTROLS, *ALIASES, *DEEDS}
    assert len(set(targets)) == len(targets) >= 8


def test_another_map_is_asked_back() -> None:
    with pytest.raises(AntiphonError, match=r"did you mean nanokontrol2\?"):
        load_map("nanokontrol")
