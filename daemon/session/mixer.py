"""The player's notes and the machine's on one output: what may sound there. No I/O, no clock.

Which plans count and when they are due is the stage's business; here the ledger decides.
"""

from antiphon.daemon import messages, midi
from antiphon.daemon.session.ledger import PLAYER, Ledger, Owner
from antiphon.daemon.session.outcome import Emission, Outcome
from antiphon.daemon.session.schedule import END, Item


class Mixer:
    """Adds to an outcome what goes out, and what the performer is told of the machine's part.

    What the machine plans is sent `latency_s` before its time.
    """

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.ledger = Ledger()

    def pass_on(self, data: bytes, now: float, outcome: Outcome) -> None:
        """Send a message of the player's, and end what of the machine's is in its way."""
        if midi.is_note_on(data):
            place = midi.place(data)
            holder = self.ledger.holder(*place)
            if holder not in (PLAYER, None):
                self.ledger.release(*place)
                off = midi.note_off(*place)
                outcome.send.append(Emission(off, now, holder))
                outcome.tell.append(messages.Sent(holder, now, now, off))
            # Two hands may strike one key: nothing is added to what they play.
            if holder != PLAYER:
                self.ledger.strike(PLAYER, *place)
        elif midi.is_note_off(data):
            place = midi.place(data)
            if self.ledger.holder(*place) not in (PLAYER, None):
                # It would end the machine's note; the player's own ended when that began.
                return
            self.ledger.release(*place)
        elif midi.is_sustain(data):
            self._pass_on_pedal(data, now, outcome)
            return
        elif midi.is_all_off(data):
            for key in self.ledger.keys(PLAYER, midi.channel(data)):
                self.ledger.release(midi.channel(data), key)
        outcome.send.append(Emission(data, now, PLAYER))

    def play(self, item: Item, now: float, outcome: Outcome) -> None:
        """Send a message of the machine's, but a note whose key sounds, or the end of another's."""
        data = item.data
        if data == END:
            self.end(item.plan, item.time - self.latency_s, now, outcome)
            return
        if midi.is_note_on(data):
            place = midi.place(data)
            if self.ledger.holder(*place) is not None:
                return
            self.ledger.strike(item.plan, *place)
        elif midi.is_note_off(data):
            place = midi.place(data)
            if self.ledger.holder(*place) != item.plan:
                return
            self.ledger.release(*place)
        elif midi.is_sustain(data):
            self._play_pedal(item, now, outcome)
            return
        outcome.send.append(Emission(data, item.time - self.latency_s, item.plan))
        outcome.tell.append(messages.Sent(item.plan, item.time, now, data))

    def end(self, owner: Owner, planned: float, now: float, outcome: Outcome) -> bool:
        """End what sounds of one owner; whether anything did."""
        endings = self.ledger.end(owner)
        for ending in endings:
            if ending.out is not None:
                outcome.send.append(Emission(ending.out, planned, owner))
            if owner != PLAYER:
                outcome.tell.append(messages.Sent(owner, planned, now, ending.own))
        return bool(endings)

    def _pass_on_pedal(self, data: bytes, now: float, outcome: Outcome) -> None:
        channel, value = midi.channel(data), midi.value(data)
        outcome.send.append(Emission(data, now, PLAYER))
        self.ledger.tread(PLAYER, channel, value)
        if value < 64:
            # A channel has one pedal, and the player's foot has the say: the machine's is up too.
            for owner in self.ledger.treading(channel):
                if owner != PLAYER:
                    self.ledger.tread(owner, channel, 0)
                    outcome.tell.append(messages.Sent(owner, now, now, midi.sustain(channel, 0)))

    def _play_pedal(self, item: Item, now: float, outcome: Outcome) -> None:
        channel = midi.channel(item.data)
        before = self.ledger.pedal(channel)
        self.ledger.tread(item.plan, channel, midi.value(item.data))
        after = self.ledger.pedal(channel)
        if after != before:
            # Not the machine's own value: the player may hold the pedal down.
            data = midi.sustain(channel, after)
            outcome.send.append(Emission(data, item.time - self.latency_s, item.plan))
        outcome.tell.append(messages.Sent(item.plan, item.time, now, item.data))
