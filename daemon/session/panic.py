"""Silence at once, which whoever asks for it need not wait for long, whatever hangs."""

import threading
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 0.5


class Panic:
    """Silences by `panic`; by `past_it` too where that is not done in good time."""

    def __init__(self, panic: Callable[[], None], past_it: Callable[[], None]) -> None:
        self._panic = panic
        self._past_it = past_it
        self._under_way = threading.Lock()

    def __call__(self) -> None:
        """Come back when all is silent, and after `PATIENCE_S` in any case."""
        if not self._under_way.acquire(blocking=False):
            self._past_it()
            return
        done = threading.Event()

        def work() -> None:
            try:
                self._panic()
            finally:
                self._under_way.release()
                done.set()

        threading.Thread(target=work, name="panic", daemon=True).start()
        if not done.wait(PATIENCE_S):
            self._past_it()
