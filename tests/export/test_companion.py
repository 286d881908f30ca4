"""What is counted of a part beside a player, each on a case whose right value is known by hand."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pytest

from antiphon.export.chord_track import chords_of
from antiphon.export.companion import (
    CompanionStats,
    clashes,
    drones,
    near,
    stats_of,
    struck_again,
)
from antiphon.model.arrays import NOTE, Notes
from tests.model.material import notes_of

NOTHING = np.empty(0, NOTE)


def played(*rows: tuple[float, float, int]) -> Notes:
    """Notes from (onset, offset, key)."""
    return notes_of(*((onset, offset, key, 64) for onset, offset, key in rows))


def pulse(count: int, gap_s: float, key: int = 72) -> Notes:
    return played(*((i * gap_s, i * gap_s + gap_s / 2, key) for i in range(count)))


def test_entries_within_40_ms_are_in_time() -> None:
    player = np.array([1.0, 2.0])
    times_s = np.array([0.95, 0.965, 1.0, 1.039, 1.045, 2.03, 3.0])
    expected = [False, True, True, True, False, True, False]
    assert near(times_s, player).tolist() == expected
    assert near(times_s, player[:0]).tolist() == [False] * 7


@pytest.mark.parametrize(
    ("rows", "after_end", "after_beginning"),
    [
        # Struck again 0.1 s after its end, 0.6 s after its beginning.
        ([(0.0, 0.5, 60), (0.6, 1.0, 60)], [False, True], [False, False]),
        ([(0.0, 0.5, 60), (0.66, 1.0, 60)], [False, False], [False, False]),
        ([(0.0, 0.08, 60), (0.12, 1.0, 60)], [False, True], [False, True]),
        # Another key's end counts for nothing.
        ([(0.0, 0.08, 60), (0.12, 1.0, 61)], [False, False], [False, False]),
        ([(0.0, 0.1, 60), (0.05, 0.1, 62), (0.12, 1.0, 60)], [False] * 2 + [True],
         [False] * 2 + [True]),
    ],
)  # fmt: skip
def test_a_key_struck_again_at_once(
    rows: Sequence[tuple[float, float, int]], after_end: list[bool], after_beginning: list[bool]
) -> None:
    part = played(*rows)
    assert struck_again(part, "offset").tolist() == after_end
    assert struck_again(part, "onset").tolist() == after_beginning


@pytest.mark.parametrize(
    ("note", "does"),
    [
        ((1.0, 2.0, 61), True),
        ((1.0, 2.0, 59), True),
        ((1.0, 2.0, 60), False),
        ((1.0, 2.0, 62), False),
        # An octave and a semitone apart is no semitone.
        ((1.0, 2.0, 73), False),
        ((1.97, 3.0, 61), False),
        ((1.9, 3.0, 61), True),
        ((2.5, 3.0, 61), False),
    ],
)
def test_semitones_that_sound_together_clash(note: tuple[float, float, int], does: bool) -> None:
    player = played((0.0, 0.5, 72), (1.0, 2.0, 60))
    assert clashes(played(note), player).tolist() == [does]


def test_a_note_held_while_eight_others_begin_is_a_drone() -> None:
    short = [(0.5 * i, 0.5 * i + 0.4, 64) for i in range(12)]
    # 4.1 s from 0.1 s on: eight others begin, at 0.5 s to 4.0 s.
    part = played((0.0, 0.4, 64), (0.1, 4.2, 36), *short[1:])
    assert drones(part, NOTHING).tolist() == [False, True] + [False] * 11
    # 3.8 s: seven of them.
    part = played((0.0, 0.4, 64), (0.1, 3.9, 36), *short[1:])
    assert not drones(part, NOTHING).any()
    # The player's beginnings count, too.
    assert drones(part, pulse(20, 0.3)).any()


def test_notes_as_long_as_the_others_and_short_ones_are_no_drones() -> None:
    player = pulse(100, 0.1)
    pads = played(*((2.5 * i, 2.5 * i + 2.4, 48) for i in range(4)))
    assert not drones(pads, player).any()
    # Four times the median, but no longer than 2 s.
    assert not drones(played((0.0, 0.2, 60), (0.5, 0.7, 60), (1.0, 2.9, 48)), player).any()
    assert drones(NOTHING, player).tolist() == []


def test_all_is_counted_and_added_up() -> None:
    player = played((0.0, 1.0, 72), (1.0, 2.0, 74), (2.0, 4.0, 76))
    part = played((0.01, 0.9, 48), (1.0, 1.1, 73), (1.5, 1.6, 60), (1.62, 1.8, 60))
    chords = chords_of(played((0.0, 4.0, 48), (0.0, 4.0, 52), (0.0, 4.0, 55)), 4.0)
    stats = stats_of(part, player, chords, np.array([1.0, 2.0]), 4.0)
    expected = CompanionStats(
        notes=4,
        in_time=2,
        # The first note is before the first beat that is known.
        judged=3,
        on_beat=1,
        restrikes=1,
        stutters=1,
        clashes=1,
        drones=0,
        key_sum=241,
        in_chord_s=0.89 + 0.1 + 0.18,
        chorded_s=0.89 + 0.1 + 0.1 + 0.18,
        seconds=4.0,
    )
    assert asdict(stats) == pytest.approx(asdict(expected))
    assert (stats.density, stats.register) == (1.0, 60.25)
    both = stats + stats_of(NOTHING, player, chords, None, 4.0)
    assert (both.density, both.register) == (0.5, 60.25)
    assert both.shares()["in_time"] == 0.5
    assert both.shares()["on_beat"] == pytest.approx(1 / 3)


def test_what_cannot_be_judged_has_no_share() -> None:
    silent = stats_of(NOTHING, pulse(9, 0.5), chords_of(NOTHING, 4.0), None, 4.0)
    assert (silent.density, silent.register) == (0.0, None)
    assert set(silent.shares().values()) == {None}
