from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from antiphon.export.peers.floor import cache_bytes, weight_bytes
from antiphon.model.network import Shape


def test_of_a_table_one_row_is_read_and_of_a_matrix_all() -> None:
    table = numpy_helper.from_array(np.zeros((100, 8), np.float32), "table")
    matrix = numpy_helper.from_array(np.zeros((8, 16), np.float32), "matrix")
    nodes = [
        helper.make_node("Gather", ["table", "which"], ["row"]),
        helper.make_node("MatMul", ["row", "matrix"], ["out"]),
    ]
    which = helper.make_tensor_value_info("which", TensorProto.INT64, [1])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 16])
    model = helper.make_model(helper.make_graph(nodes, "g", [which], [out], [table, matrix]))
    assert weight_bytes(model) == 8 * 4 + 8 * 16 * 4


def test_weights_in_eight_bits_are_a_quarter(models: dict[str, Path]) -> None:
    whole, eighths = (weight_bytes(onnx.load(models[name])) for name in ("float32", "int8"))
    assert 0.2 < eighths / whole < 0.5


def test_keys_and_values_of_the_window_are_read() -> None:
    shape = Shape(layers=2, kv_heads=3, head_width=4, window=16)
    assert cache_bytes(shape, 10, 4) == 2 * 2 * 3 * 4 * 10 * 4
    assert cache_bytes(shape, 1000, 2) == 2 * 2 * 3 * 4 * 16 * 2
