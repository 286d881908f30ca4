"""Weights as small integers in blocks, as ONNX Runtime's ``MatMulNBits`` wants them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORT_BLOCK, LONG_BLOCK = 32, 64
FEW_LEVELS = 8
SHARES = tuple(np.linspace(0.7, 1.05, 15, dtype=np.float32).tolist())
"""How far a block's scale may reach, of its farthest weight: a few cut off let all others gain."""


def block_of(inputs: int, bits: int) -> int:
    """How many inputs share a scale: long blocks are faster, and fine enough for 8 bits."""
    return LONG_BLOCK if bits == 8 and inputs % LONG_BLOCK == 0 else SHORT_BLOCK


def quantise(weight: NDArray[Any], bits: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Integers in blocks of inputs (`block_of`), with one scale a block.

    ``weight`` is (outputs, inputs), inputs a multiple of ``SHORT_BLOCK``. Returns the integers as
    ``MatMulNBits`` wants them, (outputs, blocks, block * bits / 8), zero point in the middle, and
    the scales, (outputs * blocks,).
    """
    outputs, inputs = weight.shape
    block = block_of(inputs, bits)
    blocks = weight.astype(np.float32).reshape(outputs, inputs // block, block)
    middle = 1 << (bits - 1)
    scales = _scales(blocks, middle)
    whole = (_rounded(blocks, scales, middle) + middle).astype(np.uint8)
    if bits == 4:
        whole = whole[:, :, 0::2] | np.left_shift(whole[:, :, 1::2], 4, dtype=np.uint8)
    return np.ascontiguousarray(whole), scales.reshape(-1)


def _scales(blocks: Floats, middle: int) -> Floats:
    """A scale for each block: 8 bits need no choice, of fewer the best of several is taken.

    There is one more integer below zero than above, so that the weight farthest from zero goes
    there, whatever its sign.
    """
    farthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2, keepdims=True), axis=2)
    if middle > FEW_LEVELS:
        choices = [np.abs(farthest) / (middle - 1)]
    else:
        choices = [farthest * share / -middle for share in SHARES]
    tried: list[Floats] = [np.where(x != 0, x, 1).astype(np.float32) for x in choices]
    lost = [((blocks - _rounded(blocks, x, middle) * x) ** 2).sum(axis=2) for x in tried]
    best = np.argmin(lost, axis=0)[None, :, :, None]
    chosen: Floats = np.take_along_axis(np.stack(tried), best, axis=0)[0]
    return chosen


def _rounded(blocks: Floats, scales: Floats, middle: int) -> Floats:
    whole: Floats = np.clip(np.round(blocks / scales), -middle, middle - 1)
    return whole


def restored(
    packed: NDArray[np.uint8], scales: NDArray[np.float32], bits: int
) -> NDArray[np.float64]:
    """The weights (outputs, inputs) that packed integers stand for."""
    if bits == 4:
        packed = np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:2], -1)
    whole = packed.astype(np.float64) - (1 << (bits - 1))
    return (whole * scales.reshape(*whole.shape[:2], 1)).reshape(len(packed), -1)
