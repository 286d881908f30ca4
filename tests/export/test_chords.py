"""Chords of a whole, found half second by half second."""

import numpy as np
import pytest

from antiphon.export.chords import chords_of
from antiphon.model.arrays import NOTE, Notes
from tests.model.material import notes_of


def tones(notes: Notes, until_s: float) -> list[set[int]]:
    return [
        {tone for tone, belongs in enumerate(row) if belongs}
        for row in chords_of(notes, until_s).tones.tolist()
    ]


def held(begin_s: float, end_s: float, *keys: int) -> Notes:
    return notes_of(*((begin_s, end_s, key, 64) for key in keys))


@pytest.mark.parametrize(
    ("keys", "chord"),
    [
        ((48, 64, 67), {0, 4, 7}),
        ((57, 60, 64), {9, 0, 4}),
        ((43, 59, 62, 65), {7, 11, 2, 5}),
        # Two tones might be of several chords.
        ((48, 55), set()),
    ],
)
def test_what_sounds_together_is_a_chord(keys: tuple[int, ...], chord: set[int]) -> None:
    assert tones(held(0.0, 4.0, *keys), 4.0) == [chord] * 8


def test_a_broken_chord_is_one_and_a_passing_note_does_not_change_it() -> None:
    keys = (48, 52, 55, 52) * 4
    broken = notes_of(*((0.25 * i, 0.25 * i + 0.25, key, 64) for i, key in enumerate(keys)))
    assert tones(broken, 4.0)[1:-1] == [{0, 4, 7}] * 6
    passing = notes_of((0, 4, 48, 64), (0, 4, 64, 64), (0, 4, 67, 64), (2.0, 2.2, 65, 64))
    assert tones(passing, 4.0) == [{0, 4, 7}] * 8


def test_a_chord_changes_where_it_changes() -> None:
    first, second = held(0.0, 2.0, 48, 52, 55), held(2.0, 4.0, 50, 53, 57)
    both = notes_of(*((n["onset"], n["offset"], n["key"], 64) for n in [*first, *second]))
    assert tones(both, 4.0) == [{0, 4, 7}] * 4 + [{2, 5, 9}] * 4


def test_silence_and_clusters_have_no_chord() -> None:
    assert tones(np.empty(0, NOTE), 1.0) == [set(), set()]
    found = chords_of(held(0.0, 1.0, 60, 61, 62, 63, 64, 65, 66), 3.0)
    assert not found.known.any()
