"""What went out and came in lately: what may have to be ended again, and what may be a loop.

Behind a lock of its own, so that it may be kept after a message has gone out, on another thread.
"""

import threading
from collections.abc import Iterable

from antiphon.daemon.messages import Problem
from antiphon.daemon.thru.endings import RecentEndings
from antiphon.daemon.thru.loops import LoopDetector


class RecentTraffic:
    """Told of every message; `is_lossy` says that the output may drop what it takes."""

    def __init__(self, *, is_lossy: bool) -> None:
        self._is_lossy = is_lossy
        self._loops = LoopDetector()
        self._endings = RecentEndings()
        self._lock = threading.Lock()

    def is_echo(self, data: bytes, now: float) -> bool:
        """Whether a message that came in is our own, by a loop that is known."""
        if not self._loops.are_known:
            return False
        with self._lock:
            return self._loops.is_echo(data, now)

    def went_out(self, messages: Iterable[bytes], now: float, *, is_own: bool) -> None:
        """Messages went out: the machine's own or the player's."""
        with self._lock:
            for data in messages:
                self._loops.send(data, now, is_own=is_own)
                if self._is_lossy:
                    self._endings.send(data, now)

    def came_in(self, data: bytes, now: float) -> list[Problem]:
        """A message came in that is no echo; what to tell the user of that."""
        with self._lock:
            return self._loops.receive(data, now)

    def wired(self, *, is_there: bool, now: float) -> list[Problem]:
        """The connections show a loop, or show none."""
        with self._lock:
            return self._loops.wire(is_there=is_there, now=now)

    def dropped(self, now: float) -> None:
        """What went out just now may be lost."""
        with self._lock:
            self._endings.dropped(now)

    def insist(self, times: int, now: float) -> None:
        """What ended just now is said again so often in any case."""
        with self._lock:
            self._endings.insist(times, now)

    def clear(self) -> None:
        """There is nobody left to say anything to."""
        with self._lock:
            self._endings.clear()

    def again(self, now: float) -> bytes | None:
        """One ending to say again, None if none is due."""
        with self._lock:
            return self._endings.again(now)

    def next_time(self) -> float | None:
        """When `again` has something to say."""
        with self._lock:
            return self._endings.next_time()

    def news(self, now: float) -> list[Problem]:
        """A line for the user, when a loop is over."""
        with self._lock:
            return self._loops.news(now)
