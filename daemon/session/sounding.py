"""What sounds at the output, in memory that another process reads after this one was killed."""

import mmap
import tempfile

from antiphon.daemon import midi

SIZE = len(midi.CHANNELS) * 128
"""A byte for each channel and key: whether it sounds. One more tells that we are alive."""


class Sounding:
    """The keys that were sent a note-on and no note-off."""

    def __init__(self) -> None:
        """Raises `OSError` where there is no room for a small file."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (`close` does)
        self._file.truncate(SIZE + 1)
        self._keys = mmap.mmap(self._file.fileno(), SIZE + 1)

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

    def alive(self) -> None:
        """Tell whoever reads along that this process still works."""
        self._keys[SIZE] = (self._keys[SIZE] + 1) % 256

    def close(self) -> None:
        """Give the memory up."""
        self._keys.close()
        self._file.close()


def endings(keys: bytes) -> list[bytes]:
    """Note-offs for the keys that sound, from the first `SIZE` bytes of the file."""
    return [midi.note_off(*divmod(place, 128)) for place in range(SIZE) if keys[place]]


def pulse(memory: bytes) -> int:
    """How often, modulo 256, the process said that it is alive, from all that is in the file."""
    return memory[SIZE]
