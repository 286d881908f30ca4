"""What the daemon's engine says of files that it cannot play with."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine


def check_refused(path: Path, complaint: str) -> None:
    with pytest.raises(AntiphonError, match=complaint) as caught:
        OnnxEngine(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def foreign(path: Path, facts: dict[str, str]) -> Path:
    """A sound ONNX model of something else."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["y"])], "other", value[:1], value[1:]
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    helper.set_model_props(model, facts)
    onnx.save(model, path)
    return path


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    check_refused(tmp_path / "lost.onnx", "no such model")
    check_refused(tmp_path, "no such model")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08\x12\x07antiphon" * 50])
def test_garbage_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(content)
    check_refused(tmp_path / "bad.onnx", "cannot load this model|not a model of this version")


def test_a_torn_model_is_named(models: dict[str, Path], tmp_path: Path) -> None:
    content = models["int8"].read_bytes()
    (tmp_path / "torn.onnx").write_bytes(content[: len(content) // 2])
    check_refused(tmp_path / "torn.onnx", "cannot load this model")


def test_somebody_elses_model_is_named(tmp_path: Path) -> None:
    check_refused(foreign(tmp_path / "other.onnx", {}), "not a model of this version")
    old = foreign(tmp_path / "old.onnx", {"antiphon.graph": "0"})
    check_refused(old, "not a model of this version")
    other = foreign(tmp_path / "words.onnx", {"antiphon.graph": "1"})
    check_refused(other, "made for another vocabulary")
