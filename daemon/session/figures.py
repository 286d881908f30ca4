"""What the player has done so far, in numbers. Values."""

from dataclasses import dataclass

from antiphon.daemon.session.lateness import LatenessFigures


@dataclass(frozen=True, slots=True)
class PlayerFigures:
    """What the player has done so far."""

    passed_on: int
    played: int
    ignored: int
    """Messages of our own that came back in."""
    failed: int
    refused: int
    """Plans that were out of date."""
    notes_held: int
    waiting: int
    lateness: LatenessFigures
