"""The channel and the program of each part: when a program is sent, and why it is not. Pure.

There are two parts, the player's and the machine's. A program change changes the sound of a whole
channel. So none goes out before the player has struck a key, as until then nobody knows which
channels are theirs, and none of the machine's ever on a channel of theirs.
"""

from collections.abc import Iterator

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
        self._owed_players: set[int] = set()
        self._is_news = False
        self._told = ""

    def placed(self, data: bytes) -> bytes:
        """A message of the player's on the channel on which it goes out."""
        channel = self._controls.your_channel
        return data if channel is None else midi.on_channel(data, channel - 1)

    def parting(self, controls: Controls) -> list[bytes]:
        """What the player lets go of before their part goes out on another channel."""
        if controls.your_channel == self._controls.your_channel:
            return []
        return [data for channel in sorted(self._players) for data in midi.let_go(channel - 1)]

    def steer(self, controls: Controls) -> News:
        """Controls were set."""
        before, self._controls = self._controls, controls
        if controls.your_channel != before.your_channel:
            self._players.clear()
            self._owed_players.clear()
            # Where the player's part was nothing may have been sent.
            self._owed = True
        if controls.your_program != before.your_program:
            self._owed_players = set(self._players)
        if (controls.channel, controls.program) != (before.channel, before.program):
            self._owed = True
            return self._news()
        return [*self._players_programs()]

    def coming(self, data: bytes) -> list[bytes]:
        """A message of the player's, before it goes out."""
        if not midi.is_note_on(data):
            return []
        channel = midi.channel(self.placed(data)) + 1
        if channel in self._players:
            return []
        self._players.add(channel)
        self._owed_players.add(channel)
        self._is_news = True
        return [*self._players_programs()]

    def heard(self) -> News:
        """That message has gone out."""
        news = self._machines_program() if self._is_news else []
        self._is_news = False
        return news

    def unplugged(self) -> None:
        """The output is lost."""
        self._plugged = False

    def plugged(self) -> News:
        """The output is back: what listens there may know nothing of the programs."""
        self._plugged = self._owed = True
        self._owed_players = set(self._players)
        return self._news()

    def _news(self) -> News:
        return [*self._players_programs(), *self._machines_program()]

    def _players_programs(self) -> Iterator[bytes]:
        program = self._controls.your_program
        if program is not None and self._plugged:
            for channel in sorted(self._owed_players):
                yield midi.program_change(channel - 1, program - 1)
            self._owed_players.clear()

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
