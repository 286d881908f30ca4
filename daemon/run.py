"""`antiphon run`: start-up, main loop and shutdown, top to bottom. The parts live elsewhere."""

import argparse
import faulthandler
import logging
import os
import queue
import signal
import sys
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from antiphon.daemon import messages, priority
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import AUTO, BACKENDS, PROVIDERS, Config, load
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import Ports, Way
from antiphon.daemon.ports.welcome import Welcome
from antiphon.daemon.session import journal, log, speaker
from antiphon.daemon.session.daemon import Daemon
from antiphon.daemon.session.guard import guarded, shared_notes
from antiphon.daemon.session.news import News, Stop
from antiphon.daemon.session.thru_process import thru_process
from antiphon.daemon.shell import firststart

ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")
"""What by default ends a process with nothing let go."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon run`; each wins over the configuration file."""
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    parser.add_argument("--backend", choices=BACKENDS, help="MIDI back end")
    parser.add_argument("--input", metavar="PORT", help="listen to the port with this in its name")
    parser.add_argument("--output", metavar="PORT", help="play on the port with this in its name")
    parser.add_argument("--model", metavar="PATH", help="an exported model")
    parser.add_argument("--provider", choices=PROVIDERS, help="where the model runs")
    parser.add_argument("--record", metavar="FOLDER", help="keep jams in FOLDER")
    parser.add_argument("--no-record", action="store_true", help="keep nothing")
    parser.add_argument("--socket", metavar="PATH", help="path of the control socket")


def main(args: argparse.Namespace) -> int:
    """Run until a signal, `stop` on the control socket, or a failure (`AntiphonError`)."""
    config, line = firststart.resolved(configured(args), args.config)
    # A keyboard that is remembered may be switched on later; one that is asked for now is there.
    awaited = () if args.input else (Way.INPUT,)
    with log.kept(config.log):
        return serve(config, line=line, awaited=awaited)


def serve(
    config: Config,
    command: Sequence[str] | None = None,
    line: str = "",
    awaited: Collection[Way] = (),
) -> int:
    """Play on the ports of the configuration, and tell the user `line` at first.

    `command` stands in for the performer in tests; `awaited` is as of `open_ports`.
    """
    faulthandler.enable()
    with (
        priority.raised(),
        shared_notes() as sounding,
        thru_process(
            config.ports,
            config.controller,
            speaker.is_possible(config.audio),
            awaited,
            sounding,
        ) as thru,
        guarded(thru.ports, sounding) as watched,
    ):
        thru.lost = watched.lost
        sound = speaker.Speaker(config.audio, watched)
        ports = sound.ports
        daemon = Daemon(config, ports, MonotonicClock(), command)
        _heed_signals(daemon)
        with (
            daemon,
            sound.playing(daemon.ports_changed, daemon.trouble),
            _welcome(config, daemon, ports),
        ):
            if line:
                daemon.trouble(line)
            if config.record.enabled:
                journal.recover(Path(config.record.folder).expanduser())
            log.say("begins", version=version("antiphon"), backend=ports.backend)
            while not isinstance(news := _next(daemon), Stop):
                _report(news, ports)
            _let_go_of_the_user()
            log.say(news.reason or "ends", **daemon.status()["counters"])
    if news.reason:
        raise AntiphonError(news.reason)
    return 0


def _welcome(config: Config, daemon: Daemon, ports: Ports) -> AbstractContextManager[object]:
    if config.ports.input != AUTO:
        return nullcontext()

    def found(name: str) -> None:
        daemon.trouble(f"found {name}: listens on it now")

    return Welcome(ports.backend, daemon.plugs.chooser, lambda: not daemon.was_played, found)


def configured(args: argparse.Namespace) -> Config:
    """The configuration file, with the options over it."""
    config = load(args.config)
    ports = {"backend": args.backend, "input": args.input, "output": args.output}
    engine = {"model": args.model, "provider": args.provider}
    record = {"folder": args.record, "enabled": False if args.no_record else None}
    return replace(
        config,
        ports=replace(config.ports, **_given(ports)),
        engine=replace(config.engine, **_given(engine)),
        record=replace(config.record, **_given(record)),
        control=replace(config.control, **_given({"socket": args.socket})),
    )


def _given(options: dict[str, str | bool | None]) -> dict[str, Any]:
    # Any: the parser gives what the setting of that name holds.
    return {name: option for name, option in options.items() if option is not None}


def _heed_signals(daemon: Daemon) -> None:
    def stop(_: int, __: FrameType | None) -> None:
        _let_go_of_the_user()
        daemon.stop()

    def doze(_: int, __: FrameType | None) -> None:
        # Ctrl-Z: nothing must sound for as long as nothing can be ended.
        daemon.deeds["panic"]()
        signal.raise_signal(signal.SIGSTOP)

    for name in ENDING:
        if number := getattr(signal, name, None):
            signal.signal(number, stop)
    if hasattr(signal, "SIGTSTP"):
        signal.signal(signal.SIGTSTP, doze)


def _let_go_of_the_user() -> None:
    """Whatever the end waits for, the user need not: from now on Ctrl-C ends it on the spot.

    By the system itself, whatever hangs here; the guardian sees to the notes.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _next(daemon: Daemon) -> News:
    # Windows runs no signal handler while its main thread waits for ever.
    timeout_s = 0.2 if os.name == "nt" else None
    while True:
        with suppress(queue.Empty):
            return daemon.news.get(timeout=timeout_s)


def _report(news: messages.Ready | messages.Problem, ports: Ports) -> None:
    if isinstance(news, messages.Problem):
        log.say(news.text, logging.WARNING)
        return
    log.say("the performer is ready", **asdict(news))
    sys.stdout.write(
        f"ready: listens on {ports.input.name}, plays on {ports.output.name} ({ports.backend}); "
        f"{news.model} on {news.provider}, {news.step_p50_ms:.2f} ms a step\n"
    )
    sys.stdout.flush()
