"""Loops of every sort, closed over a player, a stage and a machine that answers each note."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.session.feedback import Feedback
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.probe import REST_S
from antiphon.daemon.session.recurrence import SUSPECT, Loop
from tests.daemon.session.circle import Rig

PHRASE = ((60, 70), (62, 64), (64, 77), (65, 61), (67, 80), (60, 66), (62, 73), (59, 58))


def played(rig: Rig, times: int = 1) -> Rig:
    for _ in range(times):
        for key, velocity in PHRASE:
            rig.note(key, velocity)
    rig.wait(3.0)
    return rig


def strikes(messages_: list[bytes]) -> int:
    return sum(midi.is_note_on(data) for data in messages_)


loops = st.builds(
    Rig,
    delay_s=st.sampled_from([0.0, 0.001, 0.003, 0.012, 0.04, 0.1, 0.25, 0.6]),
    shift=st.sampled_from([0, 0, 1, -1, 7, 12, -12, 24]),
    channel=st.sampled_from([None, None, 3]),
    thru=st.booleans(),
    answers=st.booleans(),
    swallows=st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(loops)
def test_no_loop_goes_round_for_ever(rig: Rig) -> None:
    played(rig, times=2)
    rig.wait(20.0)
    before = len(rig.output.sent)
    rig.wait(20.0)
    assert len(rig.output.sent) == before
    assert not rig.sounding()
    assert len(rig.troubles) <= 3


@settings(max_examples=40, deadline=None)
@given(loops)
def test_once_a_loop_is_known_only_the_player_is_heard(rig: Rig) -> None:
    played(rig, times=3)
    rig.wait(20.0)
    is_known = bool(rig.troubles)
    rig.heard.clear()
    played(rig)
    extra = strikes(rig.heard) - len(PHRASE)
    # One that is not known yet runs out of keys.
    assert 0 <= extra <= (0 if is_known else 3 * len(PHRASE))


@pytest.mark.parametrize(("delay_s", "shift"), [(0.004, 0), (0.004, 12), (0.3, 0), (0.2, -5)])
def test_a_loop_is_told_of_and_so_is_its_end(delay_s: float, shift: int) -> None:
    rig = played(Rig(delay_s, shift, answers=True), times=2)
    [closed] = rig.troubles
    assert f"comes back into the input, {delay_s * 1e3:.0f} ms later" in closed
    assert ("semitones" in closed) == bool(shift)
    rig.closed = False
    for key, velocity in PHRASE:
        rig.note(key, velocity)
    assert rig.troubles[1:] == ["the output comes back into the input no more"]
    rig.heard.clear()
    played(rig)
    assert strikes(rig.heard) == len(PHRASE)


def test_what_goes_round_besides_notes_ends_too() -> None:
    rig = Rig()
    for value in (10, 30, 20):
        rig.play(midi.control_change(0, 1, value))
        rig.wait(0.02)
    rig.play(midi.sustain(0, 127))
    rig.wait(1.0)
    rig.play(midi.sustain(0, 0))
    rig.wait(1.0)
    before = len(rig.output.sent)
    rig.wait(10.0)
    assert len(rig.output.sent) == before < 80
    assert rig.output.sent[-1] == midi.sustain(0, 0)


def test_a_chord_comes_back_as_one() -> None:
    rig = Rig()
    for _ in range(2):
        for key in (60, 64, 67, 72):
            rig.play(midi.note_on(0, key, 80))
        rig.wait(0.3)
        for key in (60, 64, 67, 72):
            rig.play(midi.note_off(0, key))
        rig.wait(0.3)
    # The first chord comes back twice, before the answer to the question does.
    assert 8 <= strikes(rig.heard) <= 8 + 2 * 4
    assert not rig.sounding()


steps = st.lists(
    st.tuples(
        st.lists(st.integers(30, 90), min_size=1, max_size=4, unique=True),
        st.one_of(st.just(64), st.integers(1, 127)),
        st.sampled_from([0.005, 0.02, 0.05, 0.08, 0.125, 0.25, 0.5]) | st.floats(0.01, 0.6),
    ),
    min_size=1,
    max_size=12,
)
"""Keys struck together, how hard, and how long until the next: hands, and what plays in time."""


def plays(rig: Rig, playing: list[tuple[list[int], int, float]]) -> int:
    """Play it; how many notes that are."""
    for keys, velocity, gap_s in playing:
        for key in keys:
            rig.play(midi.note_on(0, key, velocity))
        rig.wait(gap_s / 2)
        for key in keys:
            rig.play(midi.note_off(0, key))
        rig.wait(gap_s / 2)
    return sum(len(keys) for keys, _, _ in playing)


@settings(max_examples=200, deadline=None)
@given(steps, st.sampled_from([1, 2, 8]), st.booleans())
def test_nobody_who_plays_is_taken_for_a_loop(
    playing: list[tuple[list[int], int, float]], times: int, answers: bool
) -> None:
    rig = Rig(closed=False, answers=answers)
    notes = plays(rig, playing * times)
    assert strikes(rig.heard) == notes
    assert not rig.troubles


@pytest.mark.parametrize("gap_s", [0.01, 0.03, 0.05, 0.08, 0.125, 0.25, 0.5])
@pytest.mark.parametrize("step", [0, 1])
def test_a_sequencer_that_looks_like_a_loop_is_heard_whole(gap_s: float, step: int) -> None:
    rig = Rig(closed=False)
    assert plays(rig, [([20 + step * index], 70, gap_s) for index in range(99)]) == 99
    assert [midi.velocity(data) for data in rig.heard if midi.is_note_on(data)] == [70] * 99
    sent = [midi.velocity(data) for data in rig.output.sent if midi.is_note_on(data)]
    assert len(sent) == 99
    # One that repeats itself so exactly may go out one step off, by which a loop would be known.
    assert set(sent) <= {69, 70, 71}
    assert not rig.troubles


def test_a_wheel_that_trembles_is_heard_whole() -> None:
    rig = Rig(closed=False)
    for index in range(300):
        rig.play(midi.control_change(0, 1, 64 + index % 2))
        rig.wait(0.005)
    assert len([data for data in rig.output.sent if data[0] == 0xB0]) == 300
    assert not rig.troubles


def test_all_keys_let_go_at_once_prove_nothing() -> None:
    rig = Rig(closed=False)
    plays(rig, [([60], 70, 0.1)] * 6)
    for channel in midi.CHANNELS:
        for key in range(128):
            rig.play(midi.note_off(channel, key))
    assert not rig.troubles


@settings(max_examples=100, deadline=None)
@given(
    steps,
    st.sampled_from([0.0, 0.001, 0.003, 0.012, 0.04, 0.1, 0.25]),
    st.sampled_from([0, 0, 1, -1, 7, 12]),
    st.booleans(),
)
def test_a_loop_that_begins_while_somebody_plays_is_soon_known(
    playing: list[tuple[list[int], int, float]], delay_s: float, shift: int, answers: bool
) -> None:
    rig = Rig(delay_s, shift, closed=False, answers=answers)
    plays(rig, playing * 3)
    rig.closed = True
    begun = rig.clock.now()
    while not rig.troubles and rig.clock.now() - begun < 5.0:
        # Hard enough to tell from what was played before.
        plays(rig, [([61], 99, 0.3)])
    rounds = SUSPECT + 2
    assert rig.clock.now() - begun <= 2 * (rounds * delay_s + REST_S) + 0.6
    assert rig.player.figures().passed_on < 2000


@pytest.mark.parametrize("delay_s", [0.001, 0.005, 0.04, 0.08, 0.25, 0.6, 0.95])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_loop_that_swallows_the_question_is_known_by_velocities(
    delay_s: float, shift: int
) -> None:
    rig = Rig(delay_s, shift, swallows=True)
    rig.note(60, seconds=delay_s / 2)
    rig.wait(20.0)
    [closed] = rig.troubles
    assert f"{delay_s * 1e3:.0f} ms later" in closed
    # A long loop looks like one after 8 notes, and is one after 8 more that were marked.
    assert strikes(rig.output.sent) <= 20
    struck = [midi.velocity(data) for data in rig.output.sent if midi.is_note_on(data)]
    assert all(abs(velocity - 70) <= 10 for velocity in struck)
    assert not rig.sounding()
    rig.closed = False
    before = len(rig.output.sent)
    played(rig)
    out = [data for data in rig.output.sent[before:] if midi.is_note_on(data)]
    assert out == [midi.note_on(0, *note) for note in PHRASE]


def test_what_is_played_in_a_loop_that_answered_goes_out_as_it_is() -> None:
    rig = Rig(0.3)
    rig.note(60, seconds=0.1)
    rig.wait(10.0)
    assert len(rig.troubles) == 1
    before = len(rig.output.sent)
    played(rig)
    out = [data for data in rig.output.sent[before:] if midi.is_note_on(data)]
    assert out == [midi.note_on(0, *note) for note in PHRASE]


@pytest.mark.parametrize("delay_s", [0.005, 0.25])
def test_a_loop_that_swallows_the_question_is_known_by_the_machine_s_own_notes(
    delay_s: float,
) -> None:
    rig = Rig(delay_s, thru=False, answers=True, swallows=True)
    rig.note(60)
    rig.wait(20.0)
    assert len(rig.troubles) == 1
    assert strikes(rig.output.sent) <= 12


def test_a_loop_that_is_known_may_be_late() -> None:
    rig = Rig(0.3, swallows=True)
    rig.note(60)
    rig.wait(10.0)
    assert len(rig.troubles) == 1
    rig.late_s = 0.019
    before = len(rig.output.sent)
    played(rig, times=3)
    assert strikes(rig.output.sent[before:]) == 3 * len(PHRASE)


@pytest.mark.parametrize("apart_s", [0.0, 0.0003, 0.001])
def test_a_keyboard_that_plays_on_all_channels_at_once_is_heard_whole(apart_s: float) -> None:
    rig = Rig(closed=False)
    played: list[bytes] = []
    for key, velocity in PHRASE * 3:
        for struck in (velocity, 0):
            # In octaves: the lower note is a copy of the upper one, as far as anybody can tell.
            for octave in (0, -12):
                for channel in range(16):
                    data = midi.note_on(channel, key + octave, struck)
                    rig.play(data)
                    played.append(data)
                    rig.wait(apart_s)
            rig.wait(0.1)
    assert rig.output.sent == played
    assert not rig.troubles


def test_a_key_let_go_and_struck_again_at_once_is_heard() -> None:
    rig = Rig(closed=False)
    on, off = midi.note_on(0, 60, 80), midi.note_off(0, 60)
    for data in (on, off, on):
        rig.play(data)
        rig.wait(0.01)
    assert rig.heard == [on, off, on]


def test_the_end_of_a_note_that_the_player_holds_is_never_ignored() -> None:
    feedback = Feedback()
    on, off = midi.note_on(0, 60, 70), midi.note_off(0, 60)
    for index in range(SUSPECT + 1):
        feedback.sent(on, 1.0 + index / 100, PLAYER)
        feedback.comes_back(off, 1.005 + index / 100)
        feedback.comes_back(on, 1.01 + index / 100)
    feedback.comes_back(off, 1.05)
    for data in feedback.news(1.1):
        assert isinstance(data, bytes)
        feedback.sent(data, 1.1, None)
        assert feedback.comes_back(data, 1.11)
    assert feedback.loop
    assert feedback.loop.in_words == "10 ms later"
    feedback.sent(on, 1.2, PLAYER)
    assert feedback.comes_back(on, 1.21)
    assert not feedback.comes_back(on, 1.5)
    assert not feedback.comes_back(off, 1.51)
    assert feedback.comes_back(off, 1.6)
    assert not feedback.comes_back(off, 2.7)


def test_a_loop_is_told_in_words() -> None:
    assert Loop(0.0123, -12).in_words == "12 ms later, -12 semitones"
    assert Loop(0.3, 0).in_words == "300 ms later"


def test_nothing_is_added_to_a_short_melody_of_notes_all_alike() -> None:
    rig = Rig(closed=False)
    for key in (60, 62, 64, 66, 68, 70):
        rig.note(key, 84)
    assert len(rig.output.sent) == 12
