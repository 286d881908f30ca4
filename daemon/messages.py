"""What the session process and the performer tell each other.

Values only: who sends what and when is decided elsewhere, and ``wire`` has their coding. Times are
seconds of the shared monotonic clock; MIDI data is raw bytes.
"""

from dataclasses import dataclass

Value = str | int | float | bool | None
Timed = tuple[float, bytes]

EARLIER = 0
"""The plan number of what an earlier performer played, in a history told again."""

LARGEST = 1e12
"""No time is farther from zero, in seconds, nor any figure: what is made of those is not exact."""

MOST_VERDICTS, LONGEST_VERDICT = 64, 128
"""So many verdicts are kept, each on so many messages at most."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The player's message number `seq`, counted from 1, as it came in at `time`."""

    seq: int
    time: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A machine's message of `plan`, meant for `planned`, really sent at `time`."""

    plan: int
    planned: float
    time: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What `plan` had left was taken back, or the plan refused, at `time`."""

    plan: int
    time: float


@dataclass(frozen=True, slots=True)
class Beat:
    """Beat number `beat`, in quarters, falls at `time`, the next one a `period` later.

    `source` says by what: "midi", "link", "tap" or "heard". `counted`: the numbers are those of
    the song. `running`: the song plays. A period of 0 says that no beat is known. The performer
    tells the beat that it hears, where others are to be given it.
    """

    source: str
    time: float
    beat: float
    period: float
    counted: bool = False
    running: bool = False

    def time_of(self, beat: float) -> float:
        """When a beat falls."""
        return self.time + (beat - self.beat) * self.period

    def at(self, time: float) -> float:
        """The beat at a time, with its fraction."""
        return self.beat + (time - self.time) / self.period


@dataclass(frozen=True, slots=True)
class Settings:
    """Controls that changed, by name; None stands for a control left to the model."""

    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Latency:
    """From now on what is sent is sent `latency_s` before its time: it takes so long to sound."""

    latency_s: float


@dataclass(frozen=True, slots=True)
class Judge:
    """The player says of what the machine played last that it was good, or that it was not."""

    time: float
    good: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was judged, its times in seconds from its beginning.

    The performer answers a `Judge` with it, and learns from it when it is told it back.
    """

    good: bool
    messages: tuple[Timed, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget every verdict, and what the player has played."""

    time: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a `State`."""

    time: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The performer may be played with; what it runs and how fast a step is."""

    model: str
    provider: str
    load_s: float
    step_p50_ms: float
    step_p99_ms: float
    digest: str = ""
    """SHA-256 of the model's file, in hexadecimal."""
    choice: str = ""
    """Why it runs where it does, in words."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Add `messages` to `plan`; `heard` is the last `Heard.seq` that they take into account.

    A note of the player's takes back a plan that `yields`; of one that is `fresh` it takes back the
    notes that have not begun.
    """

    plan: int
    heard: int
    yields: bool
    messages: tuple[Timed, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Voices:
    """From now on each of these keys of the player's has voices, which sound while it is down.

    `voices`: by key, note-ons, the best first; `most` of them sound, those whose key is free. They
    are as they go with a key struck with `velocity`. Without any, no key has voices any more.
    """

    velocity: int
    most: int
    voices: tuple[tuple[int, tuple[bytes, ...]], ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take back what `plan` has later than `after`, and end its notes that sound then."""

    plan: int
    after: float


@dataclass(frozen=True, slots=True)
class Took:
    """One round of the performer's, for the recording; told before what came of it.

    It took in as many messages as there are times but one, each at its time, and did a step's work
    at the last.
    """

    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How the performer is doing, for `status` and the panel."""

    turn: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for the user.

    What is ``about`` something lasts until the next line about the same; an empty text says that it
    is over.
    """

    text: str
    about: str = ""


ToPerformer = Heard | Sent | Withdrawn | Beat | Settings | Latency | Judge | Verdict | Forget | Ask
FromPerformer = Ready | Schedule | Voices | Cancel | Verdict | Took | State | Beat | Problem
Message = ToPerformer | FromPerformer
