"""What the thru process goes by, as the session sets it. Values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThruSettings:
    """Channels and programs are 0 to 15 and 0 to 127, as on the wire."""

    thru: bool = True
    """Whether what the player plays is passed on."""
    channel: int | None = None
    """The channel on which the player's part goes out; None: each as it came in."""
    program: int | None = None
    """Sent before the player's first note on a channel."""
    controllers: frozenset[bytes] = frozenset()
    """How messages begin that move a control."""
    controllers_pass: bool = False
    """Whether such messages are passed on too, notes excepted."""
    clock_out: bool = False
    """Whether our own clock goes out: then no other is passed on."""
