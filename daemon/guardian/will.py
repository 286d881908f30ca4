"""The last will of a session process that was killed: what it played on is silenced otherwise."""

import os
import threading
from collections.abc import Iterable
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports import backends
from antiphon.daemon.ports.protocols import OutputPort
from antiphon.daemon.session import sounding

SETTLE_S: Final = 0.1
TIMES: Final = 8
"""What is sent while a connection is new may be dropped, and by a busy server at any time."""


def silence(backend: str, outputs: Iterable[str], file: int) -> None:
    """End, on each of these ports, the notes that a file of `sounding` tells, and all others."""
    farewell = [*sounding.endings(os.pread(file, sounding.SIZE, 0)), *midi.panic_messages()]
    ports: list[OutputPort] = []
    for name in outputs:
        try:
            ports.append(backends.open_output(backend, name))
        except AntiphonError:
            # It went too.
            continue
    for _ in range(TIMES if ports else 0):
        threading.Event().wait(SETTLE_S)
        for port in ports:
            for data in farewell:
                port.send(data)
    threading.Event().wait(SETTLE_S)
    for port in ports:
        port.close()
