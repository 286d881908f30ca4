"""Files that whoever reads them sees whole: written beside, put on the disk, and then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Where to write what is to stand at `path`, in a folder that there is. Raises `OSError`.

    Where anything is raised, all stays as it was.
    """
    unfinished = path.with_suffix(".unfinished")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            # Before the name: after a power failure it must not stand for an empty file.
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """The same of a text; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
