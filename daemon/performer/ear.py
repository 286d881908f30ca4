"""What is made of all that sounds: the player's call, the key, the beat, and who the player is.

Pure. What is to be played is decided elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat, Heard, Sent
from antiphon.daemon.performer.bearing import Bearing, bearing_of, habit_of
from antiphon.daemon.performer.foresight import Foresight, shipped_foresight
from antiphon.daemon.performer.groove import Groove
from antiphon.daemon.performer.harmony import KeyTracker
from antiphon.daemon.performer.partner import Partner
from antiphon.daemon.performer.room import Room
from antiphon.daemon.performer.stuck import Drones
from antiphon.daemon.performer.takes import Aim
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
    drones: Drones = field(default_factory=Drones)
    foresight: Foresight = field(default_factory=shipped_foresight)

    def beat(self, controls: Controls, now: float) -> Beat | None:
        """The beat that counts. One that others have as a clock, too, stays as it was tapped."""
        return self.time.beat(controls.sync, now, follows=controls.clock_out == "off")

    def groove(self, controls: Controls, now: float) -> Groove | None:
        """What pulls the machine's notes to that beat, where anything is to."""
        strength, beat = controls.quantise, self.beat(controls, now)
        return None if not strength or beat is None else Groove(beat, strength)

    def aim(self, controls: Controls, now: float) -> Aim:
        """What the machine's part is to be like."""
        asked = self.partner.asked(controls)
        own, theirs = (
            frozenset(part.figures()) for part in (self.partner.machines, self.partner.players)
        )
        return Aim(asked, self.tonality.key(), self.beat(controls, now), own, theirs, controls.echo)

    def bearing(self, controls: Controls) -> Bearing:
        """Where a draft that begins now is heading."""
        tones = habit_of(self.tonality.shares())
        return bearing_of(self.partner.measured(), tones, self.partner.rhythm(controls))

    def hear(self, heard: Heard, kind: int) -> None:
        """An event of the player's."""
        time_s, key, velocity = heard.time, midi.key(heard.data), midi.velocity(heard.data)
        if kind < NOTE_OFF:
            if self.call.began_s is None:
                self.partner.begin()
            self.call.onset(time_s, key)
            self.tonality.strike(time_s, key)
            self.room.strike(time_s)
            self.drones.strike(time_s, key)
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
