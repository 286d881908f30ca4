"""``antiphon restore``: an exported model back into a checkpoint, to train on from."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from antiphon.daemon.performer.loading import shipped_model
from antiphon.export.builder import FORMATS, Weights
from antiphon.export.graph import query_scale
from antiphon.export.quantise import restored
from antiphon.model import checkpoint, conditions, events
from antiphon.model.errors import ModelError
from antiphon.model.network import Network, Shape

Array = NDArray[np.float32]
FIRST_GRAPH = "2"
"""Graphs of the first model know fewer inputs: see ``daemon.performer.modelfile``."""
LINKS = ("who", "step", "kind", "touch")


def network_of(path: Path) -> Network:
    """The network of an ONNX file that `antiphon export` wrote, its weights rounded as in there.

    Raises ModelError where it is another file.
    """
    try:
        model = onnx.load(path)
        facts, shape = facts_of(model), shape_of(model)
        network = Network(shape)
        constants = {x.name: numpy_helper.to_array(x) for x in model.graph.initializer}
        scale = query_scale(shape) if _has_scaled_queries(model) else np.float32(1)
        weights = dict(
            _weights(constants, shape, FORMATS[facts["format"]].bits, scale, facts["graph"])
        )
        network.load_state_dict({name: torch.from_numpy(x) for name, x in weights.items()})
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file; antiphon export makes one") from error
    except Exception as error:
        raise ModelError(f"{path}: not a model that antiphon export wrote") from error
    return network


def facts_of(model: onnx.ModelProto) -> dict[str, str]:
    """What an exported model says of itself."""
    return {entry.key.removeprefix("antiphon."): entry.value for entry in model.metadata_props}


def shape_of(model: onnx.ModelProto) -> Shape:
    """The shape of an exported model's network."""
    facts = facts_of(model)
    return Shape(**{field.name: field.type(facts[field.name]) for field in fields(Shape)})  # type: ignore[operator]


def _has_scaled_queries(model: onnx.ModelProto) -> bool:
    """Whether the attention scales nothing: files of before November 2026 leave it to do so."""
    attention = (node for node in model.graph.node if node.op_type == "GroupQueryAttention")
    return any(entry.name == "scale" for node in attention for entry in node.attribute)


def _weights(
    constants: Weights, shape: Shape, bits: int | None, scale: np.float32, version: str
) -> Iterator[tuple[str, Array]]:
    """Weights by their PyTorch names, the inverse of ``graph`` and ``sampling``."""

    def table(name: str) -> Array:
        return constants[name].astype(np.float32)

    def matrix(name: str) -> Array:
        if bits is None:
            return np.ascontiguousarray(table(name).T)
        packed, scales = constants[f"{name}.packed"], constants[f"{name}.scales"]
        return restored(packed, scales, bits).astype(np.float32)

    embed = table("embed")
    if version == FIRST_GRAPH:
        yield "condition.weight", _with_zeros(table("told").T, conditions.SIZE, axis=1)
        who = events.WHO
    else:
        yield "condition.weight", matrix("told")
        who = events.WHO_GIVEN
    sizes = (who, events.STEPS, events.KINDS, events.TOUCHES + 1)
    for name, part in zip(LINKS, np.split(embed, np.cumsum(sizes)[:-1]), strict=True):
        yield (
            f"{name}.weight",
            _with_zeros(part, events.WHO_GIVEN, axis=0) if name == "who" else part,
        )
    norms = sorted(
        (name for name in constants if name.startswith("norm_")),
        key=lambda name: int(name.removeprefix("norm_")),
    )
    yield "norm.weight", table(norms[-1])
    for index in range(shape.layers):
        prefix = f"layers.{index}"
        yield f"{prefix}.attention_norm.weight", table(norms[2 * index])
        yield f"{prefix}.unit_norm.weight", table(norms[2 * index + 1])
        ends = np.cumsum([shape.heads, shape.kv_heads]) * shape.head_width
        parts = np.split(matrix(f"{prefix}.attention.packed"), ends)
        parts[0] = parts[0] / scale
        for name, part in zip(("queries", "keys", "values"), parts, strict=True):
            yield f"{prefix}.attention.{name}.weight", part
        yield f"{prefix}.attention.output.weight", matrix(f"{prefix}.attention.output")
        gate, up = np.split(matrix(f"{prefix}.lift"), 2)
        yield f"{prefix}.unit.gate.weight", gate
        yield f"{prefix}.unit.up.weight", up
        yield f"{prefix}.unit.down.weight", matrix(f"{prefix}.down")
    yield "chosen_who.weight", table("both_who")[0]
    yield "chosen_step.weight", table("chosen_step")
    yield "chosen_kind.weight", table("chosen_kind")
    for name in LINKS:
        for norm in ("norm", "out_norm"):
            yield f"{name}_link.{norm}.weight", table(f"{name}_link.{norm}")
        for product in ("up", "down", "logits"):
            yield f"{name}_link.{product}.weight", matrix(f"{name}_link.{product}")


def _with_zeros(weight: Array, size: int, axis: int) -> Array:
    """A weight with zeros for inputs that it does not know."""
    missing = [(0, 0), (0, 0)]
    missing[axis] = (0, size - weight.shape[axis])
    return np.ascontiguousarray(np.pad(weight, missing))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "model", type=Path, nargs="?", help="an exported model (default: the shipped one)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs/restored"), help="folder of the run to train on in"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    path = args.out / "checkpoint.pt"
    if path.exists():
        raise ModelError(f"{path} is there already; choose another --out")
    network = network_of(args.model or shipped_model())
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint.save(path, network, [], checkpoint.Progress())
    sys.stdout.write(f"{path}; train on with: antiphon model train --out {args.out}\n")
    return 0
