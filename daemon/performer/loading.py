"""From settings to a model that is ready to play: where it is, which provider, warmed up."""

import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.modelfile import checked_digest
from antiphon.daemon.performer.providers import candidates
from antiphon.daemon.performer.query import Query
from antiphon.model.events import PEDAL_UP, PLAYER, Event

WARM_UP_STEPS = 64


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engine, the SHA-256 of its file, the time to load it, and its steps at a full window."""

    engine: OnnxEngine
    digest: str
    load_s: float
    step_p50_ms: float
    step_p99_ms: float


def shipped_model() -> Path:
    """The model that comes with the package."""
    return Path(str(files("antiphon.model") / "weights" / "antiphon-int8.onnx"))


def load(model: str, provider: str, threads: int) -> Loaded:
    """The engine of a model file (empty: the shipped one) on ``auto``, ``cpu`` or ``cuda``.

    ``auto`` measures a step on each provider that loads and takes the fastest. Raises
    AntiphonError when there is none.
    """
    path = Path(model).expanduser() if model else shipped_model()
    began = time.perf_counter()
    sha256 = checked_digest(path) if path.is_file() else ""
    loaded: list[Loaded] = []
    problem: AntiphonError | None = None
    for candidate in candidates(provider):
        try:
            engine = OnnxEngine(path, candidate, threads)
        except AntiphonError as error:
            problem = error
            continue
        p50_ms, p99_ms = warm_up(engine)
        loaded.append(Loaded(engine, sha256, time.perf_counter() - began, p50_ms, p99_ms))
    if problem is not None and not loaded:
        raise problem
    return min(loaded, key=lambda one: one.step_p50_ms)


def warm_up(engine: OnnxEngine) -> tuple[float, float]:
    """Run each shape once, time single steps, forget them; returns p50 and p99 in ms."""
    query = Query(noise=np.zeros(4, np.float32))
    beat = [Event(PLAYER, 0, PEDAL_UP)]
    mark = engine.length
    engine.advance(beat * engine.window, query)
    times_ms = []
    for _ in range(WARM_UP_STEPS):
        began = time.perf_counter()
        engine.advance(beat, query)
        times_ms.append((time.perf_counter() - began) * 1e3)
    engine.rewind(mark)
    return float(np.median(times_ms)), float(np.quantile(times_ms, 0.99))
