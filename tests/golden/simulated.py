"""A whole jam without time or processes, recorded as the daemon records it."""

from collections.abc import Callable
from typing import Any

from antiphon.daemon import controls, messages, midi, wire
from antiphon.daemon.messages import Heard, Ready, Schedule, Settings, Took
from antiphon.daemon.performer import __main__ as performer
from antiphon.daemon.session.history import History
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.stage import Stage
from antiphon.daemon.thru.local import LocalThru
from tests.daemon.jam import ScriptedEngine
from tests.fakes import ManualClock, RecordingOutput, Told

STEP_S = 0.005
REPLY = {"turn_floor_s": 0.3, "turn_ceiling_s": 1.6}
SEED = 1
PHRASE = (60, 62, 64, 65, 67)
STEPS_A_PULSE = 4
"""A MIDI clock of 125 beats a minute."""


class Simulated:
    """Player, musician and scripted engine on a clock moved by hand; `entries` is the journal."""

    def __init__(self) -> None:
        self.clock = ManualClock(0.0)
        self.output = RecordingOutput()
        self.entries: list[dict[str, Any]] = []
        self._history = History()
        self._settings = controls.as_values(controls.Controls())
        self.is_ticking = False
        self._steps = 0
        self.thru = LocalThru(self.output, self.clock)
        self.player = Player(
            Stage(thru=True), self.thru, self.clock, self._tell, self._complain, self._keep
        )
        self.thru.listen(Told(self.player))
        self._keep(0.0, {"is": "Session", "midi": {"thru": True}, "reply": REPLY, "seed": SEED})
        self.begin()

    def begin(self, *, forgets: bool = False) -> None:
        """A performer starts, the first or another."""
        now = self.clock.now()
        if forgets:
            self._history.clear()
        self._keep(now, {"is": "Began", "values": dict(self._settings), "forgets": forgets})
        self._inbox: list[messages.ToPerformer] = [
            Settings(dict(self._settings)),
            *self._history,
            messages.Ask(now),
        ]
        self._keep(now, wire.as_table(Ready("scripted", "none", 0.0, 0.0, 0.0)))
        self.musician = performer.musician(ScriptedEngine(), REPLY, SEED)

    def set(self, **values: messages.Value) -> None:
        self._settings.update(values)
        self._tell(Settings(values))

    def judge(self, good: bool) -> None:
        self._tell(messages.Judge(self.clock.now(), good))

    def hear(self, *data: bytes) -> None:
        for message in data:
            self.thru.receive(message)

    def note(self, key: int, seconds: float = 0.2, channel: int = 0) -> None:
        self.hear(midi.note_on(channel, key, 70))
        self.wait(seconds)
        self.hear(midi.note_off(channel, key))

    def phrase(self) -> None:
        for key in PHRASE:
            self.note(key)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            if self.is_ticking and self._steps % STEPS_A_PULSE == 0:
                self.thru.receive(midi.CLOCK)
            self._steps += 1
            self.player.play_due()
            for _ in range(3):
                self._round()
            self.clock.advance(STEP_S)

    def lose_performer(self, *, forgets: bool = False) -> None:
        self.player.performer_lost()
        self.begin(forgets=forgets)

    def close(self) -> None:
        self.player.close()

    def _round(self) -> None:
        now = self.clock.now()
        if not self._inbox and self.musician.wake_s(now) != now:
            return
        told, self._inbox = self._inbox, []
        answers: list[messages.FromPerformer] = []
        for message in told:
            answers += self.musician.take(message, now)
        answers += self.musician.work(now)
        self._keep(now, wire.as_table(Took((now,) * (len(told) + 1))))
        for answer in answers:
            match answer:
                case Schedule():
                    self.player.schedule(answer)
                case messages.Voices():
                    self.player.voice(answer)
                case messages.Cancel():
                    self.player.cancel(answer)
                case messages.Verdict():
                    self._tell(answer)

    def _tell(self, message: messages.ToPerformer) -> None:
        self._keep(self.clock.now(), wire.as_table(message))
        if not (isinstance(message, Heard) and message.seq == 0):
            self._history.add(message)
            self._inbox.append(message)

    def _keep(self, time: float, content: dict[str, object]) -> None:
        self.entries.append({"time": time, **content})

    def _complain(self, problem: messages.Problem | str) -> None:
        raise AssertionError(str(problem))


def reply(jam: Simulated) -> None:
    """A call, its reply, coming in again, panic, and a last call."""
    jam.phrase()
    jam.wait(3)
    jam.phrase()
    jam.wait(1)
    jam.hear(midi.note_on(0, 40, 90), midi.sustain(0, 127), b"\xe0\x00\x41")
    jam.wait(0.2)
    jam.hear(midi.note_off(0, 40), midi.sustain(0, 0))
    jam.wait(2)
    jam.player.panic()
    jam.phrase()
    jam.wait(4)


def company(jam: Simulated) -> None:
    """Both at once, then one voice for each note, on another channel."""
    jam.set(mode="together")
    for _ in range(2):
        jam.phrase()
    jam.wait(2)
    jam.set(mode="harmonise", channel=3)
    jam.phrase()
    jam.set(mode="continue", density=0.7)
    jam.phrase()
    jam.wait(2)


def liking(jam: Simulated) -> None:
    """One reply is liked, one is stopped, and a performer lost between."""
    jam.phrase()
    jam.wait(3)
    jam.judge(good=True)
    jam.phrase()
    jam.wait(1)
    jam.judge(good=False)
    jam.wait(1)
    jam.lose_performer()
    jam.phrase()
    jam.wait(3)


def losses(jam: Simulated) -> None:
    """A performer lost in the middle of a reply, then the output, both of them back."""
    jam.phrase()
    jam.wait(1.0)
    jam.lose_performer()
    jam.wait(1)
    jam.phrase()
    jam.wait(1.0)
    jam.player.output_lost()
    jam.phrase()
    jam.wait(2)
    jam.player.output_back()
    jam.phrase()
    jam.wait(3)


def trade(jam: Simulated) -> None:
    """Bars in turn on a MIDI clock, which stops in the machine's bars; then on tapped beats."""
    jam.set(mode="trade", sync="midi", trade_bars=1)
    jam.is_ticking = True
    jam.hear(midi.START)
    for _ in range(2):
        jam.phrase()
        jam.wait(2.84)
    jam.phrase()
    jam.wait(1.5)
    jam.hear(midi.STOP)
    jam.wait(1.0)
    jam.set(sync="tap", beats_a_bar=3)
    for _ in range(4):
        jam.player.tap()
        jam.wait(0.5)
    jam.phrase()
    jam.wait(4.0)


SCENES: dict[str, Callable[[Simulated], None]] = {
    "reply": reply,
    "company": company,
    "losses": losses,
    "liking": liking,
    "trade": trade,
}


def recorded(scene: Callable[[Simulated], None]) -> list[dict[str, Any]]:
    """The journal of a scene."""
    jam = Simulated()
    scene(jam)
    jam.close()
    return jam.entries
