import itertools
import os
import queue
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from antiphon.daemon import messages, wire
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import Config
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Beat, Heard, Ready, Schedule, Sent, Settings
from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.session import supervisor as supervising
from antiphon.daemon.session.supervisor import Callbacks, Patience, Supervisor, performer_command
from tests.fakes import performer

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
SOON = Patience(ask_s=0.01, first_pause_s=0.01)


@dataclass
class Reports:
    """What the supervisor reported, in order, as it comes."""

    queue: "queue.SimpleQueue[Any]" = field(default_factory=queue.SimpleQueue)

    def callbacks(self) -> Callbacks:
        return Callbacks(
            self.queue.put,
            lambda: self.queue.put("lost"),
            lambda text: self.queue.put(("trouble", text)),
            lambda text: self.queue.put(("failed", text)),
        )

    def until(self, kind: object) -> Any:
        """The next report of a kind: a message class, or "lost", "trouble", "failed"."""
        while True:
            report = self.queue.get(timeout=20)
            name = report[0] if isinstance(report, tuple) else report
            if name == kind or (isinstance(kind, type) and isinstance(report, kind)):
                return report


@contextmanager
def supervised(
    command: list[str], patience: Patience = SOON
) -> Iterator[tuple[Supervisor, Reports]]:
    reports = Reports()
    callbacks = reports.callbacks()
    with Supervisor(command, MonotonicClock(), {"top_p": 0.9}, callbacks, patience) as supervisor:
        yield supervisor, reports


def told(notes: Path) -> list[messages.Message]:
    return [wire.decode(line) for line in notes.read_bytes().splitlines()]


def test_it_answers_with_a_plan(tmp_path: Path) -> None:
    with supervised(performer("well", tmp_path / "notes")) as (supervisor, reports):
        assert reports.until(Ready).model == "fake"
        supervisor.tell(Heard(1, 1.0, ON))
        supervisor.tell(Heard(2, 2.0, OFF))
        plan = reports.until(Schedule)
        assert (plan.plan, plan.heard) == (1, 2)
        assert reports.until(messages.State).turn == "listening"
    assert supervisor.process_id is None
    assert supervisor.losses == 0
    kept = [m for m in told(tmp_path / "notes") if not isinstance(m, messages.Ask)]
    assert kept == [Settings({"top_p": 0.9}), Heard(1, 1.0, ON), Heard(2, 2.0, OFF)]


@pytest.mark.parametrize(
    ("way", "words"), [("die", "exit code 3"), ("babble", "not a message between processes")]
)
def test_a_lost_performer_is_started_again_and_told_what_was(
    tmp_path: Path, way: str, words: str
) -> None:
    with supervised(performer(way, tmp_path / "notes")) as (supervisor, reports):
        reports.until(Ready)
        supervisor.tell(Settings({"style": "jazz"}))
        supervisor.tell(Sent(7, 0.5, 0.5, ON))
        supervisor.tell(Beat("tap", 0.1, 0.0, 0.5))
        supervisor.tell(Beat("tap", 0.6, 1.0, 0.5))
        supervisor.tell(Heard(1, 2.0, OFF))
        reports.until("lost")
        assert words in reports.until("trouble")[1]
        reports.until("lost")
    history = [m for m in told(tmp_path / "notes") if not isinstance(m, messages.Ask)]
    again = [
        Settings({"top_p": 0.9, "style": "jazz"}),
        Beat("tap", 0.6, 1.0, 0.5),
        Sent(messages.EARLIER, 0.5, 0.5, ON),
        Heard(1, 2.0, OFF),
    ]
    assert history[6:10] == again


def test_what_is_told_before_the_first_question_is_history(tmp_path: Path) -> None:
    with supervised(performer("die", tmp_path / "notes")) as (supervisor, reports):
        reports.until(Ready)
        supervisor.tell(Heard(1, 1.0, ON))
        supervisor.tell(Heard(2, 2.0, OFF))
        reports.until("lost")
        reports.until("lost")
    names = [type(message).__name__ for message in told(tmp_path / "notes")]
    assert names[:2] == ["Settings", "Ask"]
    again = names.index("Settings", 1)
    assert names[again : again + 3] == ["Settings", "Heard", "Heard"]


