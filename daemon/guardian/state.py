"""What a guardian is started with, and hands on to the one that takes its place."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

OPEN_FILES: Final = Path("/proc/self/fd")
STANDARD: Final = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that it knows."""

    backend: str
    sounding: int
    """The open file of what sounds."""
    output: str
    """The port of others that is played on, or a virtual one of ours."""
    known: tuple[tuple[str, str], ...] = ()
    """The connections on JACK, source and sink."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `command` made of one."""
        return cls(**json.loads(text))


def command(state: State) -> list[str]:
    """The command line of a guardian that begins so."""
    # -P: a file in the current folder must not stand in for a module.
    program = [sys.executable, "-P", "-m", "antiphon.daemon.guardian"]
    return [*program, json.dumps(asdict(state))]


def hand_on(state: State) -> None:
    """Become another guardian in this one's place, which begins so.

    It inherits what sounds and the standard files, and nothing else: JACK's library lets each
    connection of its own be inherited, and the server would go on telling everything to a client
    that nobody reads for, until it waits for that client for ever.
    """
    for number in [int(entry.name) for entry in OPEN_FILES.iterdir()]:
        if number not in {*STANDARD, state.sounding}:
            with suppress(OSError):
                # The one that lists them is gone.
                os.set_inheritable(number, False)
    os.execv(sys.executable, command(state))  # noqa: S606 (ourselves)
