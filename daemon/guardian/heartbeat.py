"""Whether the session process hangs while something sounds. Pure."""

from typing import Final

STILL_LOOKS: Final = 4
"""Counted in looks and not by a clock: a computer that slept has let nobody work."""


class Heartbeat:
    """The pulse of the session process, look by look."""

    def __init__(self) -> None:
        self._pulse: int | None = None
        self._still = 0

    def stopped(self, pulse: int, *, sounds: bool) -> bool:
        """Whether it hangs, told when it becomes clear and then ever more rarely.

        A server that is busy, too, may have dropped what was sent the first time.
        """
        self._still = self._still + 1 if pulse == self._pulse and sounds else 0
        self._pulse = pulse
        times, rest = divmod(self._still, STILL_LOOKS)
        is_power_of_two = times.bit_count() == 1
        return not rest and is_power_of_two
