"""The player of a demo: plays a call, listens to what comes of it, and plays on.

When they play is decided here; how time passes, really or simulated, is the hall's business.
"""

import sys
from collections.abc import Sequence
from typing import Final, Protocol

from antiphon.daemon.demo.phrase import Call

REPLY_TIMEOUT_S: Final = 12.0
# So long nothing more is sent or waiting: the reply is over. About a beat, as a person would wait.
QUIET_S: Final = 0.8
UPBEAT_S: Final = 0.3
LONGEST_REPLY_S: Final = 60.0


class Hall(Protocol):
    """Where player and machine hear each other; times are seconds."""

    def now(self) -> float:
        """The present."""

    def wait_until(self, time_s: float) -> None:
        """Let time pass; none, if that time is gone by."""

    def play(self, data: bytes) -> None:
        """Play one message to the machine."""

    def hears_more(self, timeout_s: float) -> bool:
        """Wait until the machine's next message; whether it came in time."""

    def waiting(self) -> int:
        """How many messages the machine has yet to send."""

    def played(self) -> int:
        """How many messages of its own the machine has sent."""


def take_turns(calls: Sequence[Call], hall: Hall) -> None:
    """Play the calls, each when what came of the one before is over, and say so."""
    for number, call in enumerate(calls, 1):
        sys.stdout.write(f"call {number}: {call.length_s:.1f} s")
        sys.stdout.flush()
        before = hall.played()
        perform(call, hall)
        if call.rest_s is None:
            await_reply(hall)
        else:
            hall.wait_until(hall.now() + call.rest_s)
        played = hall.played() - before
        sys.stdout.write(f"; reply: {played} messages\n" if played else "; no reply\n")


def perform(call: Call, hall: Hall) -> None:
    """Play a call in its own time."""
    begins_s = hall.now() + UPBEAT_S
    for time_s, data in call.messages:
        # From absolute times: what one wait is late by does not add up.
        hall.wait_until(begins_s + time_s)
        hall.play(data)


def await_reply(hall: Hall) -> None:
    """Wait until the reply has begun and ended, or did not come."""
    end_s = hall.now() + LONGEST_REPLY_S
    patience_s = REPLY_TIMEOUT_S
    while hall.now() < end_s:
        if not hall.hears_more(patience_s) and not hall.waiting():
            return
        patience_s = QUIET_S
