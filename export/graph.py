"""The network as an ONNX graph: one ``Run`` takes events in and samples the next one.

Built node by node and not traced, so that the KV cache stays in place
(``com.microsoft.GroupQueryAttention``), projections that share an input are one product, and
sampling happens inside. Here lives the graph; its weights come from a checkpoint, its weight
formats from ``quantise``.

Inputs, with B sequences, T events, L layers (one key and one value cache each), C cache capacity,
and Q events to be drawn:

===================  ==================  ====================================================
``events``           int64 (B, T, 4)     who, step, kind, touch
``condition``        float (B, T, SIZE)  ``model.conditions``: of each event
``position``         int64 (B, T)        of each event: its place in the cache
``asked``            int64 (Q,)          events that a next one is drawn after, counted over B, T
``last``             int32 (B,)          cache entries in use after this run, less one
``total``            int32 ()            the same, plus one, as a host number
``key_i, value_i``   float (B, G, C, E)  bound to the same buffers as ``new_key_i, new_value_i``
``attended``         float (1, 1, T, R)  added to attention's products with the R rows in use
``noise``            float (Q, 4)        uniform in [0, 1): one number an attribute
``temperature``      float (3,)          of step, kind and touch
``step_limit``       float (199,)        the choice of each rank is kept where those before it are
``kind_limit``       float (258,)        less likely together than this: with one number nucleus,
``touch_limit``      float (32,)         with a negative one from some rank on top-k
``who_step_mask``    float (Q, 2, 199)   added to the joint log-probability of who and step
``kind_mask``        float (Q, 258)      added to the kind's logits
``touch_mask``       float (Q, 32)       added to the touch's logits
===================  ==================  ====================================================

Outputs: ``event`` int64 (Q, 4), sampled; ``cost`` float (Q, 3), its negative log-likelihood in nats
(who and step together, kind, touch) under the unmasked model; ``who_step`` float (Q, 2, 199), the
joint log-probability of what comes next; ``kind`` float (Q, 258) and ``touch`` float (Q, 32), the
unmasked log-probabilities of these after what was drawn before them.

What an event attends to says ``attended``, so that several that are no past of one another can
share theirs. In float16 the window is the kernel's own, and ``attended`` is not there: the GPU's
fast kernels know nothing else, and what is captured must not change its shape.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from antiphon.export import sampling
from antiphon.export.builder import CONTRIB, Builder, Format, Weights
from antiphon.model import conditions, events
from antiphon.model.network import Norm, Shape

OPSET = 17
GRAPH_VERSION = 3
POSITIONS = 1 << 12
"""Length of the rotary tables: as many entries as the largest KV buffer may hold."""


def build(weights: Weights, shape: Shape, weight_format: Format) -> onnx.ModelProto:
    """The model of a checkpoint's weights (PyTorch names, float32) as an ONNX graph."""
    make = Builder(weight_format)
    z = _hidden(make, weights, shape)
    sampling.add(make, weights, z)
    graph = helper.make_graph(
        make.nodes,
        "antiphon",
        _inputs(shape, weight_format),
        _outputs(shape, weight_format),
        list(make.constants.values()),
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        producer_name="antiphon",
        ir_version=8,
    )
    facts: dict[str, Any] = {
        "antiphon.graph": GRAPH_VERSION,
        "antiphon.format": weight_format.name,
        "antiphon.positions": POSITIONS,
        **{f"antiphon.{name}": value for name, value in asdict(shape).items()},
    }
    helper.set_model_props(model, {name: str(value) for name, value in facts.items()})
    return model


def _hidden(make: Builder, weights: Weights, shape: Shape) -> str:
    """Everything up to the hidden states of those events that are asked for (Q, 1, D)."""
    x = make.product(make.to_own("condition"), "told", weights["condition.weight"])
    tables = [weights[f"{name}.weight"] for name in ("who", "step", "kind", "touch")]
    # One table below the other: a single look-up for all four.
    starts = np.cumsum([0, *(len(table) for table in tables[:-1])])
    rows = make.op("Add", "events", make.constant("table_starts", starts.astype(np.int64)))
    found = make.op("Gather", make.table("embed", np.concatenate(tables)), rows)
    x = make.op("Add", make.op("ReduceSum", found, make.integers(2), keepdims=0), x)
    cos, sin = _rotary_tables(make, shape)
    normed = make.norm(x, "norm_0", weights["layers.0.attention_norm.weight"], Norm.EPSILON)
    for index in range(shape.layers):
        prefix = f"layers.{index}"
        heard = _attention(make, weights, shape, index, normed, cos, sin)
        unit_norm = weights[f"{prefix}.unit_norm.weight"]
        normed, x = make.add_and_norm(x, heard, f"norm_{2 * index + 1}", unit_norm, Norm.EPSILON)
        lifted = make.product(
            normed,
            f"{prefix}.lift",
            np.concatenate(
                [weights[f"{prefix}.unit.gate.weight"], weights[f"{prefix}.unit.up.weight"]]
            ),
        )
        down = make.product(
            _gated(make, lifted), f"{prefix}.down", weights[f"{prefix}.unit.down.weight"]
        )
        following = (
            f"layers.{index + 1}.attention_norm.weight"
            if index + 1 < shape.layers
            else "norm.weight"
        )
        normed, x = make.add_and_norm(
            x, down, f"norm_{2 * index + 2}", weights[following], Norm.EPSILON
        )
    rows = make.op("Reshape", normed, make.integers(-1, 1, shape.width))
    return make.op("Gather", rows, "asked", axis=0)


