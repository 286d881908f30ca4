"""Whether the MIDI process hangs while something sounds. Pure."""

from typing import Final

STILL_LOOKS: Final = 4
"""Counted in looks and not by a clock: a computer that slept has let nobody work."""


class Heartbeat:
    """The pulse of the MIDI process, look by look."""

    def __init__(self) -> None:
        self._pulse: int | None = None
        self._still = 0

    def stopped(self, pulse: int, *, sounds: bool) -> bool:
        """Whether it has just become clear that it hangs; told once until it works again."""
        self._still = self._still + 1 if pulse == self._pulse and sounds else 0
        self._pulse = pulse
        return self._still == STILL_LOOKS
