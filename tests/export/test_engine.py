"""What the daemon's engine says of files that it cannot play with."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import loading
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.modelfile import GRAPH_VERSION
from antiphon.daemon.performer.query import Query
from antiphon.export.write import write
from antiphon.model import checksums
from antiphon.model.events import Event
from antiphon.model.network import Network


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
    check_refused(tmp_path / "bad.onnx", "cannot load this model|not a model of Antiphon")


def test_a_torn_model_is_named(models: dict[str, Path], tmp_path: Path) -> None:
    content = models["int8"].read_bytes()
    (tmp_path / "torn.onnx").write_bytes(content[: len(content) // 2])
    check_refused(tmp_path / "torn.onnx", "cannot load this model")


def test_somebody_elses_model_is_named(tmp_path: Path) -> None:
    check_refused(foreign(tmp_path / "other.onnx", {}), "not a model of Antiphon")
    old = foreign(tmp_path / "old.onnx", {"antiphon.graph": "1"})
    check_refused(old, "made for another version of Antiphon; .*antiphon restore")
    shapeless = foreign(tmp_path / "shapeless.onnx", {"antiphon.graph": GRAPH_VERSION})
    check_refused(shapeless, "does not say what shape it has")


@pytest.mark.parametrize("name", ["condition", "kind_mask", "key_0", "cost", "new_value_1"])
@pytest.mark.parametrize("instead", ["other", "an\nother"])
def test_a_graph_with_other_names_is_named(
    models: dict[str, Path], tmp_path: Path, name: str, instead: str
) -> None:
    model = onnx.load(models["int8"])
    for value in [*model.graph.input, *model.graph.output]:
        if value.name == name:
            value.name = instead
    for node in model.graph.node:
        node.input[:] = [instead if each == name else each for each in node.input]
        node.output[:] = [instead if each == name else each for each in node.output]
    onnx.save(model, tmp_path / "renamed.onnx")
    check_refused(tmp_path / "renamed.onnx", "made for another vocabulary")


def test_weights_without_numbers_are_named(network: Network, tmp_path: Path) -> None:
    spoilt = copy.deepcopy(network)
    with torch.no_grad():
        spoilt.who.weight.fill_(float("nan"))
    write(spoilt, "float32", tmp_path / "nan.onnx")
    with pytest.raises(AntiphonError, match="its weights give no numbers"):
        loading.load(str(tmp_path / "nan.onnx"), "cpu", 1)


def test_a_model_that_was_changed_after_export_is_named(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    write(network, "int8", path)
    whole = loading.load(str(path), "cpu", 1).digest
    assert f"{whole}  mine.onnx" in (tmp_path / checksums.SUMS).read_text(encoding="utf-8")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(AntiphonError, match=r"mine\.onnx: damaged"):
        loading.load(str(path), "cpu", 1)


def test_the_shipped_model_is_the_one_that_was_listed() -> None:
    path = loading.shipped_model()
    listed = checksums.listed(path.parent)
    assert path.name in listed
    assert listed == {name: checksums.digest(path.with_name(name)) for name in listed}


def test_a_step_that_fails_is_one_line(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = OnnxEngine(models["int8"])

    def fail(*_: object) -> None:
        raise RuntimeError("CUDA failure 719\nand a page of text")

    monkeypatch.setattr(engine._bound, "_session", SimpleNamespace(run_with_iobinding=fail))
    with pytest.raises(AntiphonError, match=r"a step failed on cpu \(CUDA failure 719\)") as caught:
        engine.advance([Event(0, 0, 60, 16)], Query(noise=np.zeros(4, np.float32)))
    assert "\n" not in str(caught.value)
