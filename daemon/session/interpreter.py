"""How Python runs while notes wait: its threads in quick turns, its garbage left for a pause.

A collection holds every thread up, for 6 ms at the start and longer with all that is remembered.
"""

import gc
import sys
from typing import Final, Self

SWITCH_S: Final = 0.0005
"""How long a thread may keep others waiting. By measurement: at Python's own 5 ms notes were up to
11 ms late beside a client that asks, at 0.1 ms no less than at this, for more turns."""
QUIET_S: Final = 2.0
"""Nothing played for so long: a collection will hardly be heard."""
MOST_OBJECTS: Final = 200_000
"""So many new ones are collected while somebody plays: a leak must not fill the memory."""


class Interpreter:
    """A context manager: within it nothing is collected but by `look`."""

    def __init__(self) -> None:
        self._switch_s = sys.getswitchinterval()
        self._played_s = 0.0
        self._is_clean = False

    def __enter__(self) -> Self:
        """What there is by now stays, and is never looked through again."""
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        """Everything as usual again."""
        gc.unfreeze()
        gc.enable()
        sys.setswitchinterval(self._switch_s)

    def played(self, time: float) -> None:
        """Somebody played, at that time."""
        self._played_s = time
        self._is_clean = False

    def look(self, now: float) -> bool:
        """Collect, if it is quiet and was not before, or cannot be put off; whether it did."""
        is_quiet = now - self._played_s >= QUIET_S and not self._is_clean
        if not is_quiet and gc.get_count()[0] < MOST_OBJECTS:
            return False
        gc.collect()
        self._is_clean = True
        return True
