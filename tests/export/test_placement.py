"""Where ONNX Runtime's CUDA provider puts the graph: proved without a GPU, on a stand-in for one.

What a kernel computes, and how fast, is for the tests marked ``cuda``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.export import standin

LAY_OUT = """
import json, sys
import onnx
import onnxruntime
path, laid_out = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.optimized_model_filepath = laid_out
# A graph that cannot be captured is refused with this option.
cuda = ("CUDAExecutionProvider", {"enable_cuda_graph": "1"})
session = onnxruntime.InferenceSession(path, options, providers=[cuda, "CPUExecutionProvider"])
nodes = [node.op_type for node in onnx.load(laid_out).graph.node]
print(json.dumps({"providers": session.get_providers(), "nodes": nodes}))
"""

PLAY = """
import sys
from pathlib import Path
import numpy as np
from antiphon.daemon.performer import providers
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.query import Query
from antiphon.model.events import Event
query = Query(noise=np.full(4, 0.5, np.float32))
event = Event(0, 10, 60, 16)
for captures in (False, True):
    engine = OnnxEngine(Path(sys.argv[1]), providers.Provider.CUDA, captures=captures)
    for count in (1, 3, 1, 1, 1, 40, 1):
        engine.advance([event] * count, query)
    branches = engine.branch(2, engine.length - 1)
    for _ in range(4):
        branches.advance([event, event], [query, query])
    engine.rewind(3)
    engine.advance([event], query)
print("played")
"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reason = standin.why_not()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("libraries")
    standin.make(folder)
    return folder


def run(libraries: Path, script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_all_of_it_runs_on_the_gpu_without_copies_and_can_be_captured(
    libraries: Path, models: dict[str, Path], tmp_path: Path
) -> None:
    done = run(libraries, LAY_OUT, models["float16"], tmp_path / "laid-out.onnx")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["providers"][0] == "CUDAExecutionProvider"
    assert "GroupQueryAttention" in found["nodes"]
    assert not [node for node in found["nodes"] if "Memcpy" in node]


@pytest.mark.parametrize("name", ["float32", "int8"])
def test_other_formats_are_for_the_processor(
    libraries: Path, models: dict[str, Path], tmp_path: Path, name: str
) -> None:
    # There is no attention in float32 on CUDA; this also shows that the test above can fail.
    done = run(libraries, LAY_OUT, models[name], tmp_path / "laid-out.onnx")
    assert "have not been partitioned to the CUDAExecutionProvider" in done.stderr


def test_the_engine_does_all_that_it_does_on_a_device(
    libraries: Path, models: dict[str, Path]
) -> None:
    done = run(libraries, PLAY, models["float16"])
    assert done.stdout == "played\n", done.stderr
