"""What the model is told of a window: of the moment before each event, and of nothing later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model import chords, conditions, lookahead, roles, views
from antiphon.model import training_conditions as telling
from antiphon.model.events import MACHINE, PLAYER
from tests.model.material import notes_of, random_corpus

seeds = st.integers(0, 100_000)


def passage_of(seed: int) -> telling.Passage:
    packed = random_corpus(seed, pieces=1, count=60)
    (piece,) = packed.pieces
    notes = packed.notes(piece).copy()
    who = np.where(notes["part"] == 0, PLAYER, MACHINE)
    return telling.Passage(piece, notes, who, packed.chords(piece), "melody")


def test_controls_are_those_of_the_machines_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    passage = passage_of(1)
    passage.notes["velocity"] = np.where(passage.notes["part"] == 0, 120, 20)
    tokens, times_s = views.tokenise(passage.notes, random_corpus(1).all_pedals[:0], passage.who)
    monkeypatch.setattr(telling, "SLICE_S", 1e9)
    soft = conditions.level_index("loudness", 0)
    others = [conditions.level_index("loudness", level) for level in range(1, 8)]
    rows = [
        telling.condition_of(passage, times_s, np.random.default_rng(seed)) for seed in range(60)
    ]
    told = next(row for row in rows if row[:, soft].any())
    assert not told[:, others].any()
    assert len(told) == len(tokens)


@given(seeds)
def test_each_group_is_told_sometimes_and_is_finite(seed: int) -> None:
    passage = passage_of(seed % 7)
    times_s = np.sort(passage.notes["onset"].astype(float))
    condition = telling.condition_of(passage, times_s, np.random.default_rng(seed))
    assert condition.shape == (len(times_s), conditions.SIZE)
    assert np.isfinite(condition).all()
    assert not condition[:, conditions.group("time_left")].any()


def test_every_group_is_both_told_and_left_out() -> None:
    passage = passage_of(1)
    times_s = np.sort(passage.notes["onset"].astype(float))
    rows = [telling.condition_of(passage, times_s, np.random.default_rng(s)) for s in range(40)]
    for name in ("role", "chords", "beat", "lookahead"):
        told = [bool(row[:, conditions.group(name)].any()) for row in rows]
        assert 0 < sum(told) < len(told), name


def test_groups_do_not_overlap_and_fit() -> None:
    used = np.zeros(conditions.SIZE, dtype=int)
    used[: conditions.STEADY_SIZE] += 1
    for name in ("role", *conditions.MOMENTARY):
        used[conditions.group(name)] += 1
    assert used.max() == 1
    assert conditions.SIZE - used.sum() < 32


def test_lookahead_tells_what_sounds_and_when_the_next_chord_comes() -> None:
    player = notes_of((0.0, 1.0, 60, 60), (1.25, 1.5, 64, 60), (1.26, 1.5, 67, 60))
    rows = lookahead.encode(np.array([0.75]), player, 1.0)
    (row,) = rows
    assert row[: len(lookahead.SPANS_S)].tolist() == [0.0, 1.0, 0.0, 0.0]
    halves = row[4:28].reshape(2, 12)
    # C for the first quarter of a second, then E and G from the half second on.
    np.testing.assert_allclose(halves[0, [0, 4, 7]], [0.5, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(halves[1, [0, 4, 7]], [0.0, 0.5, 0.48], atol=1e-6)
    gaps = row[52:68]
    assert float(gaps @ lookahead.GAP_POINTS_S) == pytest.approx(0.5, rel=0.05)
    assert np.flatnonzero(row[68:80]).tolist() == [4, 7]


@given(seeds, st.sampled_from(lookahead.SPANS_S))
def test_lookahead_says_nothing_of_what_is_further_off(seed: int, span_s: float) -> None:
    notes = random_corpus(seed, pieces=1).all_notes
    at_s = float(notes["onset"][len(notes) // 2])
    known = notes[notes["onset"] <= at_s + span_s]
    one = lookahead.encode(np.array([at_s]), notes, span_s)
    other = lookahead.encode(np.array([at_s]), known, span_s)
    np.testing.assert_allclose(one, other, atol=1e-5)


@given(seeds)
def test_a_duet_gives_notes_to_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    packed = random_corpus(seed, pieces=1)
    notes = packed.all_notes
    mine, role = roles.divide(notes, rng)
    assert 0 < mine.sum() < len(notes)
    assert role is None or role in roles.ROLES


def test_the_top_line_is_what_sings() -> None:
    # A melody over a held chord: the melody's notes are the highest of all that sounds.
    melody = [(i * 0.5, i * 0.5 + 0.5, 72 + i, 60) for i in range(4)]
    chord = [(0.0, 2.0, key, 60) for key in (48, 52, 55)]
    notes = notes_of(*sorted(melody + chord))
    assert roles.top_line(notes).tolist() == [bool(n["key"] >= 72) for n in notes]


@pytest.mark.parametrize(
    ("keys", "root", "tones"),
    [
        ((48, 52, 55), 0, {0, 4, 7}),
        ((45, 48, 52), 9, {9, 0, 4}),
        ((43, 47, 50, 53), 7, {7, 11, 2, 5}),
    ],
)
def test_chords_are_found(keys: tuple[int, ...], root: int, tones: set[int]) -> None:
    found = chords.find(notes_of(*[(0.0, 2.0, key, 60) for key in keys]))
    assert len(found) == 1
    assert int(found[0]["root"]) == root
    assert {tone for tone in range(12) if int(found[0]["tones"]) >> tone & 1} == tones
    assert int(found[0]["bass"]) == keys[0] % 12


@given(st.integers(-11, 11))
def test_a_transposed_chord_has_its_tones_as_many_semitones_higher(semitones: int) -> None:
    found = chords.find(notes_of((0.0, 2.0, 48, 60), (0.0, 2.0, 52, 60), (0.0, 2.0, 55, 60)))
    moved = chords.find(notes_of(*[(0.0, 2.0, key + semitones, 60) for key in (48, 52, 55)]))
    assert np.array_equal(chords.transposed(found, semitones), moved)
