"""Which connections of ours were lost with one of their ends, and have to be made again. Pure."""

from collections.abc import Iterable

from antiphon.daemon.guardian.libjack import Wire

BY_HAND_LOOKS = 10
"""A connection that is missing for so many looks, both its ends there, was taken away by hand.

Fewer would not do: a server takes the connections of a client that was killed away at once, and its
ports after a while.
"""


class Wires:
    """Remembers the connections that there were, but what was taken away by hand."""

    def __init__(self, known: Iterable[Wire] = ()) -> None:
        self.known = set(known)
        self._missing: dict[Wire, int] = {}

    def look(self, ports: set[str], wires: set[Wire]) -> set[Wire]:
        """What has to be made again, from all the ports and our connections that there are now."""
        self.known |= wires
        for wire in wires:
            self._missing[wire] = 0
        lost = set()
        for wire in self.known - wires:
            if not ports.issuperset(wire):
                self._missing.pop(wire, None)
            elif wire not in self._missing:
                lost.add(wire)
            else:
                self._missing[wire] += 1
        self.known -= {wire for wire, looks in self._missing.items() if looks >= BY_HAND_LOOKS}
        return lost

    def lost(self) -> None:
        """Our ports were lost, perhaps for so short a time that no look saw it."""
        self._missing.clear()

    def sinks(self, source: str) -> list[str]:
        """Where a port of ours played to when it was last there."""
        return sorted(wire.sink for wire in self.known if wire.source == source)
