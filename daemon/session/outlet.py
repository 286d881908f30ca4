"""The way out: what tells of a loop is marked, refused endings are sent again, all is counted."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from antiphon.daemon.clock import Clock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.debts import Debts
from antiphon.daemon.session.feedback import Feedback
from antiphon.daemon.session.lateness import Lateness
from antiphon.daemon.session.ledger import PLAYER, Owner
from antiphon.daemon.session.outcome import Emission


class Outlet:
    """All that goes out goes through here, under its user's lock."""

    def __init__(
        self,
        send: Callable[[bytes], None],
        clock: Clock,
        feedback: Feedback,
        trouble: Callable[[str], None],
    ) -> None:
        self.debts = Debts(send, trouble)
        self.lateness = Lateness()
        """Of what was planned."""
        self.passed_on = self.played = 0
        """How many messages of the player's and of the machine's went out."""
        self._clock = clock
        self._feedback = feedback

    def send(self, data: bytes, owner: Owner | None = None) -> bool:
        """Send a message of the player's, of a plan's or of nobody's; whether the port took it."""
        data = self._feedback.marked(data, owner)
        went_out = self.debts.send(data)
        if went_out:
            self._feedback.sent(data, self._clock.now(), owner)
        return went_out

    def emit(self, emissions: Sequence[Emission]) -> None:
        """Send the stage's own."""
        for emission in emissions:
            if self.send(emission.data, emission.owner):
                if emission.owner == PLAYER:
                    self.passed_on += 1
                else:
                    self.played += 1

    def time(self, emissions: Sequence[Emission]) -> None:
        """Note how late what was just sent went out."""
        sent = self._clock.now()
        for emission in emissions:
            self.lateness.add(sent - emission.planned)

    def settled(self) -> bool:
        """Send what is owed; whether nothing is any more."""
        with suppress(AntiphonError):
            self.debts.pay()
        return not self.debts
