"""What clients play over the control socket, as on a keyboard of their own.

Checked here, then passed on as if the input port had heard it; what a client still holds when it
leaves is let go, so that a panel that is killed leaves no note sounding.
"""

import threading
from collections.abc import Callable

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.ledger import Ledger


class Remote:
    """The keys and pedals that each client holds down, and the way on from here."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._ledger = Ledger()
        self._lock = threading.Lock()

    def play(self, client: int, text: object) -> None:
        """Play one message, given in hexadecimal; raises `AntiphonError` for anything else."""
        try:
            data = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            data = b""
        if not midi.is_performed(data) or midi.is_all_off(data):
            raise AntiphonError(
                "play needs data: a note-on, note-off or pedal message in hexadecimal, as 903c50"
            )
        with self._lock:
            self._pass_on(client, data)

    def let_go(self, client: int) -> None:
        """End what a client holds: it has left."""
        with self._lock:
            for ending in self._ledger.end(client):
                self._heard(ending.own)

    def _pass_on(self, client: int, data: bytes) -> None:
        if midi.is_sustain(data):
            self._ledger.tread(client, midi.channel(data), midi.value(data))
        else:
            place = midi.place(data)
            held = self._ledger.holder(*place) is not None
            self._ledger.release(*place)
            if midi.is_note_on(data):
                if held:
                    self._heard(midi.note_off(*place))
                self._ledger.strike(client, *place)
            elif not held:
                return
        self._heard(data)
