import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.panel.kitty import Action, Answer, Away, Stroke, read


@pytest.mark.parametrize(
    ("sequence", "code", "name", "action"),
    [
        ("\x1b[122;;122u", "122", "z", Action.PRESS),
        ("\x1b[122u", "122", "z", Action.PRESS),
        ("\x1b[122;1:2;122u", "122", "z", Action.REPEAT),
        ("\x1b[122;1:3u", "122", "z", Action.RELEASE),
        ("\x1b[122;2;90u", "122", "Z", Action.PRESS),
        ("\x1b[122;2u", "122", "Z", Action.PRESS),
        ("\x1b[47;2;63u", "47", "?", Action.PRESS),
        ("\x1b[122;129;122u", "122", "z", Action.PRESS),
        ("\x1b[99;5u", "99", "c-c", Action.PRESS),
        ("\x1b[122:90:122;1:1;122u", "122", "z", Action.PRESS),
        ("\x1b[32;;32u", "32", " ", Action.PRESS),
        ("\x1b[9u", "9", "c-i", Action.PRESS),
        ("\x1b[27;1:3u", "27", "escape", Action.RELEASE),
        ("\x1b[1;1:2C", "1C", "right", Action.REPEAT),
        ("\x1b[1;2D", "1D", "s-left", Action.PRESS),
        ("\x1b[1;129A", "1A", "up", Action.PRESS),
        ("\x1b[3;1:3~", "3~", "delete", Action.RELEASE),
        ("\x1b[57441;2u", "57441", "", Action.PRESS),
        ("\x1b[1;5C", "1C", "", Action.PRESS),
        ("\x1b[122;9u", "122", "", Action.PRESS),
        ("\x1b[57400;129;49u", "57400", "1", Action.PRESS),
    ],
)
def test_keys_are_read(sequence: str, code: str, name: str, action: Action) -> None:
    assert read(sequence) == Stroke(code, name, action)


def test_what_the_terminal_says_of_itself_is_read() -> None:
    assert read("\x1b[?27u") == Answer(feels_releases=True)
    assert read("\x1b[?1u") == Answer(feels_releases=False)
    assert read("\x1b[O") == Away()


@pytest.mark.parametrize(
    "other", ["", "z", "\x1b", "\x1b[C", "\x1b[3~", "\x1b[<0;1;1M", "\x1b[2;3R"]
)
def test_other_sequences_are_left_alone(other: str) -> None:
    assert read(other) is None


@given(st.from_regex(r"\x1b\[[0-9:;?]{0,12}[A-Zu~]", fullmatch=True))
def test_any_sequence_can_be_read(sequence: str) -> None:
    said = read(sequence)
    assert not isinstance(said, Stroke) or len(said.name) < 9
