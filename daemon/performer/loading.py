"""From settings to a model that is ready to play: where it is, which provider, warmed up."""

import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import choice
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.modelfile import checked_digest
from antiphon.daemon.performer.providers import Provider, candidates
from antiphon.daemon.performer.query import Query
from antiphon.model.events import NOTE_OFF, PEDAL_UP, PLAYER, Event

WARM_UP_STEPS = 64
SAME_NATS = 0.05
"""How far apart two ways to run the same step on the same device may be."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engine, the SHA-256 of its file, the time to load it, and its steps at a full window.

    ``choice`` says why it runs where it does; ``problem``, if anything, why not where it was asked
    to.
    """

    engine: OnnxEngine
    digest: str
    load_s: float
    step_p50_ms: float
    step_p99_ms: float
    choice: str = ""
    problem: str = ""


def shipped_model() -> Path:
    """The model that comes with the package."""
    return Path(str(files("antiphon.model") / "weights" / "antiphon-int8.onnx"))


def load(model: str, provider: str, threads: int, place: Path | None = None) -> Loaded:
    """The engine of a model file (empty: the shipped one) on ``auto``, ``cpu`` or ``cuda``.

    ``auto`` measures a step on each provider that loads and takes the fastest, which it remembers
    at ``place``. The processor stands in for a GPU that cannot be used. Raises AntiphonError when
    the model cannot be used at all.
    """
    path = Path(model).expanduser() if model else shipped_model()
    place = place or choice.default_place()
    began = time.perf_counter()
    sha256 = checked_digest(path) if path.is_file() else ""
    wanted, obstacle = candidates(provider)
    key = choice.key(sha256, threads)
    known = choice.recall(place, key) if len(wanted) > 1 else None
    engines, failed = _engines(path, [known] if known in wanted else wanted, threads)
    steps = [warm_up(engine) for engine in engines]
    best = int(np.argmin([p50_ms for p50_ms, _ in steps]))
    found = engines[best].provider
    if len(engines) > 1:
        choice.remember(place, key, found)
        times = zip(engines, steps, strict=True)
        measured = ", ".join(f"{one.provider.value} {p50_ms:.2f} ms" for one, (p50_ms, _) in times)
        why = f"the faster: {measured}"
    else:
        why = failed or obstacle or ("faster when last measured" if known else "as asked")
    missed = provider == Provider.CUDA.value != found.value
    problem = f"{failed or obstacle}; playing on the processor" if missed else ""
    load_s = time.perf_counter() - began
    return Loaded(engines[best], sha256, load_s, *steps[best], why, problem)


def _engines(path: Path, tried: list[Provider], threads: int) -> tuple[list[OnnxEngine], str]:
    """An engine on each provider that can be used, at least the processor's; what failed."""
    engines: list[OnnxEngine] = []
    failed = ""
    for provider in tried:
        try:
            engines.append(engine_on(path, provider, threads))
        except AntiphonError as error:
            if provider is Provider.CPU:
                raise
            failed = str(error)
    return engines or [engine_on(path, Provider.CPU, threads)], failed


def engine_on(path: Path, provider: Provider, threads: int) -> OnnxEngine:
    """The engine on one provider; on a GPU with captured steps, where they say the same."""
    plain = OnnxEngine(path, provider, threads)
    if provider is Provider.CPU:
        return plain
    try:
        captured = OnnxEngine(path, provider, threads, captures=True)
        return captured if agree(plain, captured) else plain
    except AntiphonError:
        return plain


def agree(one: OnnxEngine, other: OnnxEngine) -> bool:
    """Whether two engines say the same, step by step and after being taken back."""
    mark = one.length
    query = Query(noise=np.full(4, 0.5, np.float32))
    trill = [Event(PLAYER, 20, 60, 20), Event(PLAYER, 20, NOTE_OFF + 60)]
    for _ in range(2):
        for event in trill * 4:
            first, second = one.advance([event], query), other.advance([event], query)
            if not np.allclose(first.who_step, second.who_step, atol=SAME_NATS):
                return False
        for engine in (one, other):
            engine.rewind(mark)
    return True


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
