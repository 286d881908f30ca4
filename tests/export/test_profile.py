"""The engine's own trace, read by the bench."""

import json
from pathlib import Path

import numpy as np

from antiphon.daemon.bench.profile import operators
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.query import Query
from antiphon.model.events import PLAYER, Event


def test_each_node_of_a_step_can_be_timed(models: dict[str, Path], tmp_path: Path) -> None:
    engine = OnnxEngine(models["int8"], trace=tmp_path / "trace")
    engine.advance([Event(PLAYER, 0, 60, 20)], Query(noise=np.zeros(4, np.float32)))
    found = operators(json.loads(engine.end_trace().read_text(encoding="utf-8")))
    assert "GroupQueryAttention" in {one.name for one in found}
