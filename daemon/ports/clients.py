"""Clients of python-rtmidi, made and opened under our names; its libraries print nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.names import OWN_NAME, client_name, find_port
from antiphon.daemon.ports.protocols import Way

API_NAMES = {
    "alsa": "API_LINUX_ALSA",
    "jack": "API_UNIX_JACK",
    "coremidi": "API_MACOSX_CORE",
    "winmm": "API_WINDOWS_MM",
}
DIRECTIONS = {True: "in", False: "out"}


def opened(way: Way, backend: str, wanted: str, client: str = "") -> tuple[Any, str]:
    """A port of python-rtmidi's, open, and the name that it goes by; `client` is our usual one."""
    direction = DIRECTIONS[way.is_inward]
    client = client or client_name(way, backend)
    # CoreMIDI shows the port's name alone.
    name = f"{client} {direction}" if backend == "coremidi" else direction
    port = make(direction, backend, client)
    try:
        if wanted:
            names = [str(name) for name in port.get_ports()]
            place = find_port(wanted, names)
            port.open_port(place, name=name)
            shown = names[place]
        elif backend == "winmm":
            raise AntiphonError(
                "Windows has no virtual MIDI ports: install loopMIDI, make a port in it, and "
                f"name it with --{way.value} (see antiphon ports)"
            )
        else:
            port.open_virtual_port(name)
            shown = f"{client}:{name}"
    except OSError as error:
        port.delete()
        what = wanted or "a virtual port"
        raise AntiphonError(
            f"cannot open {what} for {way.value}: {error}; does another program hold it?"
        ) from None
    except AntiphonError:
        port.delete()
        raise
    return port, shown


def make(direction: str, backend: str, client: str = f"{OWN_NAME}-look") -> Any:
    """A client that has no port yet; raises `AntiphonError` where the back end does not work."""
    library = rtmidi()
    # JACK's library would start a server of its own, with settings that nobody asked for.
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    kind = library.MidiIn if direction == "in" else library.MidiOut
    try:
        with _stderr_held():
            return kind(rtapi=getattr(library, API_NAMES[backend]), name=client)
    except OSError as error:
        # Such as "MidiInJack::initialize: JACK server not running?"
        reason = str(error).rpartition(": ")[2].rstrip(".?")
        raise AntiphonError(f"{backend}: {reason}") from None


@contextmanager
def _stderr_held() -> Iterator[None]:
    """Keep what the C libraries of ALSA and JACK print about a missing server off the terminal."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, 2)
        os.close(kept)


def rtmidi() -> Any:
    """The library; raises `AntiphonError` where it does not load."""
    try:
        import rtmidi as library
    except ImportError as error:
        raise AntiphonError(
            f"python-rtmidi does not load ({error}): pip install python-rtmidi"
        ) from None
    return library
