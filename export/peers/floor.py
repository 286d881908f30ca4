"""What no engine can be faster than: reading once what a step has to read.

The weights as they are stored, a row of each table that is looked up in, and the keys and values of
the window. They are read over and over, as an engine's are: where they fit the cache, from there.
"""

from pathlib import Path

import onnx

from antiphon.export.peers.contender import Contender, timed
from antiphon.export.restore import facts_of, shape_of
from antiphon.model.network import Shape

LOOK_UPS = ("Gather", "GatherND")


def prepare(model: Path, context: int) -> Contender:
    """As many bytes as a step of the model has to read behind ``context`` events."""
    graph = onnx.load(model)
    real_bytes = 2 if facts_of(graph)["format"] == "float16" else 4
    reads = weight_bytes(graph) + cache_bytes(shape_of(graph), context, real_bytes)
    # memchr in search of what is not there: reads as fast as the core can, and computes nothing.
    memory = bytearray(b"\2") * reads
    return Contender("read once, by memchr", timed(lambda: memory.find(b"\1")), reads)


def weight_bytes(model: onnx.ModelProto) -> int:
    """Bytes of a graph's constants that one event needs: of a table looked up in, one row."""
    looked_up = {node.input[0] for node in model.graph.node if node.op_type in LOOK_UPS}
    total = 0
    for constant in model.graph.initializer:
        size = len(constant.raw_data) or onnx.numpy_helper.to_array(constant).nbytes
        rows = constant.dims[0] if constant.name in looked_up and constant.dims else 1
        total += size // rows
    return total


def cache_bytes(shape: Shape, context: int, real_bytes: int) -> int:
    """Bytes of the keys and values that an event behind so many attends to."""
    attended = min(context, shape.window)
    return 2 * shape.layers * shape.kv_heads * shape.head_width * attended * real_bytes
