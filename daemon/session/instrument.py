"""The channel and the program of the machine's part: when it is sent, and why it is not. Pure.

A program change changes the sound of a whole channel. So none goes out before the player has struck
a key, as until then nobody knows which channels are theirs, and none ever on a channel of theirs.
The player's own is sent by thru.
"""

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Problem

News = list[bytes | Problem]
"""What is to be sent at once, and what is to be said to the user."""


class Instrument:
    """Told of the controls, of the output, and of what the player plays. Channels are 1 to 16."""

    def __init__(self) -> None:
        self._controls = Controls()
        self._players: set[int] = set()
        self._plugged = True
        self._owed = False
        self._told = ""

    def steer(self, controls: Controls) -> News:
        """Controls were set."""
        before, self._controls = self._controls, controls
        if controls.your_channel != before.your_channel:
            self._players.clear()
            # Where the player's part was nothing may have been sent.
            self._owed = True
        if (controls.channel, controls.program) != (before.channel, before.program):
            self._owed = True
            return self._machines_program()
        return []

    def heard(self, data: bytes) -> News:
        """A message of the player's has gone out."""
        if not midi.is_note_on(data) or midi.channel(data) + 1 in self._players:
            return []
        self._players.add(midi.channel(data) + 1)
        return self._machines_program()

    def unplugged(self) -> None:
        """The output is lost."""
        self._plugged = False

    def plugged(self) -> News:
        """The output is back: what listens there may know nothing of the programs."""
        self._plugged = self._owed = True
        return self._machines_program()

    def _machines_program(self) -> News:
        channel, program = self._controls.channel, self._controls.program
        lacking = self._lack()
        news: News = [] if lacking == self._told else [Problem(lacking, "program")]
        self._told = lacking
        if lacking or program is None or channel is None:
            return news
        if not (self._owed and self._plugged and self._players):
            return news
        self._owed = False
        return [*news, midi.program_change(channel - 1, program - 1)]

    def _lack(self) -> str:
        """Why the machine's is not sent, a line for the user; empty if it is, or if none is set."""
        program, channel = self._controls.program, self._controls.channel
        if program is None:
            return ""
        if channel is None:
            why = "it would change your sound"
        elif channel in self._players:
            why = f"you play on channel {channel} too"
        else:
            return ""
        # The panel shows 80 characters of it.
        return f"program {program} not sent, {why}: set channel to one of its own"
