"""The pure core of the thru process: what goes out for each message. No I/O, no clock, no lock.

The player's part is passed on as it is. The machine's is let through where it is not in the way:
of two notes of one channel and key the player's goes first, and each note gets one note-off.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from antiphon.daemon import midi
from antiphon.daemon.session.ledger import PLAYER, Owner
from antiphon.daemon.session.mixer import Mixer
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.schedule import Item
from antiphon.daemon.thru.settings import ThruSettings

MACHINE: Owner = 0
"""All of the machine's plans are one owner here: which of them it was is the session's business."""


@dataclass(slots=True)
class Passed:
    """What follows from one message: what goes out, in order, and what the session is told."""

    send: list[bytes] = field(default_factory=list)
    received: bytes | None = None
    """The player's message, on the channel on which it went out."""
    moved: bytes | None = None
    """A controller's message, as it came in."""
    is_echo: bool = False
    """Our own, come back in: it went no further."""


class ThruCore:
    """Settings, and what sounds at the output."""

    def __init__(self, settings: ThruSettings) -> None:
        self.settings = settings
        self._mixer = Mixer(0.0)
        self._channels: set[int] = set()
        """Those on which the player has struck a key."""
        self._is_plugged = True

    def receive(self, data: bytes, now: float, *, is_echo: bool = False) -> Passed:
        """A message came in at the input port, perhaps one of our own."""
        settings = self.settings
        passed = Passed()
        if data[:2] in settings.controllers or data[:1] in settings.controllers:
            passed.moved = data
            is_note = data[0] < 0xA0
            if is_note or not settings.controllers_pass:
                return passed
        if settings.clock_out and _keeps_time(data):
            return passed
        if is_echo:
            passed.is_echo = True
            return passed
        return self._pass_on(data, now, passed)

    def play(self, data: bytes, now: float) -> Passed:
        """A message of the player's that came another way than by the port."""
        return self._pass_on(data, now, Passed())

    def sounds(self, ending: bytes) -> bool:
        """Whether an ending would end something that is to sound."""
        ledger = self._mixer.ledger
        if midi.is_note_off(ending):
            return ledger.holder(*midi.place(ending)) is not None
        channel = midi.channel(ending)
        if midi.is_sustain(ending):
            return ledger.pedal(channel) > midi.value(ending)
        return any(ledger.keys(owner, channel) for owner in ledger.owners())

    def send(self, data: bytes, now: float) -> list[bytes]:
        """A message of the machine's or of nobody's; what of it goes out."""
        if not self._is_plugged:
            return []
        outcome = Outcome()
        self._mixer.play(Item(now, MACHINE, data), now, outcome)
        return _sent(outcome)

    def apply(self, now: float, changes: dict[str, Any]) -> list[Passed]:
        """Settings change; what the player held on another channel is let go."""
        before, after = self.settings, replace(self.settings, **changes)
        passed: list[Passed] = []
        if after.channel != before.channel:
            outcome = Outcome()
            self._mixer.end(PLAYER, now, now, outcome)
            sent = _sent(outcome)
            passed += [Passed([data], received=data) for data in sent]
            self._channels.clear()
        self.settings = after
        if after.program != before.program and after.program is not None and self._is_plugged:
            passed.append(Passed([*self._programs(after.program)]))
        return passed

    def panic(self, now: float) -> list[bytes]:
        """Silence everybody, and reset every channel."""
        if not self._is_plugged:
            return []
        return [*self.end_all(now), *midi.panic_messages()]

    def end_all(self, now: float) -> list[bytes]:
        """End all that sounds."""
        outcome = Outcome()
        for owner in (MACHINE, PLAYER):
            self._mixer.end(owner, now, now, outcome)
        return _sent(outcome)

    def unplug(self, now: float) -> list[bytes]:
        """The output is lost, or all is over: end what sounds, and send nothing until `plug`."""
        sent = self.end_all(now)
        self._is_plugged = False
        return sent

    def plug(self) -> list[bytes]:
        """The output is back: what listens there may know nothing of the player's program."""
        self._is_plugged = True
        program = self.settings.program
        return [] if program is None else [*self._programs(program)]

    def _pass_on(self, data: bytes, now: float, passed: Passed) -> Passed:
        channel = self.settings.channel
        placed = data if channel is None else midi.on_channel(data, channel)
        return self._pass_on_placed(placed, now, passed)

    def _pass_on_placed(self, data: bytes, now: float, passed: Passed) -> Passed:
        passed.received = data
        if not self._is_plugged:
            return passed
        if midi.is_note_on(data) and midi.channel(data) not in self._channels:
            channel = midi.channel(data)
            self._channels.add(channel)
            if self.settings.program is not None:
                passed.send.append(midi.program_change(channel, self.settings.program))
        if self.settings.thru:
            outcome = Outcome()
            self._mixer.pass_on(data, now, outcome)
            passed.send += _sent(outcome)
        return passed

    def _programs(self, program: int) -> Iterable[bytes]:
        return (midi.program_change(channel, program) for channel in sorted(self._channels))


def _keeps_time(data: bytes) -> bool:
    """Whether a message is of a clock; a stop is meant for everybody."""
    return data != midi.STOP and (data == midi.CLOCK or midi.is_transport(data))


def _sent(outcome: Outcome) -> list[bytes]:
    return [emission.data for emission in outcome.send]
