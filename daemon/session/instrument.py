"""The program of the machine's own channel: when it is sent, and why it is not. Pure.

A program change changes the sound of a whole channel. So none goes out before the player has struck
a key, as until then nobody knows which channel is theirs, and none ever on a channel of theirs.
"""

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Problem

News = list[bytes | Problem]
"""What is to be sent at once, and what is to be said to the user."""


class Instrument:
    """Told of the controls, of the output, and of what the player plays."""

    def __init__(self) -> None:
        self._channel: int | None = None
        self._program: int | None = None
        self._players: set[int] = set()
        self._plugged = True
        self._owed = False
        self._told = ""

    def steer(self, controls: Controls) -> News:
        """Controls were set."""
        wanted = controls.channel, controls.program
        if wanted == (self._channel, self._program):
            return []
        self._channel, self._program = wanted
        self._owed = True
        return self._news()

    def heard(self, data: bytes) -> News:
        """A message of the player's."""
        if not midi.is_note_on(data) or midi.channel(data) + 1 in self._players:
            return []
        self._players.add(midi.channel(data) + 1)
        return self._news()

    def unplugged(self) -> None:
        """The output is lost."""
        self._plugged = False

    def plugged(self) -> News:
        """The output is back: what listens there may know nothing of the program."""
        self._plugged = self._owed = True
        return self._news()

    def _news(self) -> News:
        lacking = self._lack()
        news: News = [] if lacking == self._told else [Problem(lacking, "program")]
        self._told = lacking
        if lacking or self._program is None or self._channel is None:
            return news
        if not (self._owed and self._plugged and self._players):
            return news
        self._owed = False
        return [*news, midi.program_change(self._channel - 1, self._program - 1)]

    def _lack(self) -> str:
        """Why the program is not sent, a line for the user; empty if it is, or if none is set."""
        if self._program is None:
            return ""
        if self._channel is None:
            why = "it would change your sound"
        elif self._channel in self._players:
            why = f"you play on channel {self._channel} too"
        else:
            return ""
        # The panel shows 80 characters of it.
        return f"program {self._program} not sent, {why}: set channel to one of its own"
