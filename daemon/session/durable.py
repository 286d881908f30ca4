"""A file of lines that survives the death of whoever writes it, and of the machine.

A line that was cut short is cut off at the next start.
What the lines say is no business of this module.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

_BLOCK = 65_536


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file for `write`, marked as being written for as long; raises `OSError`."""
    with path.open("ab", buffering=0) as file:
        _hold(file)
        _sync_folder(path.parent)
        yield file


def write(file: BinaryIO, lines: bytes) -> None:
    """Write whole lines, safe from the death of a process; `OSError` may come after a part."""
    rest = memoryview(lines)
    while rest:
        rest = rest[file.write(rest) :]


def sync(file: BinaryIO) -> None:
    """Put what was written on the disk, safe from a power failure too; raises `OSError`."""
    try:
        os.fsync(file.fileno())
    except OSError as error:
        # Not a file that can be synchronised, such as a pipe.
        if error.errno != errno.EINVAL:
            raise


def mend(path: Path) -> bool:
    """Cut off a last line that is not whole; False, and nothing is done, while it is written."""
    with path.open("r+b") as file:
        if not _hold(file):
            return False
        size = end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - _BLOCK)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                end = begin + found + 1
                break
            end = begin
        if end < size:
            file.truncate(end)
            os.fsync(file.fileno())
    return True


def _hold(file: BinaryIO) -> bool:
    """Whether nobody else has it; it is ours until it is closed, or we are killed."""
    if sys.platform == "win32":
        # There, the file of a running session is not told from another's.
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks.
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Make sure that the name of a new file is kept too."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
