import pytest

from antiphon.daemon.performer.room import BACK_S, Room


def played(rate: float, seconds: float, voices: int = 1) -> Room:
    """A player at so many attacks a second, up to 100 s."""
    room = Room()
    for index in range(int(rate * seconds)):
        for voice in range(voices):
            room.strike(100 - seconds + index / rate + 0.004 * voice)
    return room


@pytest.mark.parametrize(("rate", "least", "most"), [(1, 1, 1), (6, 0.3, 0.7), (10, 0, 0)])
def test_the_more_is_played_the_less_is_left(rate: float, least: float, most: float) -> None:
    assert least <= played(rate, 5).left(100) <= most


def test_a_chord_is_one_attack() -> None:
    assert played(3, 5, voices=5).left(100) == 1.0


def test_nobody_leaves_all_the_room() -> None:
    assert Room().left(0.0) == 1.0


def test_room_comes_back_slowly() -> None:
    room = played(10, 5)
    left = [room.left(100 + later) for later in (0.0, 1.5, BACK_S + 0.1)]
    assert left[0] == 0.0 < left[1] < left[2] == 1.0


@pytest.mark.parametrize("rate", [0.5, 4, 5, 7, 9, 12])
def test_all_the_room_is_left_when_it_says_and_not_before(rate: float) -> None:
    room = played(rate, 5)
    opens_s = room.opens_s(100)
    assert room.left(opens_s + 1e-6) == 1.0
    if opens_s > 100:
        assert played(rate, 5).left(opens_s - 0.05) < 1.0
