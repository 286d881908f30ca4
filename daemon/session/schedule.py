"""What is to be sent and has not been: a heap of messages by absolute time. It never waits."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from antiphon.daemon import midi

END = b""
"""In place of a message: end whatever of the plan sounds at that time."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a plan and the time, in seconds, it is meant for."""

    time: float
    plan: int
    data: bytes


class Schedule:
    """Items in the order of their times, and in the order of their coming for equal times."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Item]] = []
        self._count = 0

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._heap)

    def add(self, item: Item) -> None:
        """Put one item in its place."""
        self._count += 1
        heapq.heappush(self._heap, (item.time, self._count, item))

    def next_time(self) -> float | None:
        """When the first item is due, None if there is none."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[Item]:
        """Take out, one by one, what is due at `now`."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def cancel(self, plan: int, after: float) -> int:
        """Drop what a plan has later than `after`; how many items that was."""
        return self._drop(lambda item: item.plan == plan and item.time > after)

    def drop_strikes(self, plan: int) -> None:
        """Drop the notes of a plan that have not begun."""
        self._drop(lambda item: item.plan == plan and midi.is_note_on(item.data))

    def _drop(self, is_dropped: Callable[[Item], bool]) -> int:
        kept = [entry for entry in self._heap if not is_dropped(entry[2])]
        dropped = len(self._heap) - len(kept)
        if dropped:
            heapq.heapify(kept)
            self._heap = kept
        return dropped

    def holds(self, plan: int) -> bool:
        """Whether anything of a plan waits."""
        return any(item.plan == plan for _, _, item in self._heap)

    def plans(self) -> set[int]:
        """The plans that have something waiting."""
        return {item.plan for _, _, item in self._heap}
