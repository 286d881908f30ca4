"""Each contender that is installed takes steps, and the process that it lives in answers."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.export.peers.contender import Contender

CONTEXT = 12
NEEDS = {
    "engine": [],
    "floor": [],
    "eager": [],
    "transformers": ["transformers"],
    "generate": ["transformers"],
    "llamacpp": ["llama_cpp", "gguf"],
    "notochord": ["notochord"],
}
"""All but the compiled one, which takes minutes."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heads as wide as llama.cpp wants them: a block of 32."""
    from antiphon.export.write import write
    from antiphon.model.network import Shape
    from tests.model.material import lively

    shape = Shape(
        width=64, layers=1, heads=2, kv_heads=1, head_width=32, hidden=64, chain_hidden=32
    )
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    write(lively(shape), "int8", path)
    return path


@pytest.mark.parametrize("name", NEEDS)
def test_it_takes_as_many_steps_as_asked(
    name: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for package in NEEDS[name]:
        pytest.importorskip(package)
    module = importlib.import_module(f"antiphon.export.peers.{name}")
    contender: Contender = module.prepare(model, CONTEXT)
    assert contender.about
    assert len(contender.steps(3)) == 3
    assert (contender.reads > 0) == (name == "floor")


def ask(name: str, model: Path, *questions: str) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "antiphon.export.peers", name, str(model), "12", "-1"]
    told = subprocess.run(
        command,
        input="".join(f"{question}\n" for question in questions),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_process_answers_line_by_line(model: Path) -> None:
    first, *rest = ask("engine", model, "2", "1")
    assert str(first["about"]).startswith("small.onnx")
    assert [len(one["ms"]) for one in rest] == [2, 1]  # type: ignore[arg-type]


def test_a_model_that_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    [told] = ask("engine", tmp_path / "none.onnx")
    assert "no such model" in str(told["failed"])


def test_a_package_that_is_not_there_is_named(model: Path) -> None:
    [told] = ask("nobody", model)
    assert told == {"missing": "antiphon.export.peers.nobody"}
