"""A port may refuse a message, but no note hangs by it: what must still be ended."""

from collections.abc import Callable

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError


class Debts:
    """Sends, and remembers every ending that was refused until it has got through.

    Whatever comes later waits for that, so that all arrives in order or not at all. `trouble` gets
    a line for the user.
    """

    def __init__(self, send: Callable[[bytes], None], trouble: Callable[[str], None]) -> None:
        self._send = send
        self._trouble = trouble
        self._owed: dict[bytes, None] = {}
        self._works = True
        self.failed = 0
        """How many messages were refused."""

    def __bool__(self) -> bool:
        """Whether anything is owed."""
        return bool(self._owed)

    def send(self, data: bytes) -> bool:
        """Send what is owed and then this; whether the port took both."""
        try:
            self.pay()
            self._send(data)
        except AntiphonError as error:
            self.failed += 1
            # Once, not for every note, until a message gets through again.
            if self._works:
                self._trouble(str(error))
            self._works = False
            if midi.is_ending(data):
                self._owe(data)
        else:
            self._works = True
        return self._works

    def _owe(self, data: bytes) -> None:
        if midi.is_note_off(data):
            data = midi.note_off(*midi.place(data))
        # To the end, also where it is owed already: a pedal may have moved in between.
        self._owed.pop(data, None)
        self._owed[data] = None

    def pay(self) -> None:
        """Send what is owed, the oldest first; raises `AntiphonError` where the port refuses."""
        for data in list(self._owed):
            self._send(data)
            del self._owed[data]

    def forgive(self) -> None:
        """Owe nothing any more: the port is gone, and what sounded on it."""
        self._owed.clear()
