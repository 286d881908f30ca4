"""A demo in real time, by the daemon of `antiphon run` with ports inside this process."""

import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import mido

from antiphon.daemon import messages
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.config import Config
from antiphon.daemon.demo import figures
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.demo.player import take_turns
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import MemoryInput, MemoryOutput, Ports
from antiphon.daemon.session import journal
from antiphon.daemon.session.daemon import Daemon
from antiphon.daemon.session.news import Stop
from antiphon.daemon.show import review

READY_TIMEOUT_S: Final = 60.0


class Keyboard(Protocol):
    """What the player plays on."""

    def feed(self, data: bytes) -> None:
        """Play one message."""


class Ears(Protocol):
    """What the player listens with."""

    @property
    def sent(self) -> list[messages.Timed]:
        """What was heard so far."""

    def wait_for(
        self, enough: Callable[[Sequence[messages.Timed]], bool], timeout_s: float
    ) -> bool:
        """Wait until `enough` is true of what was heard; whether it came to be in time."""


@dataclass(frozen=True, slots=True)
class LiveHall:
    """A running daemon, in real time; `status` is what it says of itself."""

    keyboard: Keyboard
    ears: Ears
    status: Callable[[], Mapping[str, Any]]
    clock: Clock

    def now(self) -> float:
        """The present."""
        return self.clock.now()

    def wait_until(self, time_s: float) -> None:
        """Wait."""
        threading.Event().wait(max(0.0, time_s - self.clock.now()))

    def play(self, data: bytes) -> None:
        """Play one message to the machine."""
        self.keyboard.feed(data)

    def hears_more(self, timeout_s: float) -> bool:
        """Wait until more goes out; whether it did in time."""
        count = len(self.ears.sent)
        return self.ears.wait_for(lambda sent: len(sent) > count, timeout_s)

    def waiting(self) -> int:
        """How many messages the daemon has yet to send."""
        return int(self.status()["messages"]["waiting"])

    def played(self) -> int:
        """How many messages of the machine's were sent."""
        return int(self.status()["messages"]["played"])


def jam(config: Config, calls: Sequence[Call], recording: Path) -> list[tuple[str, str]]:
    """Play the calls to a daemon, write the jam to `recording`, and return the figures."""
    clock, mode = MonotonicClock(), config.controls.mode
    source, sink = MemoryInput(), MemoryOutput(clock)
    with Daemon(config, Ports("memory", source, sink), clock) as daemon:
        ready = await_ready(daemon, clock)
        sys.stdout.write(f"{ready.model} on {ready.provider} listens\n")
        take_turns(calls, LiveHall(source, sink, daemon.status, clock))
        status = daemon.status()
        folder = daemon.recording
    assert folder is not None  # noqa: S101 - recording is on
    trim(folder / journal.MIDI_FILE).save(recording)
    turns = review.replies(journal.read(folder))
    if not turns and mode != "silent":
        raise AntiphonError("the machine did not answer; antiphon doctor may tell why")
    late = " / ".join(f"{status['lateness'][name]:.2f}" for name in ("p50_ms", "p99_ms", "max_ms"))
    return [
        ("model", ready.model),
        ("provider", ready.provider),
        ("ready after", f"{ready.load_s:.2f} s"),
        ("step p50 / p99", f"{ready.step_p50_ms:.2f} / {ready.step_p99_ms:.2f} ms"),
        *figures.played(turns, mode),
        ("lateness p50 / p99 / max", f"{late} ms"),
        ("notes hung", str(review.hung(sink.sent))),
    ]


def await_ready(daemon: Daemon, clock: Clock) -> messages.Ready:
    """What the daemon says when it may be played with; raises AntiphonError if it cannot be."""
    end_s = clock.now() + READY_TIMEOUT_S
    while True:
        try:
            news = daemon.news.get(timeout=max(0.0, end_s - clock.now()))
        except queue.Empty:
            raise AntiphonError(f"no performer after {READY_TIMEOUT_S:g} s") from None
        match news:
            case messages.Ready():
                return news
            case Stop():
                raise AntiphonError(news.reason)
            case messages.Problem():
                sys.stderr.write(f"antiphon: {news.text}\n")


def trim(path: Path) -> mido.MidiFile:
    """A recording without the silence before its first note, which was loading time."""
    file = mido.MidiFile(path)
    firsts = [next((m for m in track if not m.is_meta), None) for track in file.tracks]
    found = [message for message in firsts if message is not None]
    lead = min((message.time for message in found), default=0)
    for message in found:
        message.time -= lead
    return file
