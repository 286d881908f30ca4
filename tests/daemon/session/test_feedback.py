"""Loops of every sort, closed over a player, a stage and a machine that answers each note."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.session.feedback import Feedback
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.probe import REST_S
from antiphon.daemon.session.races import TOO_MANY
from antiphon.daemon.session.recurrence import SUSPECT
from antiphon.daemon.session.returns import Loop
from tests.daemon.session.circle import PHRASE, STEPS, TOUCHES, Rig, played, plays, strikes


def long_s(rig: Rig) -> float:
    """After so long at most, any loop is known."""
    return 20.0 + 10.0 * rig.delay_s


DELAYS_S = 0.0, 0.001, 0.003, 0.012, 0.04, 0.25, 0.6, 1.2, 3.5
KINDS = {
    "shift": st.sampled_from([0, 0, 1, -1, 7, 12, -12, 24]),
    "channel": st.sampled_from([None, None, 3]),
    "thru": st.booleans(),
    "answers": st.booleans(),
}
loops = st.one_of(
    st.builds(
        Rig,
        st.sampled_from([*DELAYS_S, 0.1]),
        swallows=st.booleans(),
        **KINDS,
    ),
    st.builds(
        Rig,
        st.sampled_from(DELAYS_S),
        swallows=st.booleans(),
        touch=st.sampled_from(list(TOUCHES)),
        **KINDS,
    ),
)


@settings(max_examples=80, deadline=None)
@given(loops)
def test_no_loop_goes_round_for_ever(rig: Rig) -> None:
    played(rig, times=2)
    rig.wait(long_s(rig))
    before = len(rig.output.sent)
    rig.wait(20.0)
    assert len(rig.output.sent) == before
    assert not rig.sounding()
    assert len(rig.troubles) <= 3


@settings(max_examples=40, deadline=None)
@given(loops)
def test_once_a_loop_is_known_only_the_player_is_heard(rig: Rig) -> None:
    played(rig, times=3)
    rig.wait(long_s(rig))
    is_known = bool(rig.troubles)
    rig.heard.clear()
    played(rig)
    extra = strikes(rig.heard) - len(PHRASE)
    # One that is not known yet runs out of keys.
    most = 128 // abs(rig.shift) if rig.shift else 3
    assert 0 <= extra <= (0 if is_known else most * len(PHRASE))


@pytest.mark.parametrize(("delay_s", "shift"), [(0.004, 0), (0.004, 12), (0.3, 0), (0.2, -5)])
def test_a_loop_is_told_of_and_so_is_its_end(delay_s: float, shift: int) -> None:
    rig = played(Rig(delay_s, shift, answers=True), times=2)
    [closed] = rig.listed.lines
    assert f"comes back into the input, {delay_s * 1e3:.0f} ms later" in closed
    assert ("semitones" in closed) == bool(shift)
    rig.closed = False
    for key, velocity in PHRASE:
        rig.note(key, velocity)
    assert rig.listed.lines == []
    assert len(rig.troubles) == 1
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


@settings(max_examples=100, deadline=None)
@given(
    STEPS,
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


@pytest.mark.parametrize("delay_s", [0.001, 0.005, 0.04, 0.08, 0.25, 0.6, 0.95, 1.7, 3.9])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_loop_that_swallows_the_question_is_known_by_velocities(
    delay_s: float, shift: int
) -> None:
    rig = Rig(delay_s, shift, swallows=True)
    rig.note(60, seconds=delay_s / 2)
    rig.wait(20.0 * max(1.0, delay_s))
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


@pytest.mark.parametrize("delay_s", [0.08, 0.25, 0.6, 1.7, 3.9])
@pytest.mark.parametrize("touch", list(TOUCHES)[1:])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_loop_that_changes_velocities_too_is_known_by_when_notes_end(
    delay_s: float, touch: str, shift: int
) -> None:
    rig = Rig(delay_s, shift, swallows=True, touch=touch)
    rig.note(60, seconds=min(0.3, delay_s / 2))
    rig.wait(60.0 * max(1.0, delay_s))
    [closed] = rig.troubles
    assert f"{delay_s * 1e3:.0f} ms later" in closed
    assert strikes(rig.output.sent) <= 60
    assert not rig.sounding()
    rig.closed = False
    before = len(rig.output.sent)
    played(rig)
    assert rig.output.sent[before:] == phrase_alone()


def phrase_alone() -> list[bytes]:
    """What goes out where there is no loop."""
    return played(Rig(closed=False)).output.sent


@pytest.mark.parametrize("delay_s", [0.0, 0.001, 0.005, 0.02, 0.04])
@pytest.mark.parametrize("touch", list(TOUCHES)[1:])
def test_what_goes_round_faster_than_anybody_plays_is_broken_off(
    delay_s: float, touch: str
) -> None:
    rig = Rig(delay_s, swallows=True, touch=touch)
    rig.note(60, seconds=0.5)
    rig.wait(20.0)
    assert strikes(rig.output.sent) <= TOO_MANY + 2
    before = len(rig.output.sent)
    played(rig)
    assert len(rig.troubles) == 1
    assert strikes(rig.output.sent[before:]) == len(PHRASE)
    assert not rig.sounding()


@pytest.mark.parametrize("delay_s", [0.1, 1.5, 6.0, 9.5])
@pytest.mark.parametrize("swallows", [False, True])
def test_a_loop_that_is_late_by_chance_is_known(delay_s: float, swallows: bool) -> None:
    rig = Rig(delay_s, answers=True, swallows=swallows, late_s=0.015)
    played(rig)
    rig.wait(30.0 * max(1.0, delay_s))
    before = len(rig.output.sent)
    rig.wait(2.0 * delay_s + 1.0)
    assert len(rig.output.sent) == before
    assert len(rig.troubles) == 1


@pytest.mark.parametrize("seed", [4, 11])
def test_strokes_of_one_key_that_go_round_together_are_broken_off(seed: int) -> None:
    rig = Rig(0.0438, 0, 3, answers=True, swallows=True, touch="human", late_s=0.003, seed=seed)
    dice = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(20):
        rig.note(50, seconds=dice.uniform(0.03, 0.6))
        rig.wait(dice.uniform(0.0, 0.4))
    rig.wait(30.0)
    before = len(rig.output.sent)
    rig.wait(10.0)
    assert len(rig.output.sent) == before
    assert not rig.sounding()


UPSIDE_DOWN = [([127 - key], 127 - velocity, 0.17) for key, velocity in reversed(PHRASE)]


@pytest.mark.parametrize(
    ("again_s", "swallows"),
    [(0.05, False), (0.3, False), (1.5, False), (0.3, True), (1.5, True)],
)
def test_of_two_loops_both_are_known(again_s: float, swallows: bool) -> None:
    rig = Rig(again_s=again_s, swallows=swallows)
    for _ in range(3):
        played(rig)
        rig.wait(3.0)
    before = len(rig.output.sent)
    # What is new: who repeats what went out to the millisecond is asked about. Marks that were
    # asked for before may be on it.
    plays(rig, UPSIDE_DOWN)
    rig.wait(3.0)
    alone = Rig(closed=False)
    plays(alone, UPSIDE_DOWN)
    sent = rig.output.sent[before:]
    assert [data[:2] for data in sent] == [data[:2] for data in alone.output.sent]
    pairs = zip(sent, alone.output.sent, strict=True)
    assert all(abs(data[2] - meant[2]) <= 1 for data, meant in pairs)
    assert len(rig.troubles) == 1


@pytest.mark.parametrize("delay_s", [0.05, 0.1, 0.5])
def test_a_loop_is_known_though_each_note_lasts_until_the_next(delay_s: float) -> None:
    rig = Rig(delay_s, swallows=True, touch="fixed")
    rig.note(60, seconds=delay_s)
    rig.wait(60.0)
    assert "comes back into the input" in rig.troubles[-1]
    assert strikes(rig.output.sent) <= 60
    assert not rig.sounding()


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
