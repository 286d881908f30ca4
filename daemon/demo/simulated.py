"""A demo in simulated time: the same player and musician, and the same jam every time.

Time jumps from deed to deed, so that nothing depends on how fast or busy the machine is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon import messages, wire
from antiphon.daemon.config import Config
from antiphon.daemon.demo import figures
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.demo.player import take_turns
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.loading import load
from antiphon.daemon.performer.providers import Provider
from antiphon.daemon.session import tracks
from antiphon.daemon.session.jamming import Jam
from antiphon.daemon.show import review

LISTENS_S: Final = 0.01
"""So finely the player hears what goes out."""


@dataclass
class SimulatedHall:
    """A jam without a clock; time passes where the player waits."""

    jam: Jam
    present_s: float = 0.0

    def now(self) -> float:
        """The present of the player's."""
        return self.present_s

    def wait_until(self, time_s: float) -> None:
        """Have the machine play until then."""
        self.jam.play((), time_s)
        self.present_s = max(self.present_s, time_s)

    def play(self, data: bytes) -> None:
        """Play one message to the machine."""
        self.jam.play([(self.present_s, data)], self.present_s)

    def hears_more(self, timeout_s: float) -> bool:
        """Wait until more goes out; whether it did in time."""
        end_s, count = self.present_s + timeout_s, len(self.jam.sent)
        while len(self.jam.sent) == count and self.present_s < end_s:
            self.wait_until(min(end_s, self.present_s + LISTENS_S))
        return len(self.jam.sent) > count

    def waiting(self) -> int:
        """How many messages the machine has yet to send."""
        return self.jam.waiting

    def played(self) -> int:
        """How many messages of the machine's were sent."""
        return sum(isinstance(message, messages.Sent) for message in self.jam.told)


def engine_of(model: str) -> Engine:
    """The engine of a model file, of the shipped one if empty.

    On one thread of the processor, wherever a GPU would be faster: there it says the same again.
    """
    return load(model, Provider.CPU.value, threads=1).engine


def jam(
    engine: Engine, config: Config, calls: Sequence[Call], recording: Path
) -> list[tuple[str, str]]:
    """Play the calls, write the jam to `recording`, and return the figures."""
    mode = config.controls.mode
    hall = SimulatedHall(Jam(engine, config.controls, config.engine.seed, thru=True))
    take_turns(calls, hall)
    hall.jam.finish()
    played = [m for m in hall.jam.told if isinstance(m, messages.Heard | messages.Sent)]
    entries = [wire.as_table(message) for message in played]
    tracks.midi_file(tracks.tracks(entries)).save(recording)
    return [
        *figures.played(review.replies(entries), mode),
        ("notes hung", str(review.hung(hall.jam.sent))),
    ]
