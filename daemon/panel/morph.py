"""On the way from one preset to another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from antiphon.daemon.presets import morphed

STEP = 0.05


@dataclass(frozen=True, slots=True)
class Morph:
    """Both ends, by name and as texts, and how far it is from the first, 0 to 1."""

    first: str
    second: str
    start: Mapping[str, str]
    end: Mapping[str, str]
    share: float = 0.0

    @property
    def source(self) -> str:
        """What an undo of it is called."""
        return f"morph to {self.second}"

    def moved(self, steps: int) -> "Morph":
        """So many steps further."""
        return self.placed((round(self.share / STEP) + steps) * STEP)

    def placed(self, share: float) -> "Morph":
        """At a place of the way, or at the nearer end."""
        return replace(self, share=round(min(max(share, 0.0), 1.0), 2))

    def texts(self) -> dict[str, str]:
        """What the controls are here."""
        return morphed(self.start, self.end, self.share)
