import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.model import conditions, events, time_left, views
from antiphon.model.events import MACHINE, NO_TOUCH, PLAYER, STEP_S
from antiphon.model.styles import STYLES
from tests.model.material import notes_of, random_corpus, random_notes, random_pedals

LENGTH = 64

seeds = st.integers(0, 100_000)
GROUPS = [
    [conditions.style_index(style) for style in STYLES],
    [conditions.hand_index(hand) for hand in conditions.HANDS],
    *(
        [conditions.level_index(control, level) for level in range(conditions.LEVELS)]
        for control in conditions.CONTROLS
    ),
]


def check_events(tokens: views.Ints) -> None:
    """In range, a touch on note-ons alone, and on each key beginnings and ends in turn."""
    sizes = [events.WHO_GIVEN, events.STEPS, events.KINDS, events.TOUCHES + 1]
    assert (tokens >= 0).all()
    assert (tokens < sizes).all()
    is_note = tokens[:, 2] < events.KEYS
    assert ((tokens[:, 3] == NO_TOUCH) == ~is_note).all()
    held: set[int] = set()
    for kind in tokens[:, 2].tolist():
        if kind < events.KEYS:
            assert kind not in held
            held.add(kind)
        elif kind < events.PEDAL_DOWN:
            assert kind - events.NOTE_OFF in held
            held.remove(kind - events.NOTE_OFF)


def check_window(window: views.Window) -> None:
    assert window.tokens.shape == (LENGTH + 1, 4)
    assert window.condition.shape == (LENGTH, conditions.SIZE)
    assert window.condition.dtype == np.float32
    assert 2 <= window.length <= LENGTH + 1
    given = window.first - 1
    assert (window.tokens[:given, 0] == events.FUTURE).all()
    assert (window.tokens[given : window.length, 0] < events.WHO).all()
    if not given:
        check_events(window.tokens[: window.length])
    for group in GROUPS:
        told = window.condition[:, group]
        assert set(np.unique(told)) <= {0.0, 1.0}
        assert (told.sum(axis=1) <= 1.0).all()


def same(one: views.Window, other: views.Window) -> bool:
    pairs = ((one.tokens, other.tokens), (one.condition, other.condition))
    return (one.length, one.first) == (other.length, other.first) and all(
        np.array_equal(a, b) for a, b in pairs
    )


@settings(max_examples=40)
@given(seeds)
def test_training_windows_hold_what_can_be_played(seed: int) -> None:
    packed = random_corpus(seed)
    before = packed.all_notes.copy(), packed.all_pedals.copy()
    for piece in packed.pieces:
        for start in views.starts(piece, LENGTH, 0.3):
            window = views.training_window(
                packed, piece, start, LENGTH, np.random.default_rng(seed)
            )
            check_window(window)
            again = views.training_window(packed, piece, start, LENGTH, np.random.default_rng(seed))
            assert same(window, again)
    assert np.array_equal(before[0], packed.all_notes)
    assert np.array_equal(before[1], packed.all_pedals)


@given(seeds)
def test_plain_windows_are_the_piece_as_it_stands(seed: int) -> None:
    packed = random_corpus(seed)
    for piece in packed.pieces:
        window = views.plain_window(packed, piece, 0, LENGTH)
        check_window(window)
        tokens = window.tokens[: window.length]
        assert (tokens[:, 0] == PLAYER).all()
        assert window.condition[0, conditions.hand_index(piece.hand)] == 1.0
        assert window.condition[0].sum() == 1.0 + (piece.style in STYLES)
        notes = packed.notes(piece)
        onsets = np.cumsum(STEP_S[tokens[:, 1]])[tokens[:, 2] < events.KEYS]
        assert tokens[tokens[:, 2] < events.KEYS, 2].tolist() == [
            *notes["key"][: len(onsets)].tolist()
        ]
        np.testing.assert_allclose(
            onsets, notes["onset"][: len(onsets)] - notes["onset"][0], atol=0.04
        )


@given(seeds)
def test_variation_moves_all_keys_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, 50)
    notes["key"] = rng.choice([0, 3, 60, 125, 127], size=len(notes))
    pedals = random_pedals(rng, 5.0)
    varied, moved, semitones = views.vary(notes.copy(), pedals.copy(), rng)
    shift = varied["key"].astype(int) - notes["key"].astype(int)
    assert np.unique(shift).tolist() == [semitones]
    assert -5 <= shift[0] <= 6
    assert 1 <= varied["velocity"].min() <= varied["velocity"].max() <= 127
    assert (np.diff(varied["onset"]) >= 0).all()
    assert np.array_equal(moved["down"], pedals["down"])
    rate = varied["offset"][-1] / notes["offset"][-1]
    assert 0.85 < rate < 1.17
    np.testing.assert_allclose(moved["time"], pedals["time"] * rate, rtol=1e-5)


