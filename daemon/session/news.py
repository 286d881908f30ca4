"""What whoever runs a daemon must react to."""

from dataclasses import dataclass

from antiphon.daemon import messages


@dataclass(frozen=True, slots=True)
class Stop:
    """The daemon should stop; `reason` is empty if all is well, else a line for the user."""

    reason: str = ""


News = messages.Ready | messages.Problem | Stop
