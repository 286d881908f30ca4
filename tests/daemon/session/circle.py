"""A player and a stage whose output may come back in, and a machine that answers each note."""

import heapq
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from antiphon.daemon import messages, midi
from antiphon.daemon.messages import Heard, Schedule
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.problems import Problems
from antiphon.daemon.session.stage import Stage
from tests.fakes import ManualClock, RecordingOutput

PHRASE = ((60, 70), (62, 64), (64, 77), (65, 61), (67, 80), (60, 66), (62, 73), (59, 58))

TOUCHES: Mapping[str, Callable[[int, random.Random], int]] = {
    "kept": lambda velocity, _: velocity,
    "fixed": lambda *_: 100,
    "softer": lambda velocity, _: max(1, velocity * 4 // 5),
    "louder": lambda velocity, _: min(127, velocity + 5),
    "human": lambda _, dice: dice.randint(60, 100),
}
"""Programs in a loop, by what becomes of velocities there."""


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
    again_s: float | None = None
    """After so long it comes back a second time, by another way."""
    late_s: float = 0.0
    """By so much more at most, at random."""
    answers: bool = False
    swallows: bool = False
    """As a program does that keeps the ends of notes to itself which it never began."""
    touch: str = "kept"
    """What becomes of velocities: one of `TOUCHES`."""
    seed: int = 1
    """For what is at random in it."""
    heard: list[bytes] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    listed: Problems = field(default_factory=Problems)

    def __post_init__(self) -> None:
        self.clock = ManualClock(100.0)
        self.output = RecordingOutput()
        self._coming: list[tuple[float, int, bytes]] = []
        self._seen = 0
        self._last_s = 0.0
        self._through: set[int] = set()
        self._dice = random.Random(self.seed)  # noqa: S311 (no secret)
        self._plan = 0
        self._waiting: list[Schedule] = []
        self.player = Player(
            Stage(thru=self.thru), self.output, self.clock, self._tell, self._complain
        )

    def _complain(self, problem: messages.Problem) -> None:
        self.troubles += [problem.text] if problem.text else []
        self.listed.take(problem)

    def play(self, data: bytes) -> None:
        self.player.heard(data)
        self._cable()

    def note(self, key: int, velocity: int = 70, seconds: float = 0.17) -> None:
        self.play(midi.note_on(0, key, velocity))
        self.wait(seconds)
        self.play(midi.note_off(0, key))

    def wait(self, seconds: float) -> None:
        until = self.clock.now() + seconds
        while (now := self.clock.now()) < until:
            for plan in self._waiting:
                self.player.schedule(plan)
            self._waiting.clear()
            while self._coming and self._coming[0][0] <= now:
                self.play(heapq.heappop(self._coming)[2])
            wait_s = self.player.play_due()
            self._cable()
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
                    velocity = TOUCHES[self.touch](midi.velocity(data), self._dice)
                    moved = bytes((*moved[:2], velocity))
                if midi.is_note_on(data):
                    self._through.add(midi.key(data))
                elif midi.is_note_off(data):
                    self._through.discard(midi.key(data))
                late_s = self._dice.uniform(0.0, self.late_s)
                when = max(self.clock.now() + self.delay_s + late_s, self._last_s)
                self._last_s = when
                heapq.heappush(self._coming, (when, self._seen, moved))
                if self.again_s is not None:
                    again = self.clock.now() + self.again_s
                    heapq.heappush(self._coming, (again, self._seen, moved))

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


def played(rig: Rig, times: int = 1) -> Rig:
    """The same after some notes and a rest."""
    for _ in range(times):
        for key, velocity in PHRASE:
            rig.note(key, velocity)
    rig.wait(3.0)
    return rig


def strikes(messages_: list[bytes]) -> int:
    """How many of them are note-ons."""
    return sum(midi.is_note_on(data) for data in messages_)


STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(30, 90), min_size=1, max_size=4, unique=True),
        st.one_of(st.just(64), st.integers(1, 127)),
        st.sampled_from([0.005, 0.02, 0.05, 0.08, 0.125, 0.25, 0.5]) | st.floats(0.01, 0.6),
    ),
    min_size=1,
    max_size=12,
)
"""Keys struck together, how hard, and how long until the next: hands, and what plays in time."""


def plays(rig: Rig, playing: list[tuple[list[int], int, float]]) -> int:
    """Play it; how many notes that are."""
    for keys, velocity, gap_s in playing:
        for key in keys:
            rig.play(midi.note_on(0, key, velocity))
        rig.wait(gap_s / 2)
        for key in keys:
            rig.play(midi.note_off(0, key))
        rig.wait(gap_s / 2)
    return sum(len(keys) for keys, _, _ in playing)
