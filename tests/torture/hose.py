"""A JACK client that plays as fast as it is told to, and hears all that comes back, in order.

python-rtmidi takes one message at a time, and wakes a thread for each that it hears: at ten
thousand a second that is most of what two processors can do. Here a whole period's messages go out
and come in at once, in JACK's own callback.
"""

import ctypes
import threading
from collections.abc import Sequence
from typing import Any, Final, Self

from antiphon.daemon import priority
from antiphon.daemon.bench import rig
from antiphon.daemon.clock import MonotonicClock

CLOCK: Final = MonotonicClock()
MOST_AT_ONCE: Final = 500
"""In a period, so that one that is late does not fill the buffers behind it."""
_MIDI: Final = b"8 bit raw midi"
_NO_START_SERVER, _IS_INPUT, _IS_OUTPUT = 1, 1, 2
_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)


class _Event(ctypes.Structure):
    _fields_ = (
        ("time", ctypes.c_uint32),
        ("size", ctypes.c_size_t),
        ("buffer", ctypes.c_void_p),
    )


class Hose:
    """Pours messages into the daemon's input, and keeps what its output sends meanwhile."""

    def __init__(self, name: str = "hose") -> None:
        self._name = name
        self._messages: Sequence[bytes] = ()
        self._rate = 0.0
        self._began_s = 0.0
        self._poured = 0
        self._urgent = False
        self.heard: list[bytes] = []
        self.last_s = 0.0
        """When the latest came."""

    def __enter__(self) -> Self:
        """Connect; raises `OSError` without a server."""
        self._library = library = ctypes.CDLL("libjack.so.0")
        for function in ("jack_client_open", "jack_port_register", "jack_port_get_buffer"):
            getattr(library, function).restype = ctypes.c_void_p
        opened = library.jack_client_open(self._name.encode(), _NO_START_SERVER, None)
        if not opened:
            raise OSError("no JACK server answers")
        # Pointers, all of them: without their type they would be cut to 32 bits.
        self._client = ctypes.c_void_p(opened)
        self._out = self._port(b"out", _IS_OUTPUT)
        self._in = self._port(b"in", _IS_INPUT)
        self._callback = _CALLBACK(self._process)
        library.jack_set_process_callback(self._client, self._callback, None)
        library.jack_activate(self._client)
        for wire in (
            (f"{self._name}:out", rig.INPUT_PORT),
            (rig.OUTPUT_PORT, f"{self._name}:in"),
        ):
            if library.jack_connect(self._client, *(port.encode() for port in wire)):
                raise OSError(f"cannot connect {wire[0]} to {wire[1]}")
        self._settle()
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._library.jack_client_close(self._client)

    def pour(self, messages: Sequence[bytes], rate: float) -> None:
        """Begin to send these, so many a second."""
        self._messages, self._poured = (), 0
        self._rate = rate
        self._began_s = CLOCK.now()
        self._messages = messages

    def drain(self, quiet_s: float) -> None:
        """Wait until all is sent, and nothing came for so long."""
        pause = threading.Event()
        while self._poured < len(self._messages) or CLOCK.now() - self.last_s < quiet_s:
            pause.wait(0.1)

    def _settle(self) -> None:
        """Wait until what is sent comes back: JACK takes new connections into use some cycles late.

        Not as the rig does it: python-rtmidi would hold the interpreter, for which `_process` and
        so the server waits.
        """
        pause = threading.Event()
        for _ in range(round(rig.PORT_TIMEOUT_S / rig.PROBE_S)):
            self.pour([rig.PROBE], 1 / rig.PROBE_S)
            pause.wait(2 * rig.PROBE_S)
            if self.heard:
                self.drain(2 * rig.PROBE_S)
                self.pour((), 0.0)
                self.heard.clear()
                return
        raise OSError("nothing comes back through the daemon")

    def _port(self, name: bytes, flags: int) -> ctypes.c_void_p:
        # An unsigned long each, the flags and the size of a buffer.
        long = ctypes.c_ulong
        registered = self._library.jack_port_register(
            self._client, name, _MIDI, long(flags), long(0)
        )
        return ctypes.c_void_p(registered)

    def _process(self, frames: int, _: Any) -> int:
        if not self._urgent:
            # The harness must not be what is slow.
            self._urgent = priority.ask()
        library = self._library
        into = ctypes.c_void_p(library.jack_port_get_buffer(self._out, frames))
        library.jack_midi_clear_buffer(into)
        due = min(
            len(self._messages),
            int((CLOCK.now() - self._began_s) * self._rate),
            self._poured + MOST_AT_ONCE,
        )
        while self._poured < due:
            message = self._messages[self._poured]
            if library.jack_midi_event_write(into, 0, message, ctypes.c_size_t(len(message))):
                break
            self._poured += 1
        came = ctypes.c_void_p(library.jack_port_get_buffer(self._in, frames))
        event = _Event()
        for number in range(library.jack_midi_get_event_count(came)):
            library.jack_midi_event_get(ctypes.byref(event), came, number)
            self.heard.append(ctypes.string_at(event.buffer, event.size))
            self.last_s = CLOCK.now()
        return 0
