"""Whether a step takes longer than music can wait; told to the user now and then. Pure."""

from typing import Final

from antiphon.daemon.messages import Problem

BUDGET_S: Final = 0.1
"""Beyond this a pause is heard as one; a step takes a hundredth of it on a free core."""
GRACE_S: Final = 2.0
"""A performer that has just begun takes in all that was played before."""
AGAIN_S: Final = 30.0


class Budget:
    """Told of each step; a line no more often than every ``AGAIN_S``, of the longest since."""

    def __init__(self, began: float) -> None:
        self._counts_from = self._quiet_until = began + GRACE_S
        self._longest_s = 0.0
        self._over = 0

    def spent(self, began: float, ended: float) -> list[Problem]:
        """A step was made between these times."""
        took_s = ended - began
        if took_s > BUDGET_S and began >= self._counts_from:
            self._over += 1
            self._longest_s = max(self._longest_s, took_s)
        if not self._over or ended < self._quiet_until:
            return []
        text = (
            f"{self._over} of the machine's steps took longer than {BUDGET_S * 1e3:.0f} ms, up to "
            f"{self._longest_s * 1e3:.0f} ms: close busy programs, or choose a smaller model"
        )
        self._quiet_until, self._longest_s, self._over = ended + AGAIN_S, 0.0, 0
        return [Problem(text)]
