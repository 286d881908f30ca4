"""What must still be ended: a port may refuse a message, but no note hangs by it."""

from collections.abc import Callable

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError


class Debts:
    """Sends, and remembers every ending that was refused until it has got through.

    Whatever comes later waits for that, so that all arrives in order or not at all.
    """

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._owed: dict[bytes, None] = {}

    def __bool__(self) -> bool:
        """Whether anything is owed."""
        return bool(self._owed)

    def send(self, data: bytes) -> None:
        """Send what is owed and then this; raises `AntiphonError` where the port refuses either."""
        try:
            self.pay()
            self._send(data)
        except AntiphonError:
            if midi.is_ending(data):
                is_key = midi.is_note_off(data)
                self._owed[
                    midi.note_off(midi.channel(data), midi.key(data)) if is_key else data
                ] = None
            raise

    def pay(self) -> None:
        """Send what is owed, the oldest first; raises `AntiphonError` where the port refuses."""
        for data in list(self._owed):
            self._send(data)
            del self._owed[data]

    def forgive(self) -> None:
        """Owe nothing any more: the port is gone, and what sounded on it."""
        self._owed.clear()
