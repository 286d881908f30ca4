"""What the system is asked for, so that notes go out in time beside busy programs.

It may refuse: then nothing is different, and nobody is told but by `status`.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

REAL_TIME: Final = 2
"""Low among the real-time priorities: before all other programs, behind every sound server."""
LOADING: Final = 1
"""Of a performer until its first answer: beside busy programs it would take seconds to come back,
and nobody plays meanwhile. And of the guardian, for which a note that sounds on must not wait."""

_HIGH_PRIORITY_CLASS: Final = 0x80
_TIMER_MS: Final = 1
_USER_INTERACTIVE: Final = 0x21


def ask() -> bool:
    """Ask for what the system has for players of music; whether it is granted.

    On Linux for this thread and all that it starts from then on, on macOS for this thread, on
    Windows for the process.
    """
    with suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            # Otherwise a wait ends up to 15 ms late.
            ctypes.windll.winmm.timeBeginPeriod(_TIMER_MS)
            return bool(kernel.SetPriorityClass(kernel.GetCurrentProcess(), _HIGH_PRIORITY_CLASS))
        if sys.platform == "darwin":
            library = ctypes.CDLL(None)
            return library.pthread_set_qos_class_self_np(_USER_INTERACTIVE, 0) == 0
        # All threads, not the player's alone: whichever holds the interpreter, it waits for that.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REAL_TIME))
        return True
    return False


@contextmanager
def raised() -> Iterator[None]:
    """What `ask` gets meanwhile, for this thread and what it starts."""
    ask()
    try:
        yield
    finally:
        fall_back()


@contextmanager
def handed_down(number: int) -> Iterator[None]:
    """What this thread starts meanwhile has that priority, if it has one itself; 0: none."""
    if not granted():
        yield
        return
    if number:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(number))
    else:
        fall_back()
    try:
        yield
    finally:
        ask()


def spread() -> None:
    """Give what this thread has to those of the process that Python did not start.

    JACK's library starts some, without any priority where its server has none, and they hold the
    interpreter while they hand a message over: all others would wait behind busy programs.
    """
    if not granted():
        return
    own = {thread.native_id for thread in threading.enumerate()}
    for task in Path("/proc/self/task").iterdir():
        number = int(task.name)
        # It may have ended by now.
        with suppress(OSError):
            if number not in own and os.sched_getscheduler(number) == os.SCHED_OTHER:
                os.sched_setscheduler(number, os.SCHED_RR, os.sched_param(REAL_TIME))


def granted() -> bool:
    """Whether this thread goes before other programs, as Linux tells; elsewhere False."""
    if sys.platform != "linux":
        return False
    return os.sched_getscheduler(0) == os.SCHED_RR


def fall_back() -> None:
    """Be a thread like any other program's."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
