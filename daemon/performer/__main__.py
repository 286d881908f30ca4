"""The performer process: reads what was heard, lets the musician work, writes plans.

Started by the supervisor as ``python -m antiphon.daemon.performer SETTINGS``, with JSON lines on
standard input and output. Nothing musical is decided here.
"""

import faulthandler
import json
import queue
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from antiphon.daemon import messages, priority, wire
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.budget import Budget
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.loading import load
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.performer.turns import Limits

USER_ERROR = 2
STEP_FAILED = 3

Inbox = queue.SimpleQueue[messages.Message | None]


def listen(source: BinaryIO, inbox: Inbox) -> None:
    """Put every line's message into the inbox, and None at the end."""
    for line in source:
        inbox.put(wire.decode(line))
    inbox.put(None)


def perform(player: Musician, inbox: Inbox, target: BinaryIO, clock: Clock) -> None:
    """Take in what has come, do one step, and wait only when there is nothing to do."""
    rounds: list[messages.FromPerformer] = []
    budget = Budget(clock.now())
    while True:
        now = clock.now()
        wake_s = player.wake_s(now)
        timeout_s = None if wake_s is None else max(0.0, wake_s - now)
        if timeout_s != 0.0:
            _write(target, rounds)
            rounds.clear()
        replies: list[messages.FromPerformer] = []
        times: list[float] = []
        try:
            message = inbox.get(timeout=timeout_s) if timeout_s != 0.0 else inbox.get_nowait()
            while True:
                if message is None:
                    return
                times.append(clock.now())
                replies += player.take(message, times[-1])  # type: ignore[arg-type]
                message = inbox.get_nowait()
        except queue.Empty:
            times.append(clock.now())
            replies += player.work(times[-1])
            replies += budget.spent(times[-1], clock.now())
        rounds.append(messages.Took(tuple(times)))
        if replies:
            _write(target, [*rounds, *replies])
            rounds.clear()
            # It has loaded and remembers: from now on only the session process is in a hurry.
            priority.fall_back()


def _write(target: BinaryIO, what: Sequence[messages.FromPerformer]) -> None:
    if what:
        target.write(b"".join(wire.encode(message) for message in what))
        target.flush()


def musician(
    engine: Engine, reply: Mapping[str, Any], seed: int, latency_ms: float = 0.0
) -> Musician:
    """A musician with the settings of `[reply]`, and the latency of the output."""
    limits = Limits(reply["turn_floor_s"], reply["turn_ceiling_s"])
    return Musician(engine, limits, seed, latency_ms / 1e3)


def main(arguments: list[str]) -> int:
    """Load the model, say that it is ready, perform until standard input ends."""
    # Ctrl-C is for the session process, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    target = sys.stdout.buffer
    try:
        settings: dict[str, Any] = json.loads(arguments[0])
        engine_settings, reply = settings["engine"], settings["reply"]
        loaded = load(
            engine_settings["model"], engine_settings["provider"], engine_settings["threads"]
        )
        player = musician(loaded.engine, reply, engine_settings["seed"], settings["latency_ms"])
    except AntiphonError as error:
        _write(target, [messages.Problem(str(error))])
        return USER_ERROR
    ready = messages.Ready(
        loaded.engine.path.name,
        loaded.engine.provider.value,
        loaded.load_s,
        loaded.step_p50_ms,
        loaded.step_p99_ms,
        loaded.digest,
        loaded.choice,
    )
    problems = [messages.Problem(loaded.problem)] if loaded.problem else []
    _write(target, [ready, *problems])
    inbox: Inbox = queue.SimpleQueue()
    thread = threading.Thread(target=listen, args=(sys.stdin.buffer, inbox), daemon=True)
    thread.start()
    try:
        perform(player, inbox, target, MonotonicClock())
    except AntiphonError as error:
        # Such as a GPU that is gone. Only a fresh process is sure to be rid of it.
        _write(target, [messages.Problem(str(error))])
        return STEP_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
