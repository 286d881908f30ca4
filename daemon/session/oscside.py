"""Keeps the process that speaks OSC: started, started again should it end, ended with us.

What it does is done as any client does it, by the control socket.
"""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from antiphon.daemon.config import OscSettings
from antiphon.daemon.session.child import Child

PAUSE_S: Final = 1.0
FAREWELL_S: Final = 1.0


class OscSide:
    """A context manager: within it OSC is spoken, where the settings have it so."""

    def __init__(
        self, settings: OscSettings, control: Path, trouble: Callable[[str], None]
    ) -> None:
        content = json.dumps({**asdict(settings), "control": str(control)})
        # -P: a file in the current folder must not stand in for a module.
        self._command = [sys.executable, "-P", "-m", "antiphon.daemon.osc", content]
        self._enabled = settings.enabled
        self._trouble = trouble
        self._told: dict[str, Any] = {}
        self._closing = threading.Event()
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="osc", daemon=True)

    def __enter__(self) -> Self:
        """Start it."""
        if self._enabled:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        with self._lock:
            self._closing.set()
            child = self._child
        if child is not None:
            child.end(FAREWELL_S, FAREWELL_S)
        if self._enabled:
            self._thread.join()

    def table(self) -> dict[str, Any]:
        """Where it listens, empty while it does not, and what came in; None where it is off."""
        return {"osc": {"address": "", **self._told} if self._enabled else None}

    def _keep(self) -> None:
        while not self._closing.is_set():
            if (child := self._start()) is not None:
                child.ended.wait()
                self._told = {}
                if self._closing.is_set():
                    return
                child.end(FAREWELL_S, FAREWELL_S)
                self._trouble("OSC ended, and is being started again")
            self._closing.wait(PAUSE_S)

    def _start(self) -> Child | None:
        with self._lock:
            if self._closing.is_set():
                return None
            try:
                self._child = Child(self._command, "osc")
            except OSError:
                # No process is to be had now; perhaps later.
                return None
        self._child.start(self._hear)
        return self._child

    def _hear(self, line: bytes) -> bool:
        told = json.loads(line)
        self._told = {**self._told, **told.get("counts", {})}
        if "address" in told:
            self._told["address"] = told["address"]
        if "problem" in told:
            self._trouble(str(told["problem"]))
        return True
