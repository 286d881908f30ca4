"""The lines for the user that `status` lists: what happened, and what lasts until it is over.

Pure but for a lock, as anybody may tell, from any thread.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable

from antiphon.daemon.messages import Problem

MOST = 20
"""So many are listed; the oldest goes first."""


class Problems:
    """Told of each problem; tells clients what is listed from now on, and what no more."""

    def __init__(self, publish: Callable[[dict[str, str]], None] = lambda _: None) -> None:
        self._publish = publish
        self._told: deque[tuple[str, Problem]] = deque(maxlen=MOST)
        self._lock = threading.Lock()

    @property
    def lines(self) -> list[str]:
        """What happened, and what lasts, the latest last."""
        with self._lock:
            return [problem.text for _, problem in self._told]

    def take(self, problem: Problem, by: str = "") -> bool:
        """A problem that somebody tells, or the end of one; whether that is news."""
        with self._lock:
            before = [
                known for known in self._told if problem.about and known[1].about == problem.about
            ]
            if any(known.text == problem.text for _, known in before):
                return False
            self._drop(before)
            if problem.text:
                self._told.append((by, problem))
                self._publish({"problem": problem.text})
            return bool(problem.text or before)

    def left(self, by: str) -> None:
        """Who told is gone: what lasted with them is over."""
        with self._lock:
            self._drop([known for known in self._told if known[0] == by and known[1].about])

    def _drop(self, over: Iterable[tuple[str, Problem]]) -> None:
        for known in over:
            self._told.remove(known)
            self._publish({"solved": known[1].text})
