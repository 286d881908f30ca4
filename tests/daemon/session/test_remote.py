import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.midi import note_off, note_on, sustain
from antiphon.daemon.session.remote import Remote

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
FIRST, SECOND = 1, 2


def check(played: list[tuple[int, bytes | None]], expected: list[bytes]) -> None:
    """What is passed on when clients play, or leave (None), in that order."""
    heard: list[bytes] = []
    remote = Remote(heard.append)
    for client, data in played:
        if data is None:
            remote.let_go(client)
        else:
            remote.play(client, data.hex())
    assert heard == expected


def test_it_passes_on() -> None:
    check([(FIRST, ON), (FIRST, OFF)], [ON, OFF])


def test_a_key_struck_twice_ends_first() -> None:
    check([(FIRST, ON), (SECOND, ON), (FIRST, OFF), (SECOND, OFF)], [ON, OFF, ON, OFF])


def test_who_leaves_lets_go() -> None:
    check([(FIRST, ON), (FIRST, None), (FIRST, None)], [ON, OFF])
    check([(FIRST, ON), (SECOND, None)], [ON])
    check([(FIRST, sustain(0, 127)), (FIRST, None)], [sustain(0, 127), sustain(0, 0)])


def test_a_note_on_without_velocity_is_a_note_off() -> None:
    check([(FIRST, ON), (FIRST, b"\x90\x3c\x00"), (FIRST, None)], [ON, b"\x90\x3c\x00"])


def test_nonsense_is_refused() -> None:
    for text in (None, b"903c50", "903c50903c50", "9g"):
        with pytest.raises(AntiphonError, match="play needs data"):
            Remote(lambda _: None).play(FIRST, text)
