"""What sounds at the output, in memory that other processes read after one was killed.

Beside it stand two pulses: that of the session and that of the thru process.
"""

import mmap
import os
import tempfile
from typing import IO

from antiphon.daemon import midi

SIZE = len(midi.CHANNELS) * 128
"""A byte for each channel and key: whether it sounds. Two more tell who is alive."""
SESSION, THRU = SIZE, SIZE + 1
"""Where the pulses stand."""


class Sounding:
    """The keys that were sent a note-on and no note-off."""

    def __init__(self, descriptor: int | None = None) -> None:
        """A file of its own, or one that was inherited.

        Raises `OSError` where there is no room for a small file.
        """
        if descriptor is None:
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (`close` does)
            self._file.truncate(THRU + 1)
        else:
            self._file = os.fdopen(descriptor, "r+b", buffering=0)
        self._keys = mmap.mmap(self._file.fileno(), THRU + 1)

    @property
    def descriptor(self) -> int:
        """The file behind it, for a child to inherit."""
        return self._file.fileno()

    def sent(self, data: bytes) -> None:
        """Take note of a message that goes out."""
        if midi.is_note_on(data):
            self._keys[midi.channel(data) * 128 + midi.key(data)] = 1
        elif midi.is_note_off(data):
            self._keys[midi.channel(data) * 128 + midi.key(data)] = 0
        elif midi.is_all_off(data):
            first = midi.channel(data) * 128
            self._keys[first : first + 128] = bytes(128)

    def endings(self) -> list[bytes]:
        """Note-offs for the keys that sound."""
        return endings(self._keys[:SIZE])

    def alive(self, place: int = SESSION) -> None:
        """Tell whoever reads along that this process still works."""
        self._keys[place] = (self._keys[place] + 1) % 256

    def pulse(self, place: int) -> int:
        """How often, modulo 256, a process said that it is alive."""
        return self._keys[place]

    def close(self) -> None:
        """Give the memory up."""
        self._keys.close()
        self._file.close()


def endings(keys: bytes) -> list[bytes]:
    """Note-offs for the keys that sound, from the first `SIZE` bytes of the file."""
    return [midi.note_off(*divmod(place, 128)) for place in range(SIZE) if keys[place]]
