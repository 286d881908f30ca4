"""The comparison of long contexts with fresh ones, on judges that know what they should say."""

from collections.abc import Sequence

import pytest

from antiphon.daemon.performer.query import Floats
from antiphon.export import rolling
from antiphon.model.errors import ModelError
from antiphon.model.events import Event
from tests.export.judges import Judge, Taste, corpus_of, steady, task_of

LONG = rolling.WINDOWS_BEFORE * Judge.window + 2 * rolling.TAIL


def dearer_when_long(history: Sequence[Event], _: Floats, __: Event) -> float:
    return 2.0 + (len(history) > Judge.window + rolling.TAIL)


def always_the_same(_: Sequence[Event], __: Floats, ___: Event) -> float:
    return 2.0


@pytest.mark.parametrize(("taste", "change"), [(dearer_when_long, 2.0), (always_the_same, 0.0)])
def test_what_a_long_past_costs_is_told(taste: Taste, change: float) -> None:
    pieces = [("classical", steady(0.1, LONG, [60, 64, 67])) for _ in range(3)]
    found = rolling.measure(task_of(Judge(taste), corpus_of(pieces)))["rolling"]
    assert found["pieces"] == 3
    # Two events a note, a nat dearer each.
    assert found["change"] == pytest.approx(change)
    assert found["fresh"] == pytest.approx(4.0)


def test_pieces_that_are_too_short_are_named() -> None:
    pieces = [("classical", steady(0.1, 100, [60, 64])) for _ in range(3)]
    with pytest.raises(ModelError, match="fewer than two pieces"):
        rolling.measure(task_of(Judge(always_the_same), corpus_of(pieces)))
