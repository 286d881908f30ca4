from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model import events, notation
from antiphon.model.errors import ModelError
from antiphon.model.events import Event

notes = st.builds(
    Event,
    st.integers(0, 1),
    st.integers(0, events.STEPS - 1),
    st.integers(0, events.KEYS - 1),
    st.integers(0, events.TOUCHES - 1),
)
others = st.builds(
    Event,
    st.integers(0, 1),
    st.integers(0, events.STEPS - 1),
    st.integers(events.KEYS, events.KINDS - 1),
)


@given(notes | others)
def test_text_comes_back_as_the_event(event: Event) -> None:
    assert notation.event_of(notation.text_of(event)) == event


def check(text: str, event: Event) -> None:
    assert notation.event_of(text) == event


def test_events_in_words() -> None:
    check("player +0.250 on C4 v70", Event(0, events.step_of(0.25), 60, 17))
    check("machine +0 off C#4", Event(1, 0, events.NOTE_OFF + 61))
    check("machine 0.1 pedal down", Event(1, 20, events.PEDAL_DOWN))
    check("  player\t+0.005   pedal up ", Event(0, 1, events.PEDAL_UP))
    assert notation.text_of(Event(0, 50, 60, 17)) == "player +0.256 on C4 v70"


def test_a_file_with_comments_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tune.txt"
    path.write_text(
        "# a call\n\nplayer +0 on F#4 v80  # sharp, no comment\n   # more\nplayer +0.5 off F#4\n"
    )
    found = notation.read(path)
    assert [event.kind for event in found] == [66, events.NOTE_OFF + 66]
    assert notation.text(found).splitlines()[0] == "player +0.000 on F#4 v82"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("player on C4", "is no event"),
        ("player +0 on C4 v70 loud", "is no event"),
        ("human +0 on C4 v70", "'human' is no part"),
        ("player soon on C4 v70", "'soon' is no time"),
        ("player -0.1 on C4 v70", "-0.1 is outside"),
        ("player +11 on C4 v70", r"\+11 is outside"),
        ("player +nan on C4 v70", r"\+nan is outside"),
        ("player +0 on H4 v70", "'H4' is not a key"),
        ("player +0 on C4", "has no velocity"),
        ("player +0 on C4 70", "has no velocity"),
        ("player +0 on C4 vv", "'vv' is no velocity"),
        ("player +0 on C4 v0", "velocity 0 is outside"),
        ("player +0 off C4 v70", "is too much"),
        ("player +0 pedal left", "'pedal left' is nothing that happens"),
        ("player +0 bend C4", "'bend C4' is nothing that happens"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(f"player +0 on C4 v70\n# fine so far\n{line}\n")
    with pytest.raises(ModelError, match=rf"bad\.txt, line 3: .*{complaint}") as caught:
        notation.read(path)
    assert "\n" not in str(caught.value)


def test_files_that_hold_nothing_are_named(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.txt", tmp_path / "noise.txt"
    empty.write_text("# only talk\n")
    binary.write_bytes(b"MThd\xff\xfe\x80")
    for path, complaint in (
        (empty, "holds no events"),
        (binary, "neither text"),
        (tmp_path / "lost.txt", "no such file"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(ModelError, match=complaint):
            notation.read(path)
