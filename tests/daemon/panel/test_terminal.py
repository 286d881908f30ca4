import argparse

import pytest
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import terminal
from antiphon.daemon.panel.terminal import StrokeParser


def keys(*pieces: str) -> list[str]:
    """The keys of what a terminal sends, in the pieces in which it is read."""
    found: list[KeyPress] = []
    parser = StrokeParser(found.append)
    for piece in pieces:
        parser.feed(piece)
    parser.flush()
    return [press.key.value if isinstance(press.key, Keys) else press.key for press in found]


def test_strokes_and_other_keys_come_in_their_order() -> None:
    assert keys("a\x1b[122;;122u\x1b[Cb") == ["a", "z", "right", "b"]


@pytest.mark.parametrize("cut", range(1, 13))
def test_a_sequence_may_be_read_in_pieces(cut: int) -> None:
    text = "\x1b[122;1:2;122u"
    assert keys(text[:cut], text[cut:]) == ["z"]


def test_a_lone_escape_is_a_key() -> None:
    assert keys("\x1b") == ["escape"]


def test_a_key_is_let_go_by_the_name_it_was_pressed_with() -> None:
    assert keys("\x1b[233;2;50u", "\x1b[233;1:3u", "\x1b[233;1:3u") == ["2", "2", "é"]


def test_keys_without_a_meaning_are_left_out() -> None:
    assert keys("\x1b[57441;2u\x1b[57441;1:3u") == []


def test_an_answer_is_no_key() -> None:
    assert keys("\x1b[?27u\x1b[O") == ["<ignore>", "<ignore>"]


def test_where_there_is_no_terminal_it_says_so() -> None:
    with pytest.raises(AntiphonError, match="needs a terminal"):
        terminal.look(argparse.Namespace(ascii=False))


@pytest.mark.parametrize(
    ("environment", "encoding", "blocks"),
    [
        ({"LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({}, "utf-8", True),
        ({"LANG": "C.utf8", "TERM": "xterm"}, "UTF-8", True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", False),
        ({}, "cp1252", False),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, "utf-8", False),
    ],
)
def test_blocks_are_drawn_only_where_they_show(
    environment: dict[str, str], encoding: str, blocks: bool
) -> None:
    assert terminal.draws_blocks(environment, encoding) == blocks
