"""What is played to the real performer, and what it makes of that: it plays on channel 2."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.daemon import midi, priority
from antiphon.daemon.bench import rig
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.messages import Timed
from tests.torture import stand
from tests.torture.stand import Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
MACHINES = 1
"""The machine's channel, from 0."""
CALL = (60, 62, 64, 65, 67, 64)
NOTE_S, HELD = 0.2, 0.8
ANSWERS_S = 6.0
TOLD_S = 5.0


@dataclass
class Room:
    """A daemon with the real model, somebody who plays to it, and ears."""

    daemon: rig.Running
    keys: rig.Keyboard
    ears: rig.Ears
    fed: int = 0
    """Keys struck on channels that are not the machine's."""
    failures: list[str] = field(default_factory=list)

    def play(self, messages: Sequence[Timed]) -> None:
        """Play messages, each at so many seconds from now."""
        began = CLOCK.now()
        for time_s, data in messages:
            if (left_s := began + time_s - CLOCK.now()) > 0:
                PAUSE.wait(left_s)
            self.feed(data)

    def feed(self, data: bytes) -> None:
        """Play one message."""
        self.fed += midi.is_note_on(data) and midi.channel(data) != MACHINES
        self.keys.feed(data)

    def strikes(self, after_s: float, until_s: float = float("inf")) -> list[float]:
        """When the machine struck keys."""
        return [
            time_s
            for time_s, data in self.ears.sent
            if after_s < time_s < until_s and midi.is_note_on(data) and _is_machines(data)
        ]

    def call(self) -> float | None:
        """Play a call; after how many seconds the machine replied, None if it did not."""
        self.play(phrase(CALL, NOTE_S))
        ended = CLOCK.now()
        # What is still on its way is no reply to the whole call.
        if not self.ears.wait_for(lambda _: bool(self.strikes(ended - NOTE_S)), ANSWERS_S):
            return None
        return self.strikes(ended - NOTE_S)[0] - ended

    def says(self, words: str, *, tells: bool = True) -> None:
        """Whether it tells of something in good time, or tells no more of it."""

        def told() -> bool:
            return any(words in line for line in self.daemon.status()["problems"]) == tells

        began = CLOCK.now()
        while not told():
            if CLOCK.now() - began > TOLD_S:
                self.failures.append(f"{words!r} {'never told' if tells else 'still told'}")
                return
            PAUSE.wait(0.1)

    def count(self, tally: Tally) -> None:
        """One round more: the next call is answered, and nothing hangs."""
        delay_s = self.call()
        if delay_s is None:
            self.failures.append("the next call is not answered")
        else:
            tally.answered_s.append(delay_s)
        self.keys.feed(midi.control_change(0, stand.ALL_NOTES_OFF, 0))
        tally.hung += not stand.silent(self.ears)
        through = [d for _, d in self.ears.sent if midi.is_note_on(d) and not _is_machines(d)]
        tally.thru_lost += max(0, self.fed - len(through))
        self.fed = len(through)
        tally.failures += self.failures
        self.failures.clear()
        tally.rounds += 1


def _is_machines(data: bytes) -> bool:
    return midi.channel(data) == MACHINES


def phrase(keys: Sequence[int], note_s: float, channel: int = 0) -> list[Timed]:
    """Notes one after the other."""
    return [
        message
        for at, key in enumerate(keys)
        for message in (
            (at * note_s, midi.note_on(channel, key, 60 + 7 * at % 40)),
            ((at + HELD) * note_s, midi.note_off(channel, key)),
        )
    ]


@contextmanager
def room(folder: Path, **controls: str) -> Iterator[Room]:
    """The real model on the harness's server."""
    folder.mkdir(parents=True, exist_ok=True)
    with rig.running(folder) as daemon:
        daemon.wait_ready()
        daemon.set(channel=str(MACHINES + 1), **controls)
        # Who plays out of time beside busy programs says nothing of the machine.
        with priority.raised(), rig.Keyboard() as keys, rig.Ears() as ears:
            priority.spread()
            yield Room(daemon, keys, ears)
