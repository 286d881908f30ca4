"""The chords of a whole, and how long notes sound in them."""

import numpy as np
import pytest

from antiphon.export.chord_track import ChordTrack, chords_of
from antiphon.model.arrays import NOTE, Notes
from tests.model.material import notes_of


def held(*chords: tuple[float, float, tuple[int, ...]]) -> Notes:
    return notes_of(*((begin_s, end_s, key, 64) for begin_s, end_s, keys in chords for key in keys))


def tones(track: ChordTrack) -> list[set[int]]:
    return [set(np.flatnonzero(row).tolist()) for row in track.tones]


def test_a_chord_sounds_until_the_next() -> None:
    track = chords_of(held((1.0, 3.0, (48, 52, 55)), (3.0, 5.0, (50, 53, 57))), 6.0)
    assert tones(track) == [{0, 4, 7}, {2, 5, 9}]
    assert track.edges_s.tolist() == pytest.approx([1.0, 3.0, 6.0], abs=1e-4)


def test_a_passing_note_changes_no_chord() -> None:
    notes = held((0.0, 4.0, (48, 64, 67)), (2.0, 2.2, (65,)))
    assert tones(chords_of(notes, 4.0)) == [{0, 4, 7}]


def test_time_in_tones_of_the_chord() -> None:
    track = chords_of(held((0.0, 2.0, (48, 52, 55)), (2.0, 4.0, (50, 53, 57))), 4.0)
    # E sounds for a second in C major and for half a second in D minor.
    assert track.harmony_s(held((1.0, 2.5, (76,)))) == pytest.approx((1.0, 1.5), abs=1e-4)
    # D only in the second of its chords, F sharp never.
    part = held((0.0, 4.0, (62,)), (0.0, 1.0, (66,)))
    assert track.harmony_s(part) == pytest.approx((2.0, 5.0), abs=1e-4)
    # Nothing is judged before the first chord.
    late = chords_of(held((1.0, 2.0, (48, 52, 55))), 2.0)
    assert late.harmony_s(held((0.0, 2.0, (60,)))) == pytest.approx((1.0, 1.0))


def test_without_notes_there_are_no_chords() -> None:
    nothing = np.empty(0, NOTE)
    assert chords_of(nothing, 4.0).harmony_s(held((0.0, 1.0, (60,)))) == (0.0, 0.0)
    assert chords_of(held((0.0, 1.0, (60,))), 4.0).harmony_s(nothing) == (0.0, 0.0)
