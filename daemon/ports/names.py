"""The names of MIDI ports: our own, those of others, and which is meant by a part of one. Pure."""

import re
from collections.abc import Iterable, Sequence

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import Way

OWN_NAME = "antiphon"

_PLACE_IN_ALSA = re.compile(r" \d+:\d+$")


def client_name(way: Way, backend: str) -> str:
    """What a client of ours is called."""
    if way is Way.OUTPUT and backend == "jack":
        # JACK refuses two clients of one name.
        return f"{OWN_NAME}-out"
    return OWN_NAME if way in (Way.INPUT, Way.OUTPUT) else f"{OWN_NAME}-{way.value}"


def others(names: Iterable[object]) -> list[str]:
    """The ports that are not Antiphon's own: joined to itself it would echo for ever."""
    return [str(name) for name in names if OWN_NAME not in str(name).lower()]


def find_port(wanted: str, names: Sequence[str]) -> int:
    """Where a port stands in `names`: the whole name first, then any part of one, case aside.

    A port of Antiphon's own is never found: joined to itself it would echo for ever. Raises
    `AntiphonError` that lists what there is.
    """
    foreign = [(place, name) for place, name in enumerate(names) if OWN_NAME not in name.lower()]
    for place, name in foreign:
        if name == wanted:
            return place
    # ALSA ends its names in numbers that change when a device is plugged in again.
    wanted = _PLACE_IN_ALSA.sub("", wanted)
    for place, name in foreign:
        if wanted.lower() in name.lower():
            return place
    raise AntiphonError(f"no MIDI port like {wanted!r}; there is {listed([n for _, n in foreign])}")


def listed(names: Sequence[str]) -> str:
    """Names for a line of text."""
    return ", ".join(names) if names else "none"
