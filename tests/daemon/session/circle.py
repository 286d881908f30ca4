"""A player and a stage whose output may come back in, and a machine that answers each note."""

import heapq
import random
from dataclasses import dataclass, field

from antiphon.daemon import messages, midi
from antiphon.daemon.messages import Heard, Schedule
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.stage import Stage
from tests.fakes import ManualClock, RecordingOutput


@dataclass
class Rig:
    """A player whose output may come back in, seconds later and semitones higher.

    It comes back on its own channel, or all of it on another.
    """

    delay_s: float = 0.005
    shift: int = 0
    channel: int | None = None
    thru: bool = True
    closed: bool = True
    late_s: float = 0.0
    """By so much more at most, at random."""
    answers: bool = False
    swallows: bool = False
    """As a program does that keeps the ends of notes to itself which it never began."""
    heard: list[bytes] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = ManualClock(100.0)
        self.output = RecordingOutput()
        self._coming: list[tuple[float, int, bytes]] = []
        self._seen = 0
        self._last_s = 0.0
        self._through: set[int] = set()
        self._dice = random.Random(1)  # noqa: S311 (no secret)
        self._plan = 0
        self._waiting: list[Schedule] = []
        self.player = Player(
            Stage(thru=self.thru), self.output, self.clock, self._tell, self.troubles.append
        )

    def play(self, data: bytes) -> None:
        self.player.heard(data)
        self._cable()

    def note(self, key: int, velocity: int = 70, seconds: float = 0.2) -> None:
        self.play(midi.note_on(0, key, velocity))
        self.wait(seconds)
        self.play(midi.note_off(0, key))

    def wait(self, seconds: float) -> None:
        until = self.clock.now() + seconds
        while (now := self.clock.now()) < until:
            for plan in self._waiting:
                self.player.schedule(plan)
            self._waiting.clear()
            wait_s = self.player.play_due()
            self._cable()
            while self._coming and self._coming[0][0] <= now:
                self.play(heapq.heappop(self._coming)[2])
            comes_s = self._coming[0][0] - now if self._coming else seconds
            nothing_until_s = min(comes_s, seconds if wait_s is None else wait_s, until - now)
            self.clock.advance(0.0 if self._waiting else max(nothing_until_s, 1e-6))

    def sounding(self) -> set[int]:
        keys: set[int] = set()
        for data in self.output.sent:
            if midi.is_note_on(data):
                keys.add(midi.key(data))
            elif midi.is_note_off(data):
                keys.discard(midi.key(data))
        return keys

    def _cable(self) -> None:
        for data in self.output.sent[self._seen :]:
            self._seen += 1
            silent = midi.is_note_off(data) and midi.key(data) not in self._through
            if (
                self.closed
                and not (self.swallows and silent)
                and (moved := shifted(data, self.shift, self.channel))
            ):
                if midi.is_note_on(data):
                    self._through.add(midi.key(data))
                elif midi.is_note_off(data):
                    self._through.discard(midi.key(data))
                late_s = self._dice.uniform(0.0, self.late_s)
                when = max(self.clock.now() + self.delay_s + late_s, self._last_s)
                self._last_s = when
                heapq.heappush(self._coming, (when, self._seen, moved))

    def _tell(self, message: messages.ToPerformer) -> None:
        if not isinstance(message, Heard):
            return
        self.heard.append(message.data)
        if self.answers and midi.is_note_on(message.data):
            self._plan += 1
            now, key = message.time, 20 + (7 * self._plan) % 90
            on, off = midi.note_on(0, key, 50 + self._plan % 50), midi.note_off(0, key)
            timed = ((now + 0.3, on), (now + 0.5, off))
            self._waiting.append(Schedule(self._plan, message.seq, True, timed))


def shifted(data: bytes, shift: int, channel: int | None) -> bytes | None:
    if channel is not None and midi.is_channel_message(data):
        data = bytes((data[0] & 0xF0 | channel, *data[1:]))
    if not (midi.is_note_on(data) or midi.is_note_off(data)):
        return data
    key = midi.key(data) + shift
    return bytes((data[0], key, data[2])) if 0 <= key < 128 else None