@given(seed=seeds, count=st.integers(1, 200))
def test_every_note_is_somebodys(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, count)
    who = views.roles_in_turns(notes, rng)
    assert who.shape == notes.shape
    assert set(np.unique(who)) <= {PLAYER, MACHINE}


def test_turns_end_at_pauses() -> None:
    rows = [(4.0 * turn + 0.1 * i, 4.0 * turn + 0.1 * i + 0.1, 60 + i, 60)
            for turn in range(8) for i in range(25)]  # fmt: skip
    notes = notes_of(*rows)
    ends = []
    for seed in range(20):
        who = views.roles_in_turns(notes, np.random.default_rng(seed))
        ends += [end % 25 for end in np.flatnonzero(np.diff(who))]
    assert np.mean(np.array(ends) == 24) > 0.8


@given(seeds)
def test_windows_cover_a_piece(seed: int) -> None:
    packed = random_corpus(seed, pieces=1, count=400)
    (piece,) = packed.pieces
    places = views.starts(piece, LENGTH, (seed % 100) / 100)
    assert places[0] <= LENGTH // 4 + 1
    assert places == sorted(set(places))
    assert all(0 <= start < piece.notes for start in places)
    assert max(np.diff([*places, piece.notes])) <= LENGTH + 1


def test_simultaneous_events_end_before_they_begin() -> None:
    notes = notes_of((0.0, 0.5, 60, 60), (0.5, 1.0, 60, 60), (0.5, 0.8, 64, 60))
    pedals = random_pedals(np.random.default_rng(0), 0.0)[:0]
    tokens, times_s = views.tokenise(notes, pedals, np.zeros(3, dtype=np.int64))
    assert tokens[:, 2].tolist() == [60, 188, 60, 64, 192, 188]
    assert times_s.tolist() == pytest.approx([0.0, 0.5, 0.5, 0.5, 0.8, 1.0])


def filled_window(seed: int) -> views.Window:
    """A window of one part with a hole, from a piece long enough for all that it holds."""
    packed = random_corpus(seed, pieces=1, count=200)
    (piece,) = packed.pieces
    rng = np.random.default_rng(seed)
    notes, pedals = views.cut(packed, piece, 0, LENGTH)
    who = np.full(len(notes), events.MACHINE)
    tokens, times_s = views.tokenise(notes, pedals, who)
    condition = np.zeros((len(tokens), conditions.SIZE), dtype=np.float32)
    return views.with_hole(tokens, times_s, condition, LENGTH, rng)


@given(seeds)
def test_a_hole_is_filled_between_the_past_and_a_future_that_is_given(seed: int) -> None:
    window = filled_window(seed)
    check_window(window)
    given = window.first - 1
    assert views.SHORTEST_HOLE <= given <= LENGTH // 4
    left = window.condition[:, conditions.group("time_left")]
    told = np.flatnonzero(left.any(axis=1))
    assert (np.diff(told) == 1).all()
    # The last event for which something is left is the future's first, seen again as it was given.
    arrival = int(told[-1]) + 1
    assert window.tokens[arrival, 2:].tolist() == window.tokens[0, 2:].tolist()
    assert told[0] >= given


@given(seeds)
def test_a_part_that_comes_late_is_silent_before_and_whole_after(seed: int) -> None:
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, 80)
    part = rng.random(len(notes)) < 0.5
    left_out = views.comes_late(notes, part, rng)
    assert not left_out[~part].any()
    entry = notes["onset"][part & ~left_out].min(initial=np.inf)
    assert (notes["onset"][left_out] < entry + 1e-6).all()
    span = notes["onset"][-1] - notes["onset"][0]
    assert (notes["onset"][left_out] <= notes["onset"][0] + 0.6 * span).all()


def test_the_machine_is_told_how_long_its_turn_has_yet_to_go() -> None:
    rows = [(float(i), i + 0.5, 60 + i, 60) for i in range(6)]
    notes = notes_of(*rows)
    who = np.array([PLAYER, PLAYER, MACHINE, MACHINE, PLAYER, PLAYER])
    pedals = random_pedals(np.random.default_rng(0), 0.0)[:0]
    tokens, times_s = views.tokenise(notes, pedals, who)
    condition = np.zeros((len(tokens), conditions.SIZE), dtype=np.float32)
    views.tell_turns(tokens, times_s, condition)
    told = condition[:, conditions.group("time_left")]
    mine = tokens[:, 0] == MACHINE
    assert told.any(axis=1).tolist() == mine.tolist()
    # The machine's turn ends with its last key let go, at 3.5 s; its first event follows 1.5 s.
    first, last = np.flatnonzero(mine)[[0, -1]]
    assert np.array_equal(told[first], time_left.encode(np.array([2.0]), "turn")[0])
    assert np.array_equal(told[last], time_left.encode(np.array([0.5]), "turn")[0])
