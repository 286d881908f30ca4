"""Takes the keyboard that is plugged in after the start, as long as nobody plays in another way."""

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.keyboards import keyboards
from antiphon.daemon.ports.protocols import Chooser, Way

LOOK_S = 1.0
LOOKS = 5
"""So often it is looked after a change: a bridge to JACK takes its time."""

_DEVICES = Path("/dev/snd")


def signs(backend: str) -> Callable[[], object]:
    """What gives another value whenever it is worth looking for a keyboard.

    A look costs the thru process a moment in which messages may come in: on JACK, what the kernel
    says of its devices must have changed.
    """
    if backend != "jack" or not _DEVICES.is_dir():
        return itertools.count().__next__
    return lambda: sorted(path.name for path in _DEVICES.glob("midi*"))


class Welcome:
    """Looks for keyboards until there is one or somebody plays.

    A context manager: entering starts its thread. `is_free` says that the input is still the
    virtual port and nobody played yet; `found` gets the name of the keyboard that was taken.
    """

    def __init__(
        self,
        backend: str,
        chooser: Chooser,
        is_free: Callable[[], bool],
        found: Callable[[str], None],
        sign: Callable[[], object] | None = None,
    ) -> None:
        self._backend = backend
        self._chooser = chooser
        self._is_free = is_free
        self._found = found
        self._sign = sign or signs(backend)
        self._last_sign = self._sign()
        self._looks_left = 0
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="welcome", daemon=True)

    def __enter__(self) -> Self:
        """Start looking."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._leaving.set()
        self._thread.join()

    def look(self) -> bool:
        """Take the one keyboard that there is; whether to look again later."""
        if not self._is_free():
            return False
        sign = self._sign()
        if sign != self._last_sign:
            self._last_sign, self._looks_left = sign, LOOKS
        if not self._looks_left:
            return True
        self._looks_left -= 1
        try:
            there = keyboards(self._backend, self._chooser.names()[Way.INPUT])
            if len(there) == 1:
                self._found(self._chooser.choose(Way.INPUT, there[0]))
        except AntiphonError:
            # It was gone again, or the server is: the next look will tell.
            return True
        return len(there) != 1

    def _run(self) -> None:
        while not self._leaving.wait(LOOK_S) and self.look():
            pass
