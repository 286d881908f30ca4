"""Who only looks like a loop, and is heard."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import Voices
from antiphon.daemon.session.probe import LATER_S
from antiphon.daemon.session.races import TOO_FAST_S
from tests.daemon.session.circle import PHRASE, STEPS, Rig, plays, strikes


@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([1, 2, 8]), st.booleans())
def test_nobody_who_plays_is_taken_for_a_loop(
    playing: list[tuple[list[int], int, float]], times: int, answers: bool
) -> None:
    rig = Rig(closed=False, answers=answers)
    notes = plays(rig, playing * times)
    # The last of them may be kept for so long, as they may be a loop's.
    rig.wait(2 * LATER_S)
    assert strikes(rig.heard) == notes
    assert not rig.troubles


@pytest.mark.parametrize("gap_s", [0.01, 0.03, 0.05, 0.08, 0.125, 0.25, 0.5])
@pytest.mark.parametrize("step", [0, 1])
def test_a_sequencer_that_looks_like_a_loop_is_heard_whole(gap_s: float, step: int) -> None:
    rig = Rig(closed=False)
    assert plays(rig, [([20 + step * index], 70, gap_s) for index in range(99)]) == 99
    assert [midi.velocity(data) for data in rig.heard if midi.is_note_on(data)] == [70] * 99
    sent = [midi.velocity(data) for data in rig.output.sent if midi.is_note_on(data)]
    # One that is faster than hands misses a stroke of 64, by which a loop would be known.
    assert len(sent) == 99 - (gap_s < TOO_FAST_S and not step)
    # One that repeats itself so exactly may go out one step off, by which a loop would be known.
    assert set(sent) <= {69, 70, 71}
    assert not rig.troubles


@pytest.mark.parametrize("gaps_s", [(0.06, 0.03, 0.03), (0.03, 0.09), (0.02, 0.02, 0.02, 0.1)])
def test_uneven_strokes_that_are_faster_than_hands_are_heard_whole(
    gaps_s: tuple[float, ...],
) -> None:
    rig = Rig(closed=False)
    strokes = [([60], 80, gap_s) for gap_s in gaps_s]
    assert plays(rig, strokes * 100) == strikes(rig.heard)
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


def test_an_end_by_which_a_loop_would_be_known_is_late_by_a_few_hundredths_of_a_second() -> None:
    rig = Rig(closed=False)
    on, off = midi.note_on(0, 60, 70), midi.note_off(0, 60)
    late_s = []
    for _ in range(40):
        rig.play(on)
        rig.wait(0.1)
        before, let_go = len(rig.output.sent), rig.clock.now()
        rig.play(off)
        while off not in rig.output.sent[before:]:
            rig.wait(0.001)
        late_s.append(rig.clock.now() - let_go)
        rig.wait(0.1 - late_s[-1])
    assert max(late_s[:7]) == 0.0
    assert 0.01 < max(late_s) < LATER_S + 0.002
    assert [data for data in rig.heard if data in (on, off)] == [on, off] * 40
    assert not rig.troubles


@pytest.mark.parametrize("thru", [True, False])
def test_voices_that_go_along_with_a_scale_are_no_loop(thru: bool) -> None:
    rig = Rig(closed=False, thru=thru)
    scale = [48 + 12 * octave + step for octave in range(3) for step in (0, 2, 4, 5, 7, 9, 11)]
    for key, third in zip(scale, scale[2:], strict=False):
        rig.player.voice(Voices(70, 1, ((key, (midi.note_on(0, third, 70),)),)))
    assert plays(rig, [([key], 70, 0.2) for key in scale[:-2]]) == len(scale) - 2
    assert strikes(rig.heard) == len(scale) - 2
    assert not rig.troubles


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


def test_nothing_is_added_to_a_short_melody_of_notes_all_alike() -> None:
    rig = Rig(closed=False)
    for key in (60, 62, 64, 66, 68, 70):
        rig.note(key, 84)
    assert len(rig.output.sent) == 12


def test_a_stroke_waits_for_the_end_of_its_key_alone_and_sooner_than_a_hand_strikes_again() -> None:
    rig = Rig(closed=False)
    on, off = midi.note_on(0, 60, 70), midi.note_off(0, 60)
    waited_s = []
    rig.play(on)
    for _ in range(40):
        rig.wait(0.1)
        rig.play(off)
        rig.play(on)
        before, struck = len(rig.output.sent), rig.clock.now()
        rig.play(midi.note_on(0, 72, 50))
        rig.play(midi.note_off(0, 72))
        assert midi.note_on(0, 72, 50)[:2] in [data[:2] for data in rig.output.sent[before:]]
        while midi.key(rig.output.sent[-1]) == 72 and rig.clock.now() < struck + LATER_S:
            rig.wait(0.001)
        waited_s.append(rig.clock.now() - struck)
    assert max(waited_s) <= LATER_S + 0.002
    assert not any("ignored" in told for told in rig.troubles)
    assert strikes([data for data in rig.heard if midi.key(data) == 60]) == 41
