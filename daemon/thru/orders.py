"""What a thru process is started with. Values."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from antiphon.daemon.config import ControllerSettings, PortSettings


@dataclass(frozen=True, slots=True)
class Orders:
    """Which ports to open, and what to go by."""

    ports: PortSettings
    controller: ControllerSettings
    sounds_itself: bool = False
    awaited: tuple[str, ...] = ()
    sounding: int = -1
    """The open file of what sounds; below 0: none."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `ThruSettings`, as a table."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `command` made of one."""
        table = json.loads(text)
        return cls(
            **{
                **table,
                "ports": PortSettings(**table["ports"]),
                "controller": ControllerSettings(**table["controller"]),
            }
        )


def command(orders: Orders) -> list[str]:
    """The command line of a thru process."""
    # -P: a file in the current folder must not stand in for a module.
    program = [sys.executable, "-P", "-m", "antiphon.daemon.thru"]
    return [*program, json.dumps(asdict(orders), default=str)]