def has_mask(weight_format: Format) -> bool:
    """Whether a graph is told what is attended to, and does not go by its own window."""
    return weight_format.tensor == TensorProto.FLOAT


def query_scale(shape: Shape) -> np.float32:
    """What attention's products are scaled by."""
    return np.float32(shape.head_width**-0.5)


def _attention(
    make: Builder, weights: Weights, shape: Shape, index: int, x: str, cos: str, sin: str
) -> str:
    prefix = f"layers.{index}.attention"
    # Queries come scaled: the kernel's fast product of one row is for a factor of 1 alone.
    queries = weights[f"{prefix}.queries.weight"] * query_scale(shape)
    packed = np.concatenate(
        [queries, *(weights[f"{prefix}.{n}.weight"] for n in ("keys", "values"))]
    )
    heard = f"heard_{index}"
    masked = has_mask(make.format)
    make.nodes.append(
        helper.make_node(
            "GroupQueryAttention",
            [
                make.product(x, f"{prefix}.packed", packed),
                "",
                "",
                f"key_{index}",
                f"value_{index}",
                "last",
                "total",
                cos,
                sin,
                "position",
                *(["attended"] if masked else []),
            ],
            [heard, f"new_key_{index}", f"new_value_{index}"],
            name=heard,
            domain=CONTRIB,
            num_heads=shape.heads,
            kv_num_heads=shape.kv_heads,
            do_rotary=1,
            rotary_interleaved=0,
            local_window_size=-1 if masked else shape.window,
            scale=1.0,
        )
    )
    return make.product(heard, f"{prefix}.output", weights[f"{prefix}.output.weight"])


def _gated(make: Builder, lifted: str) -> str:
    gate, up = make.split(lifted, 2, axis=-1)
    return make.op("Mul", make.silu(gate), up)


def _rotary_tables(make: Builder, shape: Shape) -> tuple[str, str]:
    """Cosines and sines, (POSITIONS, E / 2): computed once, in double, when the graph is loaded."""
    half = shape.head_width // 2
    rates = shape.rotary_base ** (-np.arange(half) / half)
    bounds = [make.constant(f"position_{x}", np.array(float(x))) for x in (0, POSITIONS, 1)]
    positions = make.op("Unsqueeze", make.op("Range", *bounds), make.integers(1))
    angles = make.op("Mul", positions, make.constant("rotary_rates", rates))
    quarter = make.constant("quarter_turn", np.array(np.pi / 2))
    cos, sin = (make.op("Sin", x) for x in (make.op("Add", angles, quarter), angles))
    return make.op("Cast", cos, to=make.format.tensor), make.op("Cast", sin, to=make.format.tensor)


def _inputs(shape: Shape, weight_format: Format) -> list[onnx.ValueInfoProto]:
    make = helper.make_tensor_value_info
    real, whole = TensorProto.FLOAT, TensorProto.INT64
    return [
        make("events", whole, ["B", "T", 4]),
        make("condition", real, ["B", "T", conditions.SIZE]),
        make("position", whole, ["B", "T"]),
        make("asked", whole, ["Q"]),
        make("last", TensorProto.INT32, ["B"]),
        make("total", TensorProto.INT32, []),
        *([make("attended", real, [1, 1, "T", "R"])] if has_mask(weight_format) else []),
        make("noise", real, ["Q", 4]),
        make("temperature", real, [3]),
        make("step_limit", real, [events.STEPS]),
        make("kind_limit", real, [events.KINDS]),
        make("touch_limit", real, [events.TOUCHES]),
        make("who_step_mask", real, ["Q", events.WHO, events.STEPS]),
        make("kind_mask", real, ["Q", events.KINDS]),
        make("touch_mask", real, ["Q", events.TOUCHES]),
        *_caches("", shape, weight_format),
    ]


def _outputs(shape: Shape, weight_format: Format) -> list[onnx.ValueInfoProto]:
    make = helper.make_tensor_value_info
    return [
        make("event", TensorProto.INT64, ["Q", 4]),
        make("cost", TensorProto.FLOAT, ["Q", 3]),
        make("who_step", TensorProto.FLOAT, ["Q", events.WHO, events.STEPS]),
        make("kind", TensorProto.FLOAT, ["Q", events.KINDS]),
        make("touch", TensorProto.FLOAT, ["Q", events.TOUCHES]),
        *_caches("new_", shape, weight_format),
    ]


def _caches(prefix: str, shape: Shape, weight_format: Format) -> list[onnx.ValueInfoProto]:
    size: list[str | int | None] = ["B", shape.kv_heads, "C", shape.head_width]
    return [
        helper.make_tensor_value_info(f"{prefix}{which}_{index}", weight_format.tensor, size)
        for index in range(shape.layers)
        for which in ("key", "value")
    ]
