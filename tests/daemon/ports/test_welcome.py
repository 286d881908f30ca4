from collections.abc import Sequence

import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports import welcome
from antiphon.daemon.ports.protocols import Way
from antiphon.daemon.ports.welcome import Welcome

KEYSTATION, PIANO = "Keystation:MIDI 1 20:0", "Piano:MIDI 1 24:0"


class Stand:
    """A chooser with ports that a test plugs in."""

    def __init__(self) -> None:
        self.there: Sequence[str] = []
        self.chosen: list[str] = []
        self.free = True
        self.gone = False

    def names(self) -> dict[Way, list[str]]:
        if self.gone:
            raise AntiphonError("the server is gone")
        return {Way.INPUT: list(self.there), Way.OUTPUT: []}

    def choose(self, way: Way, wanted: str | None) -> str:
        assert way is Way.INPUT
        self.chosen.append(str(wanted))
        return str(wanted)


@pytest.fixture
def stand() -> Stand:
    return Stand()


def looked(stand: Stand) -> bool:
    return Welcome("alsa", stand, lambda: stand.free, lambda _: None).look()


def test_the_one_keyboard_is_taken(stand: Stand) -> None:
    assert looked(stand)
    stand.there = [KEYSTATION]
    assert not looked(stand)
    assert stand.chosen == [KEYSTATION]


def test_without_a_sign_of_hardware_nothing_is_looked_at(stand: Stand) -> None:
    signs = [0]
    it = Welcome("jack", stand, lambda: True, lambda _: None, lambda: signs[-1])
    stand.there = ["system:midi_capture_1"]
    assert all(it.look() for _ in range(9))
    signs.append(1)
    stand.there = []
    assert all(it.look() for _ in range(welcome.LOOKS - 1))
    stand.there = ["system:midi_capture_1"]
    assert not it.look()
    assert stand.chosen == ["system:midi_capture_1"]


def test_of_two_none_is_taken_until_one_is_gone(stand: Stand) -> None:
    stand.there = [KEYSTATION, PIANO]
    assert looked(stand)
    assert stand.chosen == []
    stand.there = [PIANO]
    assert not looked(stand)
    assert stand.chosen == [PIANO]


def test_who_plays_already_is_left_alone(stand: Stand) -> None:
    stand.there, stand.free = [KEYSTATION], False
    assert not looked(stand)
    assert stand.chosen == []


def test_a_server_that_is_gone_is_waited_for(stand: Stand) -> None:
    stand.gone = True
    assert looked(stand)


def test_it_looks_until_there_is_one(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcome, "LOOK_S", 0.001)
    stand.there = [KEYSTATION]
    names: list[str] = []
    with Welcome("alsa", stand, lambda: True, names.append) as it:
        it._thread.join(20)
    assert names == [KEYSTATION]
