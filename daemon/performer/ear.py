"""What is made of all that sounds: the player's call, the key, the beat, and who the player is.

Pure. What is to be played is decided elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.messages import Heard, Sent
from antiphon.daemon.performer.harmony import KeyTracker
from antiphon.daemon.performer.partner import Partner
from antiphon.daemon.performer.room import Room
from antiphon.daemon.performer.timekeeping import Timekeeper
from antiphon.daemon.performer.turns import Call
from antiphon.model.events import NOTE_OFF


@dataclass
class Ear:
    """Told of each event once."""

    call: Call = field(default_factory=Call)
    tonality: KeyTracker = field(default_factory=KeyTracker)
    time: Timekeeper = field(default_factory=Timekeeper)
    partner: Partner = field(default_factory=Partner)
    room: Room = field(default_factory=Room)

    def hear(self, heard: Heard, kind: int) -> None:
        """An event of the player's."""
        time_s, key, velocity = heard.time, midi.key(heard.data), midi.velocity(heard.data)
        if kind < NOTE_OFF:
            if self.call.began_s is None:
                self.partner.begin()
            self.call.onset(time_s, key)
            self.tonality.strike(time_s, key)
            self.room.strike(time_s)
            self.time.strike(time_s, key, velocity)
        else:
            self.call.other(time_s)
        self.partner.hear(time_s, kind, velocity)

    def all_up(self, time_s: float, keys: Iterable[int]) -> None:
        """The player holds none of these keys any more."""
        self.call.other(time_s)
        for key in keys:
            self.partner.hear(time_s, NOTE_OFF + key)

    def sounded(self, sent: Sent) -> None:
        """A message of the machine's was sent."""
        self.partner.sounded(sent.time, sent.data)
        if midi.is_note_on(sent.data):
            self.tonality.strike(sent.time, midi.key(sent.data))
