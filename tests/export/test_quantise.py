import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.export.quantise import SHORT_BLOCK, block_of, quantise, restored


@given(
    seed=st.integers(0, 1000),
    outputs=st.integers(1, 5),
    shorts=st.integers(1, 8),
    size=st.floats(1e-6, 1e3),
)
def test_weights_come_back_within_half_a_step(
    seed: int, outputs: int, shorts: int, size: float
) -> None:
    bits = 8
    inputs = shorts * SHORT_BLOCK
    block = block_of(inputs, bits)
    blocks = inputs // block
    weight = np.random.default_rng(seed).normal(scale=size, size=(outputs, inputs))
    weight[0, :block] = 0.0
    packed, scales = quantise(weight, bits)
    assert packed.shape == (outputs, blocks, block * bits // 8)
    assert packed.dtype == np.uint8
    assert scales.shape == (outputs * blocks,)
    by_block = np.abs(weight.reshape(outputs, blocks, block)).max(axis=2)
    step = (by_block / ((1 << (bits - 1)) - 1)).repeat(block, axis=1)
    error = np.abs(restored(packed, scales, bits) - weight)
    assert (error <= 0.5001 * step + 1e-9 * size).all()


@given(seed=st.integers(0, 1000), shorts=st.integers(1, 8), size=st.floats(1e-3, 1e3))
def test_of_few_bits_the_best_is_made(seed: int, shorts: int, size: float) -> None:
    weight = np.random.default_rng(seed).normal(scale=size, size=(3, shorts * SHORT_BLOCK))
    blocks = weight.reshape(3, shorts, SHORT_BLOCK)
    step = np.abs(blocks).max(axis=2, keepdims=True) / 7
    plain = ((np.round(blocks / step) * step - blocks) ** 2).mean()
    error = ((restored(*quantise(weight, 4), 4) - weight) ** 2).mean()
    assert error < plain


@pytest.mark.parametrize("bits", [4, 8])
def test_nothing_stays_nothing(bits: int) -> None:
    packed, scales = quantise(np.zeros((2, SHORT_BLOCK)), bits)
    assert not restored(packed, scales, bits).any()
