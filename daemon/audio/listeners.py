"""Whether somebody listens at our virtual output: then they sound, and the built-in sound rests.

JACK and ALSA tell it. CoreMIDI does not: there nobody ever seems to listen.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from antiphon.daemon.guardian.libjack import Jack

ALSA_CLIENTS: Final = Path("/proc/asound/seq/clients")

_CLIENT: Final = re.compile(r'^Client +\d+ : "(.*)"')
_PORT: Final = re.compile(r'^  Port +\d+ : "(.*)"')
_LISTENERS: Final = re.compile(r"^    Connecting To: \d")


def watched(backend: str, output: str) -> Callable[[], bool]:
    """What tells, whenever it is called, whether somebody listens at that output of ours."""
    if backend == "jack":
        return _AtJack(output)
    if backend == "alsa":
        return lambda: output in set(heard_at_alsa(_text(ALSA_CLIENTS)))
    return lambda: False


def heard_at_alsa(clients: str) -> Iterator[str]:
    """The ports, as ``client:port``, that somebody listens at, from what ALSA tells of all."""
    client = port = ""
    for line in clients.splitlines():
        if found := _CLIENT.match(line):
            client = found[1]
        elif found := _PORT.match(line):
            port = found[1]
        elif _LISTENERS.match(line):
            yield f"{client}:{port}"


class _AtJack:
    def __init__(self, output: str) -> None:
        self._output = output
        self._jack: Jack | None = None

    def __call__(self) -> bool:
        try:
            if self._jack is None:
                self._jack = Jack("antiphon-listeners")
            return any(wire.source == self._output for wire in self._jack.wires({self._output}))
        except OSError:
            # No server, no library: nobody can listen.
            return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
