"""Whether something grows with time: figures in, a share out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

ENDS: Final = 0.25
"""The share of what follows that counts as its beginning, and as its end."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What something was after the warm-up and at the end, as medians."""

    first: float
    last: float

    @property
    def share(self) -> float:
        """How much it grew, as a share of what it was; 0 of nothing is nothing."""
        return (self.last - self.first) / self.first if self.first else 0.0


def growth(values: Sequence[float], warm_up: int = 0) -> Growth:
    """How something grew, from what was read of it at equal intervals, the first so many left out.

    Raises for no values.
    """
    warm = values[warm_up:]
    count = max(1, int(len(warm) * ENDS))
    return Growth(median(warm[:count]), median(warm[-count:]))
