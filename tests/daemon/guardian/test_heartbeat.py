from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.guardian.heartbeat import STILL_LOOKS, Heartbeat


def looks(pulses: list[int], *, sounds: bool = True) -> list[bool]:
    heartbeat = Heartbeat()
    return [heartbeat.stopped(pulse, sounds=sounds) for pulse in pulses]


def test_a_process_that_hangs_is_told_of_ever_more_rarely() -> None:
    told = [at for at, hangs in enumerate(looks([7] * 70)) if hangs]
    assert told == [STILL_LOOKS * times for times in (1, 2, 4, 8, 16)]


def test_it_is_told_again_after_it_worked() -> None:
    count = STILL_LOOKS + 2
    assert sum(looks([7] * count + [8] * count)) == 2


def test_silence_needs_no_pulse() -> None:
    assert not any(looks([7] * 20, sounds=False))


def test_a_note_after_a_long_silence_has_its_time() -> None:
    heartbeat = Heartbeat()
    assert not any(heartbeat.stopped(0, sounds=False) for _ in range(50))
    told = [heartbeat.stopped(0, sounds=True) for _ in range(STILL_LOOKS)]
    assert told == [False] * (STILL_LOOKS - 1) + [True]


@given(st.lists(st.integers(0, 255), min_size=1))
def test_a_pulse_that_beats_is_left_alone(pulses: list[int]) -> None:
    beating = [pulse for each in pulses for pulse in (each, (each + 1) % 256)]
    assert not any(looks([p for i, p in enumerate(beating) if i == 0 or p != beating[i - 1]]))
