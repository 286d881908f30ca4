import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.export.quantise import BLOCK, quantise, restored


@pytest.mark.parametrize("bits", [4, 8])
@given(
    seed=st.integers(0, 1000),
    outputs=st.integers(1, 5),
    blocks=st.integers(1, 4),
    size=st.floats(1e-6, 1e3),
)
def test_weights_come_back_within_half_a_step(
    bits: int, seed: int, outputs: int, blocks: int, size: float
) -> None:
    weight = np.random.default_rng(seed).normal(scale=size, size=(outputs, blocks * BLOCK))
    weight[0, :BLOCK] = 0.0
    packed, scales = quantise(weight, bits)
    assert packed.shape == (outputs, blocks, BLOCK * bits // 8)
    assert packed.dtype == np.uint8
    assert scales.shape == (outputs * blocks,)
    by_block = np.abs(weight.reshape(outputs, blocks, BLOCK)).max(axis=2)
    step = (by_block / ((1 << (bits - 1)) - 1)).repeat(BLOCK, axis=1)
    error = np.abs(restored(packed, scales, bits) - weight)
    assert (error <= 0.5001 * step + 1e-9 * size).all()


@pytest.mark.parametrize("bits", [4, 8])
def test_nothing_stays_nothing(bits: int) -> None:
    packed, scales = quantise(np.zeros((2, BLOCK)), bits)
    assert not restored(packed, scales, bits).any()
