import pytest

from antiphon.daemon.performer.turns import Call, Limits, turn_end_s

LIMITS = Limits(0.3, 1.2)


def call_of(*onsets_s: float, length_s: float = 0.1) -> Call:
    call = Call()
    for onset_s in onsets_s:
        call.onset(onset_s, 60)
        call.other(onset_s + length_s)
    return call


def pause_s(call: Call, held: int = 0, eagerness: float = 0.5) -> float:
    return turn_end_s(call, held, eagerness, LIMITS) - call.last_onset_s


def test_a_fast_player_is_answered_sooner_than_a_slow_one() -> None:
    fast = pause_s(call_of(0.0, 0.2, 0.4, 0.6, 0.8))
    slow = pause_s(call_of(0.0, 0.6, 1.2, 1.8, 2.4))
    assert LIMITS.floor_s <= fast < slow <= LIMITS.ceiling_s


def test_eagerness_shortens_the_pause() -> None:
    call = call_of(0.0, 0.4, 0.8, 1.2)
    assert pause_s(call, eagerness=1.0) < pause_s(call, eagerness=0.0)


def test_held_keys_ask_for_a_pause_beyond_the_ceiling() -> None:
    call = call_of(0.0, 0.2, 0.4)
    assert turn_end_s(call, 2, 1.0, LIMITS) == pytest.approx(call.last_event_s + LIMITS.ceiling_s)


def test_the_pause_never_leaves_its_limits() -> None:
    assert pause_s(call_of(0.0, 0.06, 0.12, 0.18), eagerness=1.0) >= LIMITS.floor_s
    assert pause_s(call_of(0.0, 9.0, 18.0), eagerness=0.0) == pytest.approx(LIMITS.ceiling_s)


def test_a_turn_never_ends_right_after_a_release() -> None:
    call = call_of(0.0, 0.2, 0.4)
    call.other(5.0)
    assert turn_end_s(call, 0, 1.0, LIMITS) >= 5.0 + LIMITS.floor_s


def test_the_notes_of_a_chord_are_one_onset() -> None:
    call = call_of(0.0, 0.01, 0.02)
    assert not call.gaps_s


def test_the_pace_outlives_the_turn_but_the_call_does_not() -> None:
    call = call_of(0.0, 0.4, 0.8)
    call.over()
    assert call.length_s == 0.0
    assert list(call.gaps_s) == pytest.approx([0.4, 0.4])
