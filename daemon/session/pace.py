"""How fast somebody may ask. Pure."""

import math


class Pace:
    """How fast a client may ask: as fast as it will for a moment, and then so many a second."""

    def __init__(self, rate: float, at_once: float) -> None:
        self._rate = rate
        self._at_once = at_once
        self._left = at_once
        self._latest = -math.inf

    def wait_s(self, now: float) -> float:
        """How long the request that comes now has to wait."""
        self._rest(now)
        self._left -= 1
        return max(0.0, -self._left / self._rate)

    def allows(self, now: float) -> bool:
        """Whether a request may come now; one that may not does not count."""
        self._rest(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _rest(self, now: float) -> None:
        self._left = min(self._at_once, self._left + (now - self._latest) * self._rate)
        self._latest = now
