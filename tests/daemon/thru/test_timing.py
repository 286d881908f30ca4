import pytest

from antiphon.daemon.thru.timing import NO_TIMES, CallbackTimer


def test_what_waited_for_the_interpreter_counts() -> None:
    timer = CallbackTimer(period_s=0.002)
    assert timer.times() == NO_TIMES
    # RtMidi's clock stands 100 s behind ours; the third message waited 3 ms before we saw it.
    for stamped, began, ended in (
        (0.0, 100.0, 100.0001),
        (1.0, 101.0, 101.0001),
        (2.0, 102.003, 102.0031),
    ):
        timer.add(1.0 if stamped else 0.0, began, ended)
    times = timer.times()
    assert (times.count, times.missed) == (3, 1)
    assert times.max_ms == pytest.approx(3.1)
    assert times.p99_ms == pytest.approx(3.1)


def test_what_came_another_way_is_left_out() -> None:
    timer = CallbackTimer()
    timer.add(0.0, 10.0, 10.001)
    timer.skip(5.0)
    timer.add(1.0, 16.0, 16.001)
    assert timer.times().max_ms == pytest.approx(1.0)
    assert timer.times().missed == 0


def test_the_99th_of_100_is_told_to_the_next_edge() -> None:
    timer = CallbackTimer()
    for number in range(200):
        took_s = 0.00009 if number < 199 else 0.03
        timer.add(1.0, float(number), number + took_s)
    assert timer.times().p99_ms == 0.1
    assert timer.times().max_ms == pytest.approx(30.0)
