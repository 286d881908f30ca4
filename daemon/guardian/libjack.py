"""Who is connected to whom on a JACK server, and the making of connections. No music comes by here.

Through JACK's own library, as python-rtmidi tells nothing of it and lets nobody else run
meanwhile.
"""

import ctypes
import errno
import sys
from typing import Any, Final, NamedTuple, Protocol

_LIBRARY: Final = {"darwin": "libjack.dylib", "win32": "libjack64.dll"}
_NO_START_SERVER: Final = 1
_IS_INPUT: Final = 1
_IS_OUTPUT: Final = 2
_PLAYBACK: Final = 1
_NAMES: Final = ctypes.POINTER(ctypes.c_char_p)
_XRUN: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_REWIRED: Final = ctypes.CFUNCTYPE(
    None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_int, ctypes.c_void_p
)


class Watcher(Protocol):
    """Told, on a thread of JACK's, what becomes of a server; it must not block."""

    def dropped(self) -> None:
        """The server was late, or some client of it (an xrun): messages may be lost."""
        ...

    def rewired(self) -> None:
        """A connection was made or undone."""
        ...


class Wire(NamedTuple):
    """A connection between two ports, by their full names."""

    source: str
    sink: str


class _Frames(ctypes.Structure):
    _fields_ = (("least", ctypes.c_uint32), ("most", ctypes.c_uint32))


class Jack:
    """A client without ports, which only looks and connects; raises `OSError` without a server.

    It processes nothing, so that no period of the server waits for it. It does not notice the end
    of the server: it goes on to tell what there was.
    """

    def __init__(self, name: str, watcher: Watcher | None = None) -> None:
        library = ctypes.CDLL(_LIBRARY.get(sys.platform, "libjack.so.0"))
        for function, result in _RESULTS.items():
            getattr(library, function).restype = result
        self._library = library
        # A client is a pointer: without its type it would be cut to 32 bits.
        opened = library.jack_client_open(name.encode(), _NO_START_SERVER, None)
        if not opened:
            raise OSError("no JACK server answers")
        self._client = ctypes.c_void_p(opened)
        if watcher is not None:
            self._watch(watcher)

    def ports(self) -> set[str]:
        """The full names of all MIDI ports."""
        return {name for kind in (0, _IS_OUTPUT) for name in self._names(kind)}

    def names(self, *, sources: bool) -> list[str]:
        """The full names of the MIDI ports that send, or of those that take."""
        return self._listed(_IS_OUTPUT if sources else _IS_INPUT)

    def wires(self, ports: set[str]) -> set[Wire]:
        """The connections of these ports."""
        found = set()
        for name in self._names(_IS_OUTPUT):
            if port := self._library.jack_port_by_name(self._client, name.encode()):
                # A pointer, too: as a bare number it would be cut.
                place = ctypes.c_void_p(port)
                sinks = self._library.jack_port_get_all_connections(self._client, place)
                found |= {Wire(name, sink) for sink in self._read(sinks)}
        return {wire for wire in found if ports & set(wire)}

    def connect(self, wire: Wire) -> bool:
        """Make a connection; whether there is one now."""
        source, sink = (name.encode() for name in wire)
        return self._library.jack_connect(self._client, source, sink) in (0, errno.EEXIST)

    def disconnect(self, wire: Wire) -> None:
        """Undo a connection, if there is one."""
        source, sink = (name.encode() for name in wire)
        self._library.jack_disconnect(self._client, source, sink)

    def playback_latency_s(self, port: str) -> float | None:
        """How long what leaves a port takes to sound at most, None where no such port is."""
        place = self._library.jack_port_by_name(self._client, port.encode())
        if not place:
            return None
        frames = _Frames()
        self._library.jack_port_get_latency_range(
            ctypes.c_void_p(place), _PLAYBACK, ctypes.byref(frames)
        )
        return float(frames.most / self._library.jack_get_sample_rate(self._client))

    @property
    def period_s(self) -> float:
        """From one cycle of the server to the next."""
        frames = self._library.jack_get_buffer_size(self._client)
        return float(frames / self._library.jack_get_sample_rate(self._client))

    def close(self) -> None:
        """Give the client up."""
        self._library.jack_client_close(self._client)

    def _watch(self, watcher: Watcher) -> None:
        def dropped(_: int | None) -> int:
            watcher.dropped()
            return 0

        def rewired(*_: int | None) -> None:
            watcher.rewired()

        # Kept: JACK's library calls them for as long as the client lives.
        self._callbacks = _XRUN(dropped), _REWIRED(rewired)
        library = self._library
        library.jack_set_xrun_callback(self._client, self._callbacks[0], None)
        library.jack_set_port_connect_callback(self._client, self._callbacks[1], None)
        library.jack_activate(self._client)

    def _names(self, flags: int) -> set[str]:
        return set(self._listed(flags))

    def _listed(self, flags: int) -> list[str]:
        return self._read(self._library.jack_get_ports(self._client, None, b"midi", flags))

    def _read(self, names: Any) -> list[str]:
        # Any: a pointer to texts, a null one where there are none.
        read: list[str] = []
        while names and (name := names[len(read)]):
            read.append(name.decode(errors="surrogateescape"))
        self._library.jack_free(names)
        return read


_RESULTS: Final = {
    "jack_client_open": ctypes.c_void_p,
    "jack_port_by_name": ctypes.c_void_p,
    "jack_get_ports": _NAMES,
    "jack_port_get_all_connections": _NAMES,
    "jack_connect": ctypes.c_int,
    "jack_disconnect": ctypes.c_int,
    "jack_client_close": ctypes.c_int,
    "jack_get_sample_rate": ctypes.c_uint32,
    "jack_get_buffer_size": ctypes.c_uint32,
    "jack_set_xrun_callback": ctypes.c_int,
    "jack_set_port_connect_callback": ctypes.c_int,
    "jack_activate": ctypes.c_int,
    "jack_port_get_latency_range": None,
    "jack_free": None,
}
