"""Weights as small integers in blocks, as ONNX Runtime's ``MatMulNBits`` wants them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32


def quantise(weight: NDArray[Any], bits: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Symmetric integers in blocks of ``BLOCK`` inputs, with one scale a block.

    ``weight`` is (outputs, inputs), inputs a multiple of ``BLOCK``. Returns the integers as
    ``MatMulNBits`` wants them, (outputs, blocks, BLOCK * bits / 8), zero point in the middle, and
    the scales, (outputs * blocks,).
    """
    outputs, inputs = weight.shape
    blocks = weight.astype(np.float32).reshape(outputs, inputs // BLOCK, BLOCK)
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
