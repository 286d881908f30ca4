"""A recorded jam once more through stage and musician, and compared.

The journal gives what came from outside and when everybody looked at the clock; all that follows
from it must follow again, to the last bit. What differs first is reported.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.session.history import History
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.stage import DEEDS, Deed, Stage

Entry = Mapping[str, Any]
MakeMusician = Callable[[Entry, messages.Ready], Musician]
"""A new musician, from the first entry of the journal and what the performer said of itself."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the two part: the number of the journal's entry, and what each has there."""

    entry: int
    recorded: messages.Message | None
    replayed: messages.Message | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much came out the same: messages of the machine's, and what its performer asked for."""

    sent: int
    asked: int
    difference: Difference | None


class _DiffersError(Exception):
    def __init__(self, recorded: messages.Message | None, replayed: messages.Message | None):
        self.recorded = recorded
        self.replayed = replayed


class Replay:
    """The pipeline, fed from a journal entry by entry."""

    def __init__(self, make: MakeMusician) -> None:
        self._make = make
        self._session: Entry = {}
        self._stage = Stage(thru=True)
        self._ready: messages.Ready | None = None
        self._musician: Musician | None = None
        self._history = History()
        self._inbox: deque[messages.ToPerformer] = deque()
        self._asks: deque[messages.Message] = deque()
        self._recorded: deque[messages.Message] = deque()
        self._replayed: deque[messages.Message] = deque()
        self._finished = False
        self.sent = self.asked = 0

    def follow(self, entry: Entry) -> None:
        """Do what an entry says, and compare what comes of it."""
        kind, time = entry["is"], entry["time"]
        if kind == "Session":
            self._session = entry
            self._stage = Stage(thru=entry["midi"]["thru"], latency_s=latency_ms(entry) / 1e3)
        elif kind == "Began":
            settings = messages.Settings(dict(entry["values"]))
            if entry.get("forgets"):
                self._history.clear()
            self._inbox = deque([settings, *self._history, messages.Ask(time)])
            self._asks.clear()
            self._ready = self._musician = None
        elif kind == "Deed":
            deed = Deed(entry["deed"])
            self._finished = self._finished or deed is Deed.FINISH
            self._came(DEEDS[deed](self._stage, time))
        else:
            self._follow_message(_message(entry), time)
        while self._recorded and self._replayed:
            self._compare(self._recorded.popleft(), self._replayed.popleft())

    def end(self) -> None:
        """The journal is over: of a session that came to its end, nothing is left over."""
        if self._finished and (self._recorded or self._replayed):
            raise _DiffersError(_first(self._recorded), _first(self._replayed))

    def _follow_message(self, message: messages.Message, time: float) -> None:
        match message:
            case messages.Ready():
                self._ready = message
            case messages.Took():
                self._perform(message)
            case messages.Heard(seq=0):
                self._came(self._stage.thru(message.data, time))
                self._came(self._stage.heard(message.data, time))
            case messages.Heard():
                self._told(message)
                self._recorded.append(message)
                self._came(self._stage.thru(message.data, time))
                self._came(self._stage.heard(message.data, time))
            case messages.Sent() | messages.Withdrawn():
                self._told(message)
                self._recorded.append(message)
            case (
                messages.Settings()
                | messages.Ask()
                | messages.Beat()
                | messages.Latency()
                | messages.Judge()
                | messages.Verdict()
                | messages.Forget()
            ):
                self._told(message)
                if isinstance(message, messages.Latency):
                    self._stage.compensate(message.latency_s)
            case messages.Schedule() | messages.Voices() | messages.Cancel():
                if not self._asks:
                    raise _DiffersError(message, None)
                self._compare(message, self._asks.popleft())
                self.asked += 1
                self._came(self._asked(message, time))

    def _asked(
        self, message: messages.Schedule | messages.Voices | messages.Cancel, time: float
    ) -> Outcome:
        match message:
            case messages.Schedule():
                return self._stage.schedule(message, time)
            case messages.Voices():
                return self._stage.voice(message, time)
            case messages.Cancel():
                return self._stage.cancel(message, time)

    def _told(self, message: messages.ToPerformer) -> None:
        self._history.add(message)
        self._inbox.append(message)

    def _came(self, outcome: Outcome) -> None:
        self._replayed += outcome.tell

    def _perform(self, took: messages.Took) -> None:
        if self._musician is None:
            if self._ready is None:
                raise AntiphonError("the journal does not tell which model played")
            self._musician = self._make(self._session, self._ready)
        *takes, work = took.times
        if len(takes) > len(self._inbox):
            raise AntiphonError("the journal lacks what the performer was told")
        answers: list[messages.FromPerformer] = []
        for time in takes:
            answers += self._musician.take(self._inbox.popleft(), time)
        answers += self._musician.work(work)
        asks = messages.Schedule | messages.Voices | messages.Cancel
        self._asks += [answer for answer in answers if isinstance(answer, asks)]

    def _compare(self, recorded: messages.Message, replayed: messages.Message) -> None:
        if recorded != replayed:
            raise _DiffersError(recorded, replayed)
        self.sent += isinstance(recorded, messages.Sent)


def replay(entries: Iterable[Entry], make: MakeMusician) -> Comparison:
    """Run a journal's entries again; raises `AntiphonError` where it lacks what that takes."""
    run = Replay(make)
    number = 0
    try:
        for number, entry in enumerate(entries, start=1):
            if number == 1 and entry["is"] != "Session":
                raise AntiphonError("the journal has lost its beginning")
            if entry.get("midway"):
                raise AntiphonError("this was recorded from the middle of a jam on: no replay")
            run.follow(entry)
        run.end()
    except _DiffersError as found:
        difference = Difference(number, found.recorded, found.replayed)
        return Comparison(run.sent, run.asked, difference)
    except (KeyError, TypeError, ValueError) as error:
        raise AntiphonError(f"entry {number} of the journal is damaged: {error!r}") from None
    return Comparison(run.sent, run.asked, None)


def summary(compared: Comparison) -> str:
    """What came of it, in a line or three."""
    same = f"{compared.sent} messages and {compared.asked} plans and cancellations are the same"
    if compared.difference is None:
        return f"{same}: nothing differs\n"
    found = compared.difference
    return (
        f"{same}; entry {found.entry} of the journal differs\n"
        f"  recorded {_describe(found.recorded)}\n  replayed {_describe(found.replayed)}\n"
    )


def latency_ms(session: Entry) -> float:
    """What was made up for at the output; sessions of before there was a choice have none."""
    return float(session.get("ports", {}).get("output_latency_ms", 0.0))


_TIMELESS = (
    *("Schedule", "Voices", "Cancel", "Settings", "Latency"),
    *("Took", "Ready", "Verdict", "Problem"),
)
"""Messages that have no time of their own."""


def _message(entry: Entry) -> messages.Message:
    content = dict(entry)
    if content["is"] in _TIMELESS:
        # When it was written.
        del content["time"]
    return wire.from_table(content)


def _first(waiting: deque[messages.Message]) -> messages.Message | None:
    return waiting[0] if waiting else None


def _describe(message: messages.Message | None) -> str:
    match message:
        case None:
            return "nothing"
        case messages.Sent(plan, planned, time, data):
            return f"{midi.describe(data)} of plan {plan}, planned {planned:.3f}, sent {time:.3f}"
        case _:
            return str(message)
