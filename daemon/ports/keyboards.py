"""Which ports are keyboards of flesh and plastic: told by the names that each back end gives. Pure.

A program's port is never one, nor is ours: who plays from a program connects it on purpose.
"""

import re
from collections.abc import Callable, Iterable, Mapping

_ALSA = re.compile(r".* (?P<client>\d+):\d+")
_A2J = re.compile(r"a2j:.*\[(?P<client>\d+)\] \(capture\).*")
_PIPEWIRE = re.compile(r"Midi-Bridge:(?P<device>.+?):?\(capture_\d+\).*")
_JACK_DRIVER = re.compile(r"(?:system:midi_capture_\d+|alsa_midi:.* \(out\))")

_CHANGING = re.compile(r"^a2j:| \[\d+\] \(capture\).*$| \d+:\d+$")

_PROGRAMS = range(128, 1 << 31)
"""ALSA numbers the clients of programs from here on."""

_NOT_PLAYED = (
    *("midi through", "through port", "iac driver", "network session", "loopmidi", "loopbe"),
    *("rtpmidi", "virtual", "from max", "antiphon"),
)
_KNOBS = (
    *("nanokontrol", "nanopad", "launch control", "launchpad", "x-touch", "bcf2000", "bcr2000"),
    *("midi fighter", "faderfox", "midimix"),
)
"""Controllers that have no keys."""


def keyboards(backend: str, names: Iterable[str]) -> list[str]:
    """The keyboards among the ports that can be listened to; of each its first port."""
    device = _DEVICES.get(backend, _any)
    found: dict[str, str] = {}
    for name in names:
        which = device(name)
        if which is not None and not any(word in name.lower() for word in _NOT_PLAYED + _KNOBS):
            found.setdefault(which, name)
    return list(found.values())


def lasting(name: str) -> str:
    """What of a port's name stays the same when it is plugged in again."""
    return _CHANGING.sub("", name)


def _alsa(name: str) -> str | None:
    match = _ALSA.fullmatch(name)
    return match["client"] if match and int(match["client"]) not in _PROGRAMS else None


def _jack(name: str) -> str | None:
    if match := _A2J.fullmatch(name):
        return match["client"] if int(match["client"]) not in _PROGRAMS else None
    if match := _PIPEWIRE.fullmatch(name):
        return match["device"]
    return name if _JACK_DRIVER.fullmatch(name) else None


def _any(name: str) -> str | None:
    return name


_DEVICES: Mapping[str, Callable[[str], str | None]] = {"alsa": _alsa, "jack": _jack}
"""What tells the ports of one device from those of another; None for a port of a program."""
