"""The output chain and its draws, inside the graph: who and step, kind, touch.

A draw takes one uniform number: the logits are cooled and sorted, of them the nucleus is kept
(Holtzman et al. 2020) and no more than the top k (Fan et al. 2018), and the number picks a place on
the cumulated probability. The same arithmetic in PyTorch stands in ``model.sampling``.
"""

import numpy as np
from onnx import TensorProto

from antiphon.export.builder import Builder, Weights
from antiphon.model import events
from antiphon.model.network import Norm

LIMITS = {"step_limit": events.STEPS, "kind_limit": events.KINDS, "touch_limit": events.TOUCHES}
"""Inputs that say what is kept of sorted choices, and how many there are."""


def add(make: Builder, weights: Weights, h: str) -> None:
    """Add the output chain on the hidden states ``h`` (Q, 1, D), and the draws."""
    z, who = _link(make, weights, "who", h, _norm(make, weights, "who", h))
    both = make.table("both_who", weights["chosen_who.weight"][None])
    z_steps = make.op("Add", z, both)
    z_who, steps = _link(make, weights, "step", z_steps, _norm(make, weights, "step", z_steps))
    joint = make.op(
        "Add",
        make.op("Transpose", make.op("LogSoftmax", make.to_float(who), axis=-1), perm=[0, 2, 1]),
        make.op("LogSoftmax", make.to_float(steps), axis=-1),
        name="who_step",
    )
    masked = make.op("Add", joint, "who_step_mask")

    u = make.split("noise", 4, axis=1)
    # Softmax of two, and not a sum of shares: of one that may not play it leaves exactly nothing.
    weight = make.op("ReduceLogSumExp", masked, axes=[2], keepdims=0)
    share = make.op("Softmax", weight, axis=-1)
    player = make.op("Gather", share, make.integers(0), axis=1)
    chosen_who = make.op("Cast", make.op("GreaterOrEqual", u[0], player), to=TensorProto.INT64)
    heat = make.split("temperature", 3, axis=0)
    step_logits = _row(make, masked, chosen_who)
    chosen_step = _draw(make, step_logits, heat[0], "step_limit", u[1])

    z, normed = _chosen(make, weights, "kind", _row(make, z_who, chosen_who), "step", chosen_step)
    z, kinds = _link(make, weights, "kind", z, normed)
    kinds = make.to_float(kinds)
    masked_kinds = make.op("Add", kinds, "kind_mask")
    chosen_kind = _draw(make, masked_kinds, heat[1], "kind_limit", u[2])
    z, normed = _chosen(make, weights, "touch", z, "kind", chosen_kind)
    _, touches = _link(make, weights, "touch", z, normed)
    touches = make.to_float(touches)
    masked_touches = make.op("Add", touches, "touch_mask")
    drawn = _draw(make, masked_touches, heat[2], "touch_limit", u[3])
    is_note = make.op("Less", chosen_kind, make.constant("keys", np.array(events.KEYS)))
    silent = make.constant("no_touch", np.array(events.NO_TOUCH))
    chosen_touch = make.op("Where", is_note, drawn, silent)

    chosen = [chosen_who, chosen_step, chosen_kind, chosen_touch]
    make.op("Concat", *chosen, name="event", axis=1)
    zero = make.constant("zero", np.zeros((1, 1), np.float32))
    kind_logs, touch_logs = (
        make.op("LogSoftmax", x, name=name, axis=-1)
        for x, name in ((kinds, "kind"), (touches, "touch"))
    )
    touch = _pick(make, touch_logs, drawn)
    costs = [
        _pick(make, _row(make, joint, chosen_who), chosen_step),
        _pick(make, kind_logs, chosen_kind),
        make.op("Where", is_note, touch, zero),
    ]
    make.op("Neg", make.op("Concat", *costs, axis=1), name="cost")


def _norm(make: Builder, weights: Weights, name: str, z: str) -> str:
    """The norm that a link begins with."""
    name = f"{name}_link.norm"
    return make.norm(z, name, weights[f"{name}.weight"], Norm.EPSILON)


def _link(make: Builder, weights: Weights, name: str, z: str, normed: str) -> tuple[str, str]:
    """One link of the chain: its state and its logits, from the state before and its norm."""
    prefix = f"{name}_link"
    up = make.product(normed, f"{prefix}.up", weights[f"{prefix}.up.weight"])
    down = make.product(make.silu(up), f"{prefix}.down", weights[f"{prefix}.down.weight"])
    out_norm = weights[f"{prefix}.out_norm.weight"]
    normed, z = make.add_and_norm(z, down, f"{prefix}.out_norm", out_norm, Norm.EPSILON)
    logits = make.product(normed, f"{prefix}.logits", weights[f"{prefix}.logits.weight"])
    return z, logits


def _chosen(
    make: Builder, weights: Weights, link: str, z: str, name: str, choice: str
) -> tuple[str, str]:
    """The state with what was chosen (Q, 1) added to it, and its norm for the next link."""
    embedding = _embed(make, weights, f"chosen_{name}", choice)
    norm = f"{link}_link.norm"
    normed, z = make.add_and_norm(z, embedding, norm, weights[f"{norm}.weight"], Norm.EPSILON)
    return z, normed


def _embed(make: Builder, weights: Weights, name: str, index: str) -> str:
    """The embedding (Q, D) of a choice (Q, 1)."""
    return make.op("GatherND", make.table(name, weights[f"{name}.weight"]), index)


def _row(make: Builder, x: str, index: str) -> str:
    """Row ``index`` (Q, 1) of x (Q, R, N) for each sequence: (Q, N)."""
    return make.op("GatherND", x, index, batch_dims=1)


def _pick(make: Builder, x: str, index: str) -> str:
    """Entry ``index`` (Q, 1) of x (Q, N) for each sequence: (Q, 1)."""
    return make.op("GatherElements", x, index, axis=1)


def _draw(make: Builder, logits: str, heat: str, limit: str, u: str) -> str:
    """Draw (Q, 1) from logits (Q, N) by uniform noise u (Q, 1): nucleus and top-k, inverse CDF.

    ``heat``, the temperature, is (1,); ``limit`` (N,) is an input of the graph, see there.
    """
    values, order = make.descending(make.op("Div", logits, heat), LIMITS[limit])
    share = make.op("Softmax", values, axis=-1)
    reached = make.op("CumSum", share, make.constant("one", np.array(1, np.int64)))
    kept = make.op("Less", make.op("Sub", reached, share), limit)
    # What is kept comes first, so that the largest sum within it is the whole of it.
    within = make.op("Mul", reached, make.op("Cast", kept, to=TensorProto.FLOAT))
    wanted = make.op("Mul", u, make.op("ReduceMax", within, axes=[1], keepdims=1))
    # Sums of floats and one cast are faster than sums of whole numbers.
    passed = make.op("Cast", make.op("Less", reached, wanted), to=TensorProto.FLOAT)
    place = make.op("ReduceSum", passed, make.integers(1), keepdims=1)
    return make.op("GatherElements", order, make.op("Cast", place, to=TensorProto.INT64), axis=1)
