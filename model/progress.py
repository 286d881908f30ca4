"""How far a long piece of work is, and how long it will still take, on one line of a terminal."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

Item = TypeVar("Item")


def shown(items: Iterable[Item]) -> Iterator[Item]:
    """The items one by one; how many are done is written to stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    total = len(items) if isinstance(items, Sized) else None
    began_s = time.monotonic()
    done = 0
    for item in items:
        _write(done, total, time.monotonic() - began_s)
        yield item
        done += 1
    _write(done, total, time.monotonic() - began_s)
    sys.stderr.write("\n")


def _write(done: int, total: int | None, passed_s: float) -> None:
    line = f"{done}" if total is None else f"{done} of {total}"
    if total is not None and 0 < done < total:
        minutes, seconds = divmod(round(passed_s / done * (total - done)), 60)
        line += f", {minutes}:{seconds:02d} left"
    sys.stderr.write(f"\r{line:<30}")
    sys.stderr.flush()
