"""What a key or a click asks the shell of the panel to do. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """Send this to the daemon."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Keep the controls of now under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class LoadPreset:
    """Load the preset of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class NextPreset:
    """Load the preset `steps` after the one named `current`, in the order of names."""

    current: str
    steps: int


@dataclass(frozen=True, slots=True)
class OfferPresets:
    """Show the presets that there are, for one to be chosen."""


@dataclass(frozen=True, slots=True)
class OfferMorph:
    """Show the presets to morph from; with `first` chosen, those to morph to."""

    first: str | None = None


@dataclass(frozen=True, slots=True)
class LoadMorph:
    """Begin to morph from one preset to another; an empty `first` is the controls of now."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class OfferTargets:
    """Show what a knob may be learned for, beginning at a control."""

    chosen: str


@dataclass(frozen=True, slots=True)
class TellReleases:
    """Have the terminal tell of keys that are let go, if it can, or no more."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Quit:
    """Close the panel."""


Effect = (
    Request
    | SavePreset
    | LoadPreset
    | NextPreset
    | OfferPresets
    | OfferMorph
    | LoadMorph
    | OfferTargets
    | TellReleases
    | Quit
)
