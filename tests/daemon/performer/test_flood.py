"""More notes than anybody plays come in, and stop."""

import pytest

from antiphon.daemon import midi
from antiphon.daemon.performer.flood import MANY, Flood
from antiphon.model.events import PLAYER
from tests.daemon.jam import Jam, check_all_notes_end, who_and_kind

MODES = ("reply", "continue", "together", "harmonise")


def flooded(mode: str, seconds: int = 3) -> Jam:
    """A jam into which a file is routed that plays two hundred notes a second."""
    jam = Jam()
    jam.set(mode=mode)
    jam.note(60)
    for index in range(200 * seconds):
        jam.play(midi.note_on(index % 16, 30 + index % 60, 64))
        jam.wait(0.005)
        jam.play(midi.note_off(index % 16, 30 + index % 60))
    return jam


@pytest.mark.parametrize("mode", MODES)
def test_the_machine_is_silent_in_a_flood_and_says_why_once(mode: str) -> None:
    jam = flooded(mode)
    jam.wait(3.0)
    (told,) = jam.problems
    assert f"more than {MANY} notes a second" in told
    assert not [data for time, data in jam.machine() if time > 1.5 and midi.is_note_on(data)]
    check_all_notes_end(jam)


@pytest.mark.parametrize("mode", MODES)
def test_it_plays_again_after_it(mode: str) -> None:
    jam = flooded(mode)
    heard = [kind for who, kind in who_and_kind(jam) if who == PLAYER and kind < 128]
    assert len(heard) == 601
    jam.wait(3.0)
    before = jam.now
    for key in (60, 62, 64, 65, 67):
        jam.note(key)
    jam.wait(3.0)
    assert [data for time, data in jam.machine() if time > before and midi.is_note_on(data)]
    assert len(jam.problems) == 1


def test_a_mode_chosen_in_a_flood_is_silent_too() -> None:
    jam = flooded("reply")
    jam.set(mode="harmonise")
    jam.wait(0.1)
    jam.note(60)
    assert not [data for time, data in jam.machine() if time > 1.5 and midi.is_note_on(data)]
    jam.wait(3.0)
    jam.note(60)
    jam.wait(0.1)
    before = len(jam.machine())
    jam.note(60)
    assert len(jam.machine()) > before


def test_its_end_is_told_though_nothing_more_is_played() -> None:
    jam = flooded("reply")
    jam.ask()
    assert len(jam.listed.lines) == 1
    jam.wait(1.0)
    jam.ask()
    assert jam.listed.lines == []


def test_two_hands_that_tremble_in_full_chords_are_no_flood() -> None:
    flood = Flood()
    for stroke in range(100):
        for _ in range(8):
            flood.strike(stroke / 12)
    assert not flood.is_on
