import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.character import (
    FEWEST_NOTES,
    FOLLOWED,
    Character,
    position,
)
from antiphon.model.conditions import LEVEL_EDGES, LEVELS
from antiphon.model.dialects import gap_class


def played(
    keys: list[int], gap_s: float = 0.25, velocity: int = 64, character: Character | None = None
) -> Character:
    character = character or Character()
    for index, key in enumerate(keys):
        character.strike(index * gap_s, key, velocity)
        character.release((index + 0.9) * gap_s, key)
    return character


SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


@pytest.mark.parametrize(
    ("control", "less", "more"),
    [
        ("density", played(SCALE, gap_s=0.4), played(SCALE, gap_s=0.1)),
        ("loudness", played(SCALE, velocity=45), played(SCALE, velocity=85)),
        ("register", played([key - 12 for key in SCALE]), played(SCALE)),
    ],
)
def test_more_of_it_stands_higher(control: str, less: Character, more: Character) -> None:
    assert less.positions()[control] < more.positions()[control]


def test_chords_are_more_voices_than_a_line() -> None:
    chords = Character()
    for index in range(8):
        for key in (48, 55, 64):
            chords.strike(index * 0.5, key, 64)
        for key in (48, 55, 64):
            chords.release(index * 0.5 + 0.45, key)
    assert chords.positions()["voices"] > played(SCALE).positions()["voices"]


def test_too_few_notes_leave_what_was() -> None:
    assert not played(SCALE[: FEWEST_NOTES - 1]).positions()
    character = played(SCALE)
    before = dict(character.positions())
    character.begin()
    character.strike(100.0, 30, 127)
    assert character.positions() == before


def test_only_the_last_seconds_count() -> None:
    character = played([100] * 8)
    for index in range(8):
        character.strike(60.0 + index, 40, 64)
    assert character.positions()["register"] == position("register", 40.0)


def test_gaps_are_shared_out() -> None:
    gaps = played(SCALE, gap_s=0.25).gaps()
    assert gaps[gap_class(0.25)] == gaps.sum() == 1.0
    assert not played(SCALE[:3]).gaps().any()


def test_a_key_still_held_counts_too() -> None:
    character = Character()
    for index, key in enumerate(SCALE):
        character.strike(index * 0.25, key, 64)
    assert character.positions()["voices"] > played(SCALE).positions()["voices"]


@given(st.sampled_from(FOLLOWED), st.floats(-10, 200), st.floats(-10, 200))
def test_positions_lie_between_the_ends_and_ascend(control: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= position(control, low) <= position(control, high) <= 1.0


@pytest.mark.parametrize("control", FOLLOWED)
def test_the_middle_of_a_level_asks_for_that_level(control: str) -> None:
    edges = LEVEL_EDGES[control]
    middle = (edges[2] + edges[3]) / 2
    assert position(control, middle) * (LEVELS - 1) == pytest.approx(3.0)
