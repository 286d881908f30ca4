"""Whether something grows with time: figures in, a share out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

WARM_UP: Final = 0.2
"""The share of a soak in which buffers fill and the model's memory is made."""
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


def growth(values: Sequence[float]) -> Growth:
    """How something grew, from what was read of it at equal intervals; raises for no values."""
    warm = values[int(len(values) * WARM_UP) :]
    count = max(1, int(len(warm) * ENDS))
    return Growth(median(warm[:count]), median(warm[-count:]))
