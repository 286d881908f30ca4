from typing import cast

import pytest

from antiphon.daemon.bench import endurance
from antiphon.daemon.performer.engine import OnnxEngine
from tests.export.judges import Judge


class Ticking:
    """Each look at it is a millisecond later."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> float:
        self.looks += 1
        return self.looks * 1e-3


def judges() -> tuple[Judge, Judge]:
    return Judge(lambda *_: 0.0), Judge(lambda *_: 0.0)


@pytest.mark.parametrize("count", [1, 511, 512, 513, 3000])
def test_it_lives_through_just_as_many_events(count: int) -> None:
    judge, _ = judges()
    endurance.live(cast(OnnxEngine, judge), count)
    assert judge.length == count


def test_old_and_fresh_are_compared_step_by_step() -> None:
    old, fresh = judges()
    found = endurance.figures(cast(OnnxEngine, old), cast(OnnxEngine, fresh), 5000, Ticking())
    assert found["events"] == 5000
    assert found["times_first_thousand"]["p50"] == pytest.approx(1.0)
    assert old.length > 5000
    assert fresh.window < fresh.length <= endurance.FIRST_EVENTS
