"""Days of playing, fast: player, musician and recorder on a clock that jumps to the next deed."""

import gc
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon import messages
from antiphon.daemon.bench.processes import resident_mb
from antiphon.daemon.config import Config, RecordSettings
from antiphon.daemon.performer import __main__ as performer
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.session import journal
from antiphon.daemon.session.recorder import Recorder
from antiphon.model.events import Event
from tests.daemon.jam import ScriptedBranches, ScriptedEngine
from tests.golden.simulated import REPLY, SEED, Simulated
from tests.soak.realtime import LISTEN_S, MACHINES, MODES, PAUSE, count, phrase
from tests.torture import stand

HOUR_S: Final = 3600.0
WARM_UP: Final = 0.2
"""The share of all hours in which buffers fill."""
MODEL_STEP_S: Final = 0.001
PHRASES_A_MODE: Final = 10
REMEMBERED: Final = 4096
"""More than the musician ever takes back."""
AT_ONCE: Final = 64
"""So many are forgotten together: few, so that what is remembered does not look like growth."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What was read after an hour of simulated playing."""

    memory_mb: float
    objects: float
    handles: float
    processor_s: float
    heard: int
    sent: int
    hung: int


class ForgetfulEngine(ScriptedEngine):
    """A scripted engine that plays for days: it keeps the latest alone, as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self._forgotten = 0

    @property
    def length(self) -> int:
        return self._forgotten + len(self.history)

    def rewind(self, mark: int) -> None:
        super().rewind(mark - self._forgotten)

    def branch(self, count: int, mark: int) -> ScriptedBranches:
        return super().branch(count, mark - self._forgotten)

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        answer = super().advance(new, query, moments)
        self.runs.clear()
        self.queries.clear()
        self.conditions.clear()
        if len(self.history) > REMEMBERED + AT_ONCE:
            del self.history[:AT_ONCE]
            self._forgotten += AT_ONCE
        return answer


class Days(Simulated):
    """A jam that keeps nothing in memory, and whose time jumps to when something is to be done."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._engine = engine
        self._recorder: Recorder | None = None
        self.folder = folder
        super().__init__()
        config = Config(record=RecordSettings(folder=str(folder)))
        about = {"controls": dict(self._settings), "seed": SEED}
        self._recorder = Recorder(config, about, self.clock, self._complain)
        # Several cost four times as much, and are forgotten with the draft.
        self.set(takes=1)

    @property
    def recorder(self) -> Recorder:
        """What is told of all that happens."""
        assert self._recorder is not None
        return self._recorder

    def begin(self, *, forgets: bool = False) -> None:
        super().begin(forgets=forgets)
        self.musician = performer.musician(self._engine, REPLY, SEED)

    def wait(self, seconds: float) -> None:
        end_s = self.clock.now() + seconds
        while (now := self.clock.now()) < end_s:
            due_s = self.player.play_due()
            self._round()
            wake_s = now if self._inbox else self.musician.wake_s(now)
            # A step of the model takes time: without it, one moment could last for ever.
            next_s = [end_s, end_s if due_s is None else now + due_s]
            next_s += [max(wake_s, now + MODEL_STEP_S)] if wake_s is not None else []
            self.clock.advance(max(min(next_s) - now, MODEL_STEP_S))

    def hour(self, dice: random.Random) -> None:
        """Play for an hour, recorded in a folder of its own."""
        end_s, number = self.clock.now() + HOUR_S, 0
        folder = self.recorder.start()
        while self.clock.now() < end_s:
            if number % PHRASES_A_MODE == 0:
                self.set(mode=MODES[number // PHRASES_A_MODE % len(MODES)], channel=MACHINES + 1)
            number += 1
            for data, wait_s in phrase(dice):
                self.hear(data)
                self.wait(wait_s)
            self.wait(dice.uniform(*LISTEN_S))
            self._tell(messages.Ask(self.clock.now()))
        self.set(mode="silent")
        self.wait(1.0)
        self.recorder.stop()
        while not (folder / journal.MIDI_FILE).exists():
            PAUSE.wait(0.05)
        shutil.rmtree(folder)

    def _keep(self, time: float, content: dict[str, object]) -> None:
        if self._recorder is not None:
            self._recorder.remark(time, content)


def soak(hours: int, engine: Engine | None = None, seed: int = 1) -> Iterator[Hour]:
    """Play for so many hours of simulated time; what was read after each."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    with tempfile.TemporaryDirectory() as folder:
        jam = Days(Path(folder), engine or ForgetfulEngine())
        with jam.recorder:
            for _ in range(hours):
                yield _hour(jam, dice)
            jam.close()


def _hour(jam: Days, dice: random.Random) -> Hour:
    before, began_s = jam.player.figures(), time.process_time()
    jam.output.sent.clear()
    jam.hour(dice)
    worked_s = time.process_time() - began_s
    sounding = stand.sounding([(0.0, data) for data in jam.output.sent])
    figures = jam.player.figures()
    jam.output.sent.clear()
    gc.collect()
    return Hour(
        resident_mb(os.getpid()) or 0.0,
        float(len(gc.get_objects())),
        float(count(os.getpid(), "fd")),
        worked_s,
        figures.passed_on - before.passed_on,
        figures.played - before.played,
        len(sounding),
    )
