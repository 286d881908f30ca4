"""The way out of the machine's part, and the counts of both."""

from collections.abc import Callable, Sequence

from antiphon.daemon.clock import Clock
from antiphon.daemon.session.lateness import Lateness
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.outcome import Emission


class Outlet:
    """All of the machine's that goes out goes through here, under its user's lock.

    The player's part has gone out when it is told of. `passed` gets what goes out of both.
    """

    def __init__(
        self, send: Callable[[bytes], None], clock: Clock, passed: Callable[[bytes], None]
    ) -> None:
        self.lateness = Lateness()
        """Of what was planned."""
        self.passed_on = self.played = 0
        """How many messages of the player's and of the machine's went out."""
        self._send, self._passed = send, passed
        self._clock = clock

    def send(self, data: bytes) -> None:
        """Send a message of the machine's or of nobody's."""
        # Sounded first: a port may hang, this does not.
        self._passed(data)
        self._send(data)

    def note(self, emissions: Sequence[Emission]) -> None:
        """What thru has sent for a message of the player's."""
        for emission in emissions:
            self._passed(emission.data)
            self.passed_on += emission.owner == PLAYER

    def emit(self, emissions: Sequence[Emission]) -> None:
        """Send what of the stage's own is the machine's; thru ends what is the player's."""
        for emission in emissions:
            if emission.owner == PLAYER:
                self._passed(emission.data)
            else:
                self.send(emission.data)
                self.played += 1

    def time(self, emissions: Sequence[Emission]) -> None:
        """Note how late what was just sent went out."""
        sent = self._clock.now()
        for emission in emissions:
            self.lateness.add(sent - emission.planned)
