"""Soft take-over: a knob moves its control only once it has met its value. Pure.

A knob stands somewhere else than its control whenever a preset, the panel or another hand has moved
the control meanwhile. It takes over when it comes to, or passes, where the control is.
"""

NEAR = 1.5 / 127
"""A knob this near has met the value: controllers know 128 places."""


class TakeOver:
    """One knob, and whether it has its control in hand. All places are shares, 0 to 1."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._put: float | None = None

    def moves(self, place: float, value: float | None) -> bool:
        """Whether the knob, now at `place`, moves its control, whose value lies at `value`.

        None is a value that is nowhere, as one left to the model: it cannot jump.
        """
        last, self._last = self._last, place
        if value is None or value == self._put:
            return True
        self._put = None
        low, high = (place, place) if last is None else sorted((last, place))
        return low - NEAR <= value <= high + NEAR

    def put(self, value: float | None) -> None:
        """The knob has moved its control to `value`: it goes on from there."""
        self._put = value

    def set_to(self, place: float) -> None:
        """The knob itself was moved, by its motor, or its ring of lights was set."""
        self._last = place
