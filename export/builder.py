"""What the graph is put together with: nodes and weights under unique names, weight formats.

Knows ONNX and nothing of music.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from antiphon.export.quantise import block_of, quantise

CONTRIB = "com.microsoft"

Weights = dict[str, NDArray[Any]]
"""A checkpoint's weights by their PyTorch names, float32."""


@dataclass(frozen=True, slots=True)
class Format:
    """A storage format by name; floats of the graph's own arithmetic; bits of its matrices."""

    name: str
    float_type: type[np.floating[Any]] = np.float32
    tensor: int = TensorProto.FLOAT
    bits: int | None = None


FORMATS = {
    "float32": Format("float32"),
    "float16": Format("float16", np.float16, TensorProto.FLOAT16),
    "int8": Format("int8", bits=8),
    "int4": Format("int4", bits=4),
}


@dataclass
class Builder:
    """Collects nodes and weights under unique names."""

    format: Format
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def op(
        self,
        kind: str,
        *inputs: str,
        outputs: int = 1,
        used: tuple[int, ...] = (0,),
        domain: str = "",
        name: str = "",
        **attributes: Any,
    ) -> str:
        """Add a node; returns the name of its first used output, which may be given."""
        stem = name or f"{kind.lower()}_{len(self.nodes)}"
        names = [f"{stem}_{index}" if index in used else "" for index in range(outputs)]
        if name:
            names[used[0]] = name
        self.nodes.append(
            helper.make_node(kind, list(inputs), names, name=stem, domain=domain, **attributes)
        )
        return names[used[0]]

    def split(self, x: str, parts: int, axis: int) -> list[str]:
        """``x`` in equal parts."""
        stem = f"split_{len(self.nodes)}"
        names = [f"{stem}_{index}" for index in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], names, name=stem, axis=axis))
        return names

    def descending(self, x: str, count: int) -> tuple[str, str]:
        """The last axis of ``x``, of ``count`` entries, sorted, and where each entry was."""
        stem = f"sorted_{len(self.nodes)}"
        names = [f"{stem}_values", f"{stem}_order"]
        inputs = [x, self.integers(count)]
        self.nodes.append(helper.make_node("TopK", inputs, names, name=stem, axis=-1))
        return names[0], names[1]

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant as it is."""
        self.constants[name] = numpy_helper.from_array(value.copy(order="C"), name)
        return name

    def number(self, value: float) -> str:
        """A scalar of the graph's own float type."""
        return self.constant(f"number_{value}", np.array(value, dtype=self.format.float_type))

    def integers(self, *values: int) -> str:
        """A vector of int64."""
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def table(self, name: str, value: NDArray[Any]) -> str:
        """A table of floats, in the graph's float type."""
        return self.constant(name, value.astype(self.format.float_type))

    def product(self, x: str, name: str, weight: NDArray[Any]) -> str:
        """``x`` times a weight (outputs, inputs), in the format's own storage."""
        if self.format.bits is None:
            return self.op("MatMul", x, self.table(name, weight.T))
        packed, scales = quantise(weight, self.format.bits)
        return self.op(
            "MatMulNBits",
            x,
            self.constant(f"{name}.packed", packed),
            self.constant(f"{name}.scales", scales),
            domain=CONTRIB,
            K=weight.shape[1],
            N=weight.shape[0],
            bits=self.format.bits,
            block_size=block_of(weight.shape[1], self.format.bits),
            accuracy_level=4,
        )

    def norm(self, x: str, name: str, weight: NDArray[Any], epsilon: float) -> str:
        """Root-mean-square normalisation of the last axis."""
        return self.op(
            "SimplifiedLayerNormalization",
            x,
            self.table(name, weight),
            axis=-1,
            epsilon=epsilon,
            stash_type=1,
        )

    def add_and_norm(
        self, x: str, change: str, name: str, weight: NDArray[Any], epsilon: float
    ) -> tuple[str, str]:
        """The sum's norm and the sum, in one operator."""
        normed = self.op(
            "SkipSimplifiedLayerNormalization",
            x,
            change,
            self.table(name, weight),
            outputs=4,
            used=(0, 3),
            domain=CONTRIB,
            epsilon=epsilon,
        )
        return normed, normed.removesuffix("_0") + "_3"

    def silu(self, x: str) -> str:
        """``x`` times its sigmoid, in one operator."""
        return self.op("QuickGelu", x, domain=CONTRIB, alpha=1.0)

    def to_own(self, x: str) -> str:
        """A float32 input in the graph's float type."""
        return (
            x if self.format.float_type == np.float32 else self.op("Cast", x, to=self.format.tensor)
        )

    def to_float(self, x: str) -> str:
        """A value of the graph's float type as float32."""
        return (
            x if self.format.float_type == np.float32 else self.op("Cast", x, to=TensorProto.FLOAT)
        )
