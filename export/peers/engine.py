"""Ours: the daemon's engine, as the performer drives it."""

from pathlib import Path

import numpy as np
import onnxruntime

from antiphon.daemon.bench.steps import TRILL
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.query import Query
from antiphon.export.peers.contender import NUCLEUS, Contender, timed


def prepare(model: Path, context: int) -> Contender:
    """The engine behind ``context`` events less the one that a step takes in."""
    engine = OnnxEngine(model)
    query = Query(noise=np.full(4, 0.5, np.float32), nucleus=(NUCLEUS,) * 3)
    engine.advance((TRILL * context)[: context - 1], query)
    mark = engine.length

    def step() -> None:
        engine.advance(TRILL[1:], query)
        engine.rewind(mark)

    return Contender(f"{model.name}, ONNX Runtime {onnxruntime.__version__}", timed(step))
