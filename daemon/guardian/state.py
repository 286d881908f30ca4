"""What a guardian is started with, and hands on to the one that takes its place."""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Self


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
