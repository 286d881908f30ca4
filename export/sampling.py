"""The output chain and its draws, inside the graph: who and step, kind, touch.

A draw takes one uniform number: the logits are cooled and sorted, the nucleus is kept (Holtzman et
al. 2020), and the number picks a place on the cumulated probability. The same arithmetic in
PyTorch stands in ``model.sampling``.
"""

import numpy as np
from onnx import TensorProto, helper

from antiphon.export.builder import Builder, Weights
from antiphon.model import events
from antiphon.model.network import Norm


def add(make: Builder, weights: Weights, h: str) -> None:
    """Add the output chain on the last hidden state ``h`` (B, 1, D), and the draws."""
    z, who = _link(make, weights, "who", h)
    both = make.table("both_who", weights["chosen_who.weight"][None])
    z_who, steps = _link(make, weights, "step", make.op("Add", z, both))
    joint = make.op(
        "Add",
        make.op("Transpose", make.op("LogSoftmax", make.to_float(who), axis=-1), perm=[0, 2, 1]),
        make.op("LogSoftmax", make.to_float(steps), axis=-1),
    )
    make.nodes.append(helper.make_node("Identity", [joint], ["who_step"]))
    masked = make.op("Add", joint, "who_step_mask")

    u = make.split("noise", 4, axis=1)
    weight = make.op("ReduceLogSumExp", masked, axes=[2], keepdims=0)
    share = make.op("Softmax", weight, axis=-1)
    player = make.op("Gather", share, make.integers(0), axis=1)
    chosen_who = make.op("Cast", make.op("GreaterOrEqual", u[0], player), to=TensorProto.INT64)
    heat, nucleus = make.split("temperature", 3, axis=0), make.split("nucleus", 3, axis=0)
    step_logits = _row(make, masked, chosen_who)
    chosen_step = _draw(make, step_logits, events.STEPS, heat[0], nucleus[0], u[1])

    z = _row(make, z_who, chosen_who)
    z = make.op("Add", z, _embed(make, weights, "chosen_step", chosen_step))
    z, kinds = _link(make, weights, "kind", z)
    kinds = make.to_float(kinds)
    masked_kinds = make.op("Add", kinds, "kind_mask")
    chosen_kind = _draw(make, masked_kinds, events.KINDS, heat[1], nucleus[1], u[2])
    z = make.op("Add", z, _embed(make, weights, "chosen_kind", chosen_kind))
    _, touches = _link(make, weights, "touch", z)
    touches = make.to_float(touches)
    masked_touches = make.op("Add", touches, "touch_mask")
    drawn = _draw(make, masked_touches, events.TOUCHES, heat[2], nucleus[2], u[3])
    is_note = make.op("Less", chosen_kind, make.constant("keys", np.array(events.KEYS)))
    silent = make.constant("no_touch", np.array(events.NO_TOUCH))
    chosen_touch = make.op("Where", is_note, drawn, silent)

    chosen = [chosen_who, chosen_step, chosen_kind, chosen_touch]
    make.nodes.append(helper.make_node("Concat", chosen, ["event"], axis=1))
    zero = make.constant("zero", np.zeros((1, 1), np.float32))
    kind_logs, touch_logs = (make.op("LogSoftmax", x, axis=-1) for x in (kinds, touches))
    for logs, output in ((kind_logs, "kind"), (touch_logs, "touch")):
        make.nodes.append(helper.make_node("Identity", [logs], [output]))
    touch = _pick(make, touch_logs, drawn)
    costs = [
        _pick(make, _row(make, joint, chosen_who), chosen_step),
        _pick(make, kind_logs, chosen_kind),
        make.op("Where", is_note, touch, zero),
    ]
    joined = make.op("Concat", *costs, axis=1)
    make.nodes.append(helper.make_node("Neg", [joined], ["cost"]))


def _link(make: Builder, weights: Weights, name: str, z: str) -> tuple[str, str]:
    """One link of the chain: its state and its logits."""
    prefix = f"{name}_link"

    def norm(x: str, which: str) -> str:
        return make.norm(x, f"{prefix}.{which}", weights[f"{prefix}.{which}.weight"], Norm.EPSILON)

    up = make.product(norm(z, "norm"), f"{prefix}.up", weights[f"{prefix}.up.weight"])
    down = make.product(make.silu(up), f"{prefix}.down", weights[f"{prefix}.down.weight"])
    z = make.op("Add", z, down)
    logits = make.product(
        norm(z, "out_norm"), f"{prefix}.logits", weights[f"{prefix}.logits.weight"]
    )
    return z, logits


def _embed(make: Builder, weights: Weights, name: str, index: str) -> str:
    """The embedding (B, D) of a choice (B, 1)."""
    return make.op("GatherND", make.table(name, weights[f"{name}.weight"]), index)


def _row(make: Builder, x: str, index: str) -> str:
    """Row ``index`` (B, 1) of x (B, R, N) for each sequence: (B, N)."""
    return make.op("GatherND", x, index, batch_dims=1)


def _pick(make: Builder, x: str, index: str) -> str:
    """Entry ``index`` (B, 1) of x (B, N) for each sequence: (B, 1)."""
    return make.op("GatherElements", x, index, axis=1)


def _draw(make: Builder, logits: str, size: int, heat: str, nucleus: str, u: str) -> str:
    """Draw (B, 1) from logits (B, size) by uniform noise u (B, 1): nucleus, inverse CDF.

    ``heat``, the temperature, and ``nucleus`` are (1,).
    """
    last = make.integers(1)
    values, order = make.descending(make.op("Div", logits, heat), size)
    share = make.op("Softmax", values, axis=-1)
    axis = make.constant("one", np.array(1, np.int64))
    before = make.op("CumSum", share, axis, exclusive=1)
    kept = make.op("Less", before, nucleus)
    share = make.op("Mul", share, make.op("Cast", kept, to=TensorProto.FLOAT))
    reached = make.op("CumSum", share, axis)
    whole = make.op("ReduceSum", share, last, keepdims=1)
    wanted = make.op("Mul", u, whole)
    passed = make.op("Cast", make.op("LessOrEqual", reached, wanted), to=TensorProto.INT64)
    place = make.op("ReduceSum", passed, last, keepdims=1)
    count = make.op("ReduceSum", make.op("Cast", kept, to=TensorProto.INT64), last, keepdims=1)
    place = make.op("Min", place, make.op("Sub", count, axis))
    return make.op("GatherElements", order, place, axis=1)
