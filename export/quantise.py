"""Weights as small integers in blocks, as ONNX Runtime's ``MatMulNBits`` wants them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORT_BLOCK, LONG_BLOCK = 32, 64


def block_of(inputs: int, bits: int) -> int:
    """How many inputs share a scale: long blocks are faster, and fine enough for 8 bits."""
    return LONG_BLOCK if bits == 8 and inputs % LONG_BLOCK == 0 else SHORT_BLOCK


def quantise(weight: NDArray[Any], bits: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Symmetric integers in blocks of inputs (`block_of`), with one scale a block.

    ``weight`` is (outputs, inputs), inputs a multiple of ``SHORT_BLOCK``. Returns the integers as
    ``MatMulNBits`` wants them, (outputs, blocks, block * bits / 8), zero point in the middle, and
    the scales, (outputs * blocks,).
    """
    outputs, inputs = weight.shape
    block = block_of(inputs, bits)
    blocks = weight.astype(np.float32).reshape(outputs, inputs // block, block)
    middle = 1 << (bits - 1)
    scales = np.abs(blocks).max(axis=2, keepdims=True) / (middle - 1)
    safe = np.where(scales > 0, scales, 1.0)
    whole = np.clip(np.round(blocks / safe) + middle, 0, 2 * middle - 1).astype(np.uint8)
    if bits == 4:
        whole = whole[:, :, 0::2] | np.left_shift(whole[:, :, 1::2], 4, dtype=np.uint8)
    return np.ascontiguousarray(whole), safe.astype(np.float32).reshape(-1)


def restored(
    packed: NDArray[np.uint8], scales: NDArray[np.float32], bits: int
) -> NDArray[np.float64]:
    """The weights (outputs, inputs) that packed integers stand for."""
    if bits == 4:
        packed = np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:2], -1)
    whole = packed.astype(np.float64) - (1 << (bits - 1))
    return (whole * scales.reshape(*whole.shape[:2], 1)).reshape(len(packed), -1)
