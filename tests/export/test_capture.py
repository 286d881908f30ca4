"""Steps as a CUDA graph has them: with nothing told by the host that changes from step to step.

What a GPU makes of that cannot be seen without one; that the graph needs no more can.
"""

from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import agree
from antiphon.export import parity
from antiphon.model.network import Network
from tests.model.material import TINY


def test_fixed_steps_say_the_same(models: dict[str, Path]) -> None:
    path = models["float16"]
    engines = OnnxEngine(path), OnnxEngine(path, captures=True)
    assert agree(*engines)
    assert [engine.length for engine in engines] == [0, 0]


def test_fixed_steps_say_the_same_after_rolling(models: dict[str, Path], network: Network) -> None:
    rng = np.random.default_rng(0)
    forced = parity.real_events(8 * TINY.window)
    engine = OnnxEngine(models["float16"], captures=True)
    found = parity.compare(network, parity.perform(engine, forced, 50, rng, (1, 1, 9)))
    assert found.within(parity.TOLERANCES["float16"])


@pytest.mark.parametrize("name", ["float32", "int8"])
def test_what_changes_its_shape_is_not_captured(models: dict[str, Path], name: str) -> None:
    with pytest.raises(AntiphonError, match="only a float16 model's steps"):
        OnnxEngine(models[name], captures=True)


def test_what_is_told_something_else_does_not_agree(models: dict[str, Path]) -> None:
    other = OnnxEngine(models["float32"])
    other.tell(parity.random_condition(np.random.default_rng(0)))
    assert not agree(OnnxEngine(models["float32"]), other)
