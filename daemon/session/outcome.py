"""What follows from one thing that happened: what to send, in order, and what to tell. Values."""

from dataclasses import dataclass, field

from antiphon.daemon import messages
from antiphon.daemon.session.ledger import Owner


@dataclass(frozen=True, slots=True)
class Emission:
    """A message to send now; `planned` is when it was meant to go, `owner` whose it is."""

    data: bytes
    planned: float
    owner: Owner


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from one thing that happened."""

    send: list[Emission] = field(default_factory=list)
    tell: list[messages.ToPerformer] = field(default_factory=list)
