"""What only a GPU can show: that its kernels compute what PyTorch does, in every way of running."""

from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.performer import loading, providers
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.providers import Provider
from antiphon.daemon.performer.query import Query
from antiphon.export import parity
from antiphon.model.events import Event
from antiphon.model.network import Network
from tests.model.material import TINY

OBSTACLE = providers.why_no_cuda()
pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(OBSTACLE is not None, reason=OBSTACLE or ""),
]


@pytest.mark.parametrize("captures", [False, True])
def test_long_histories_say_the_same(
    models: dict[str, Path], network: Network, captures: bool
) -> None:
    rng = np.random.default_rng(0)
    forced = parity.real_events(150) + parity.random_events(150, rng)
    engine = OnnxEngine(models["float16"], Provider.CUDA, captures=captures)
    found = parity.compare(network, parity.perform(engine, forced, 8 * TINY.window, rng, (1, 9)))
    assert found.within(parity.TOLERANCES["float16"])


def test_branches_say_what_steps_would(models: dict[str, Path]) -> None:
    query = Query(noise=np.full(4, 0.5, np.float32))
    events = parity.real_events(3 * TINY.window)
    engine = OnnxEngine(models["float16"], Provider.CUDA, captures=True)
    engine.advance(events, query)
    branches = engine.branch(2, engine.length - 5)
    for event in [Event(0, 10, 60, 16)] * 8:
        first, second = branches.advance([event, event], [query, query])
        np.testing.assert_allclose(first.who_step, second.who_step, atol=loading.SAME_NATS)


def test_captured_steps_are_what_is_played_with(models: dict[str, Path]) -> None:
    assert loading.engine_on(models["float16"], Provider.CUDA, 1).captures
