"""A JACK client that strikes keys and hears sound, both counted in samples of the same server.

Through JACK's own library, as python-rtmidi knows nothing of sound. Nothing of a jam depends on it.
"""

import ctypes
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.bench.rig import INPUT_PORT, PORT_TIMEOUT_S
from antiphon.daemon.errors import AntiphonError

SOUND_PORT: Final = "antiphon-sound:left"
NAME: Final = "rig-mic"

_NO_START_SERVER: Final = 1
_IS_INPUT, _IS_OUTPUT = 1, 2
_AUDIO: Final = b"32 bit float mono audio"
_MIDI: Final = b"8 bit raw midi"
_SAMPLE_BYTES: Final = 4
_RETRY_S: Final = 0.05
_PROCESS: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)


class Microphone:
    """Hears the built-in sound from the moment it is entered; plays into the daemon's input."""

    def __init__(self, sound: str = SOUND_PORT, keys: str = INPUT_PORT) -> None:
        self._sound, self._keys = sound, keys
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._chunks: list[bytes] = []
        self._samples = 0
        self._struck: list[tuple[int, bytes]] = []
        self._changed = threading.Condition()
        # Kept, or it would be gone when JACK calls it.
        self._callback = _PROCESS(self._process)

    def __enter__(self) -> Self:
        """Connect; raises `AntiphonError` if a port does not appear in time."""
        library = ctypes.CDLL("libjack.so.0")
        for name in ("jack_client_open", "jack_port_register", "jack_port_get_buffer"):
            getattr(library, name).restype = ctypes.c_void_p
        self._library = library
        opened = library.jack_client_open(NAME.encode(), _NO_START_SERVER, None)
        if not opened:
            raise AntiphonError("no JACK server answers")
        self._client = ctypes.c_void_p(opened)
        self._in = self._port(b"in", _AUDIO, _IS_INPUT)
        self._out = self._port(b"keys", _MIDI, _IS_OUTPUT)
        library.jack_set_process_callback(self._client, self._callback, None)
        library.jack_activate(self._client)
        for source, sink in ((self._sound, f"{NAME}:in"), (f"{NAME}:keys", self._keys)):
            self._connect(source, sink)
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._library.jack_client_close(self._client)

    def feed(self, data: bytes) -> None:
        """Strike: at the beginning of the next period."""
        self._waiting.put(data)

    @property
    def struck(self) -> list[tuple[int, bytes]]:
        """All messages so far, with the samples at which they were sent."""
        with self._changed:
            return list(self._struck)

    @property
    def samples(self) -> NDArray[np.float32]:
        """All that was heard so far."""
        with self._changed:
            return np.frombuffer(b"".join(self._chunks), dtype=np.float32)

    def wait_for(self, enough: Callable[[NDArray[np.float32]], bool], timeout_s: float) -> bool:
        """Wait until `enough` is true of what was heard; whether it came to be in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: enough(np.frombuffer(b"".join(self._chunks), dtype=np.float32)), timeout_s
            )

    def _process(self, frames: int, _: object) -> int:
        """One period, on JACK's thread."""
        get = self._library.jack_port_get_buffer
        keys = ctypes.c_void_p(get(self._out, frames))
        self._library.jack_midi_clear_buffer(keys)
        sound = ctypes.string_at(get(self._in, frames), frames * _SAMPLE_BYTES)
        with self._changed:
            while not self._waiting.empty():
                data = self._waiting.get()
                self._library.jack_midi_event_write(keys, 0, data, len(data))
                self._struck.append((self._samples, data))
            self._chunks.append(sound)
            self._samples += frames
            self._changed.notify_all()
        return 0

    def _port(self, name: bytes, kind: bytes, flags: int) -> Any:
        # Any: a pointer into JACK's library.
        made = self._library.jack_port_register(self._client, name, kind, flags, 0)
        return ctypes.c_void_p(made)

    def _connect(self, source: str, sink: str) -> None:
        pause = threading.Event()
        for _ in range(round(PORT_TIMEOUT_S / _RETRY_S)):
            if self._library.jack_connect(self._client, source.encode(), sink.encode()) == 0:
                return
            # JACK could tell of new ports; for a test asking again will do.
            pause.wait(_RETRY_S)
        raise AntiphonError(f"cannot connect {source} to {sink}")
