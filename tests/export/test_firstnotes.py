"""How it is found whether the first note of a reply was there in time."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from antiphon.daemon.performer.query import Answer, Query
from antiphon.export import firstnotes
from antiphon.export.firstnotes import spare
from antiphon.export.passages import sequence
from antiphon.model.arrays import PEDAL
from antiphon.model.errors import ModelError
from antiphon.model.events import PLAYER
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of, steady, task_of

CALL = sequence(steady(0.25, 24, (60, 62, 64, 65)), np.zeros(0, PEDAL), 0.0)


def ticking(apart_s: float) -> Callable[[], float]:
    ticks = count()
    return lambda: next(ticks) * apart_s


class Impatient(ScriptedEngine):
    """Expects no event of the player's any more."""

    def drawn(self, query: Query, count: int) -> Answer:
        answer = super().drawn(query, count)
        who_step = answer.who_step.copy()
        who_step[PLAYER] = -20.0
        return replace(answer, who_step=who_step)


def test_a_quick_machine_has_it_before_the_turn_ends_a_slow_one_after() -> None:
    quick, slow = (spare(Impatient(), CALL, 1, ticking(apart_s)) for apart_s in (1e-4, 0.08))
    assert quick is not None
    assert slow is not None
    assert quick > 0.0 > slow


def test_a_pedal_let_go_under_the_reply_is_no_later_turn() -> None:
    pedals = np.array([(0.1, True), (9.0, False)], PEDAL)
    call = sequence(steady(0.25, 24, (60, 62, 64, 65)), pedals, 0.0)
    found = spare(ScriptedEngine(), call, 1, ticking(1e-4))
    assert found is not None
    assert found > 0.0


def test_all_calls_are_counted() -> None:
    packed = corpus_of([("folk", steady(0.25, 200, (60, 62, 64, 65))) for _ in range(3)])
    found = firstnotes.measure(task_of(ScriptedEngine(), packed, 3))
    assert found["first_notes"]["calls"] == found["first_notes"]["answered"] == 3
    assert "3 of 3 calls answered" in next(firstnotes.table(found))


def test_pieces_that_are_too_short_are_named() -> None:
    with pytest.raises(ModelError, match="long enough"):
        firstnotes.measure(task_of(ScriptedEngine(), corpus_of([("folk", steady(1, 9, (60,)))])))
