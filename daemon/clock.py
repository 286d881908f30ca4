"""The clock. The only module that reads the monotonic clock; nothing here waits."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> float:
        """Seconds, never going back; the zero is arbitrary but one for all processes."""
        ...


class MonotonicClock:
    """The system's monotonic clock, which all processes of one machine share."""

    def now(self) -> float:
        """Seconds of `time.monotonic()`."""
        return time.monotonic()


def worked_s() -> float:
    """Seconds for which this process has kept a processor busy: waiting does not count."""
    return time.process_time()
