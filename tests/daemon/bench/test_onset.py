import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.bench.jackd import RATE_HZ
from antiphon.daemon.bench.onset import delays_ms

STRIKE = midi.note_on(0, 60, 100)


def test_a_delay_is_from_the_strike_to_the_first_sample_above_what_rang_before() -> None:
    samples = np.zeros(2 * RATE_HZ, dtype=np.float32)
    samples[480:9600] = -0.1
    samples[9600:50_000] = 0.01
    samples[48_000 + 96 :] = 0.3
    struck = [(0, STRIKE), (9000, midi.note_off(0, 60)), (48_000, STRIKE)]
    assert list(delays_ms(samples, struck)) == pytest.approx([10.0, 2.0])


def test_a_strike_that_nobody_hears_is_left_out() -> None:
    assert list(delays_ms(np.zeros(RATE_HZ, dtype=np.float32), [(0, STRIKE)])) == []