def test_a_performer_that_never_answers_is_given_up(tmp_path: Path) -> None:
    patience = Patience(settle_s=0.1, ask_s=0.01, first_pause_s=0.01)
    with supervised(performer("mute", tmp_path / "notes"), patience) as (_, reports):
        reports.until("lost")
        assert "no sign of life for 0.1 s" in reports.until("trouble")[1]
        reports.until(Ready)


def test_a_performer_that_hangs_is_given_up(tmp_path: Path) -> None:
    patience = Patience(silence_s=0.1, ask_s=0.05, first_pause_s=0.01)
    with supervised(performer("well", tmp_path / "notes"), patience) as (supervisor, reports):
        reports.until(messages.State)
        process_id = supervisor.process_id
        assert process_id is not None
        os.kill(process_id, signal.SIGSTOP)
        reports.until("lost")
        assert "no sign of life for 0.1 s" in reports.until("trouble")[1]
        reports.until(messages.State)


def test_a_performer_that_grows_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = itertools.chain([100.0, 340.0, 400.0], itertools.repeat(90.0))
    monkeypatch.setattr(supervising, "resident_mb", lambda _: next(sizes))
    with supervised(performer("well", tmp_path / "notes")) as (_, reports):
        reports.until("lost")
        assert "grew from 100 to 400 MB" in reports.until("trouble")[1]
        reports.until(messages.State)


def test_what_kills_every_performer_that_is_told_it_is_told_no_more(tmp_path: Path) -> None:
    with supervised(performer("die", tmp_path / "notes")) as (supervisor, reports):
        reports.until(messages.State)
        supervisor.tell(Heard(1, 1.0, OFF))
        for _ in range(3):
            reports.until("lost")
        reports.until(messages.State)
    assert supervisor.losses == 3


def test_pauses_keep_the_promise_and_leave_the_processor_to_the_rest() -> None:
    patience = Patience()
    pauses = [patience.pause_s(losses, answered=True) for losses in range(1000)]
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert set(pauses[4:]) == {0.8}
    assert patience.pause_s(1000, answered=False) == 8.0


def test_a_start_that_fails_later_is_tried_again(tmp_path: Path) -> None:
    program, away = tmp_path / "program", tmp_path / "away"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    command = [str(program), *performer("die", tmp_path / "notes")[1:]]
    with supervised(command) as (supervisor, reports):
        reports.until(messages.State)
        program.rename(away)
        supervisor.tell(Heard(1, 1.0, OFF))
        reports.until("trouble")
        away.rename(program)
        reports.until(Ready)


def test_a_performer_that_never_gets_ready_is_given_up() -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    patience = Patience(ready_s=0.05, ask_s=0.01, first_pause_s=0.01)
    with supervised(command, patience) as (_, reports):
        reports.until("lost")
        assert "no sign of life" in reports.until("trouble")[1]


def test_what_the_user_must_mend_is_not_tried_again(tmp_path: Path) -> None:
    with supervised(performer("refuse", tmp_path / "notes")) as (supervisor, reports):
        assert reports.until("failed") == ("failed", "there is no model")
    assert supervisor.losses == 0


def test_a_command_that_cannot_start_is_told(tmp_path: Path) -> None:
    with supervised([str(tmp_path / "nothing")]) as (_, reports):
        assert "cannot start the performer" in reports.until("failed")[1]


def test_a_plan_with_nonsense_loses_the_performer(tmp_path: Path) -> None:
    reports = Reports()

    def refuse(message: messages.FromPerformer) -> None:
        if isinstance(message, Schedule):
            raise AntiphonError("the performer scheduled nonsense")

    callbacks = Callbacks(refuse, *list(_others(reports)))
    command = performer("well", tmp_path / "notes")
    with Supervisor(command, MonotonicClock(), {}, callbacks, SOON) as supervisor:
        supervisor.tell(Heard(1, 2.0, OFF))
        reports.until("lost")
        assert "scheduled nonsense" in reports.until("trouble")[1]


def _others(reports: Reports) -> Iterator[Any]:
    callbacks = reports.callbacks()
    yield from (callbacks.lost, callbacks.trouble, callbacks.failed)


def test_the_command_carries_the_settings() -> None:
    command = performer_command(Config(), 5)
    assert command[1:4] == ["-P", "-m", "antiphon.daemon.performer"]
    assert '"seed": 5' in command[4]
    assert '"turn_floor_s": 0.1' in command[4]
