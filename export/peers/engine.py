"""Ours: the daemon's engine, as the performer drives it."""

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from antiphon.daemon.performer.engine import OnnxEngine, Query
from antiphon.export.peers.contender import NUCLEUS, Contender, timed
from antiphon.model.events import NOTE_OFF, PLAYER, Event

_TRILL: Final = [Event(PLAYER, 20, 60, 20), Event(PLAYER, 20, 60 + NOTE_OFF)]


def prepare(model: Path, context: int) -> Contender:
    """The engine behind ``context`` events less the one that a step takes in."""
    engine = OnnxEngine(model)
    query = Query(noise=np.full(4, 0.5, np.float32), nucleus=(NUCLEUS,) * 3)
    engine.advance((_TRILL * context)[: context - 1], query)
    mark = engine.length

    def step() -> None:
        engine.advance(_TRILL[1:], query)
        engine.rewind(mark)

    return Contender(f"{model.name}, ONNX Runtime {onnxruntime.__version__}", timed(step))
