"""An exported model, turned back into a checkpoint: the same weights, and training goes on."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from antiphon.daemon import cli
from antiphon.export import restore
from antiphon.export.graph import query_scale
from antiphon.export.write import weights_of, write
from antiphon.model import checkpoint
from antiphon.model.errors import ModelError
from antiphon.model.network import Network
from antiphon.model.settings import Settings
from antiphon.model.train import optimisers


def test_float32_weights_come_back_as_they_were(network: Network, models: dict[str, Path]) -> None:
    there, back = weights_of(network), weights_of(restore.network_of(models["float32"]))
    assert there.keys() == back.keys()
    assert all(np.array_equal(there[name], back[name]) for name in there)


@pytest.mark.parametrize("name", ["float16", "int8", "int4"])
def test_rounded_weights_are_rounded_once(
    models: dict[str, Path], tmp_path: Path, name: str
) -> None:
    again = tmp_path / "again.onnx"
    write(restore.network_of(models[name]), name, again)
    first, second = (weights_of(restore.network_of(path)) for path in (models[name], again))
    assert all(np.allclose(first[x], second[x], rtol=1e-6, atol=1e-9) for x in first)


def test_a_run_goes_on_from_there(
    models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["restore", str(models["int8"]), "--out", str(tmp_path / "run")]
    assert cli.main(words) == 0
    assert "antiphon model train --out" in capsys.readouterr().out
    network = restore.network_of(models["int8"])
    fresh = Network(network.shape)
    path = tmp_path / "run" / "checkpoint.pt"
    assert checkpoint.resume(path, fresh, optimisers(fresh, Settings())) == checkpoint.Progress()
    assert all(
        torch.equal(a, b) for a, b in zip(fresh.parameters(), network.parameters(), strict=True)
    )
    assert cli.main(words) == cli.USER_ERROR
    assert "is there already" in capsys.readouterr().err


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        restore.network_of(tmp_path / "lost.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match="not a model that antiphon export wrote"):
        restore.network_of(tmp_path / "text.onnx")


def test_a_file_whose_queries_are_not_scaled_is_read_as_it_is(
    network: Network, models: dict[str, Path], tmp_path: Path
) -> None:
    old = onnx.load(models["float32"])
    for node in old.graph.node:
        for entry in [entry for entry in node.attribute if entry.name == "scale"]:
            node.attribute.remove(entry)
    onnx.save(old, tmp_path / "old.onnx")
    name = "layers.0.attention.queries.weight"
    found = weights_of(restore.network_of(tmp_path / "old.onnx"))[name]
    assert np.array_equal(found, weights_of(network)[name] * query_scale(network.shape))
