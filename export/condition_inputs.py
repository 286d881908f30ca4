"""What the second model is told that differs from event to event, as ``task.Inputs`` has it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.query import Floats
from antiphon.export.task import Seconds
from antiphon.model import conditions, lookahead, time_left
from antiphon.model.arrays import Notes
from antiphon.model.events import FUTURE, Event


class ConditionInputs:
    """Rows of the condition vector, and the future as a third ``who``."""

    def lookahead(self, times_s: Seconds, player: Notes, span_s: float) -> Floats:
        """At moments (N,), what the player's part does in the ``span_s`` seconds that follow."""
        return _rows("lookahead", lookahead.encode(times_s, player, span_s))

    def hole_left(self, left_s: Seconds) -> Floats:
        """That a hole is being filled of which so many seconds, (N,), are left."""
        return _rows("time_left", time_left.encode(left_s, "hole"))

    def future(self, given: Sequence[Event]) -> list[Event]:
        """Events as those that follow a hole; the first begins at no distance from anything."""
        return [
            replace(event, who=FUTURE, step=event.step if index else 0)
            for index, event in enumerate(given)
        ]


def _rows(group: str, told: NDArray[np.float32]) -> Floats:
    rows = np.zeros((len(told), conditions.SIZE), np.float32)
    rows[:, conditions.group(group)] = told
    return rows
