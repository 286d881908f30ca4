from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator

from antiphon.model import hands
from antiphon.model.arrays import Notes
from tests.model.material import notes_of, random_notes

seeds = st.integers(0, 100_000)


def chords(count: int = 64) -> Notes:
    """Four-part chords a second apart, as flat as notation is."""
    rows = [(float(beat), beat + 1.0, key, 90) for beat in range(count) for key in (48, 55, 60, 64)]
    notes = notes_of(*rows)
    notes["beat"] = notes["onset"]
    notes["part"] = notes["key"] < 60
    return notes


def of_score(notes: Notes, rng: Generator) -> Notes:
    return hands.perform_score(notes, 4.0, "jazz", rng)[0]


def of_colour(notes: Notes, rng: Generator) -> Notes:
    return hands.colour(notes, 4.0, 1.0, rng)


@pytest.mark.parametrize("hand", [of_score, of_colour, hands.loosen, hands.stumble, hands.swing])
@given(seed=seeds)
def test_a_hand_plays_what_can_be_played(
    hand: Callable[[Notes, Generator], Notes], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, 80)
    before = notes.copy()
    played = hand(notes, rng)
    assert np.array_equal(notes, before)
    assert (np.diff(played["onset"]) >= 0).all()
    assert (played["offset"] > played["onset"]).all()
    assert 1 <= played["velocity"].min() <= played["velocity"].max() <= 127
    assert len(played) >= 0.8 * len(notes)


@given(seeds)
def test_pedals_go_up_and_down_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, pedals = hands.perform_score(chords(), 4.0, "classical", rng)
    assert (np.diff(pedals["time"]) > 0).all()
    assert pedals["down"].tolist() == [index % 2 == 0 for index in range(len(pedals))]


def figures(seeds: range) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Chord spread in ms, velocity mean and deviation, and how much louder the top is, by seed."""
    rows = []
    for seed in seeds:
        played, _ = hands.perform_score(chords(), 4.0, "classical", np.random.default_rng(seed))
        beat = np.round(played["beat"]).astype(int)
        groups = [played[beat == which] for which in np.unique(beat)]
        velocity = played["velocity"].astype(float)
        tops = [g["velocity"][g["key"].argmax()] - g["velocity"].mean() for g in groups]
        spreads = [1e3 * np.ptp(g["onset"]) for g in groups]
        rows.append([np.median(spreads), velocity.mean(), velocity.std(), np.median(tops)])
    return np.array(rows)


def test_scores_are_played_like_performances() -> None:
    spread_ms, mean, deviation, top = np.median(figures(range(60)), axis=0).tolist()
    # People: 12 to 22 ms, 50 to 67, 11 to 16, 3 to 11.
    assert 8 < spread_ms < 40
    assert 45 < mean < 70
    assert 6 < deviation < 18
    assert 2 < top < 12


def test_hands_differ() -> None:
    assert (figures(range(20)).std(axis=0) > [3.0, 5.0, 1.5, 1.5]).all()


def test_swing_delays_the_second_half_of_the_beat() -> None:
    rows = [(0.25 * i, 0.25 * i + 0.2, 60 + i % 12, 60) for i in range(33)]
    swung = hands.swing(notes_of(*rows), np.random.default_rng(0))
    beats = swung["onset"] * 2
    assert beats[0::2] == pytest.approx(np.arange(17.0), abs=1e-3)
    late = np.mod(beats[1::2], 1.0)
    assert np.ptp(late) < 1e-3
    assert 0.52 <= late[0] <= 0.67
