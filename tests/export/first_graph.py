"""A model file as this version writes it, turned into one as the first version wrote it."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from antiphon.model import conditions, events


def as_first_graph(model: onnx.ModelProto) -> onnx.ModelProto:
    """A float32 model with one condition for all events, and no events of the future."""
    graph = model.graph
    constants = {x.name: numpy_helper.to_array(x) for x in graph.initializer}
    changed = {
        "told": constants["told"][: conditions.STEADY_SIZE],
        "embed": np.delete(constants["embed"], events.FUTURE, axis=0),
        "table_starts": np.where(np.arange(4) > 0, constants["table_starts"] - 1, 0),
    }
    for initializer in graph.initializer:
        if initializer.name in changed:
            value = np.ascontiguousarray(changed[initializer.name])
            initializer.CopyFrom(numpy_helper.from_array(value, initializer.name))
    told = next(node for node in graph.node if "told" in node.input)
    once = told.output[0]
    told.output[0] = "told_once"
    axis = numpy_helper.from_array(np.array([1], np.int64), "first_axis")
    graph.initializer.append(axis)
    each = helper.make_node("Unsqueeze", ["told_once", "first_axis"], [once])
    graph.node.insert(list(graph.node).index(told) + 1, each)
    for value in graph.input:
        if value.name == "condition":
            value.CopyFrom(
                helper.make_tensor_value_info(
                    "condition", onnx.TensorProto.FLOAT, ["B", conditions.STEADY_SIZE]
                )
            )
    facts = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, facts | {"antiphon.graph": "2"})
    return model
