"""`antiphon jam`: the daemon and its panel in one command.

A daemon that runs already is only shown, and left running. Otherwise one is started as a child,
which ends with this process, however that ends.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from antiphon.daemon import run
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import app as panel
from antiphon.daemon.panel import terminal
from antiphon.daemon.session import control, sockets
from antiphon.daemon.shell import firststart
from antiphon.daemon.shell.status import socket_path

START_S = 30.0
STOP_S = 10.0
LOOK_EVERY_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon run`, and how to draw."""
    run.add_arguments(parser)
    terminal.add_look_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Play and show until the user leaves; raises `AntiphonError` if the daemon cannot start."""
    look = terminal.look(args)
    path = socket_path(args)
    if sockets.answers(path):
        return panel.show(path, look)
    config = run.configured(args)
    # The daemon has no terminal to ask on.
    chosen = firststart.resolved(config, args.config)[0].ports.input
    args.input = args.input if chosen == config.ports.input else chosen
    with started(command(args, path), path, MonotonicClock()):
        return panel.show(path, look)


def command(args: argparse.Namespace, path: Path) -> list[str]:
    """The command line of the daemon, with the options that were given here."""
    # -P: a file in the current folder must not stand in for a module.
    words = [sys.executable, "-P", "-c", "import sys; from antiphon.daemon.cli import main; "]
    words[-1] += "sys.exit(main())"
    words += ["run", "--socket", str(path)]
    for name in ("config", "backend", "input", "output", "model", "provider", "record"):
        if (value := getattr(args, name)) is not None:
            words += [f"--{name}", str(value)]
    return [*words, "--no-record"] if args.no_record else words


@contextmanager
def started(command: Sequence[str], path: Path, clock: Clock) -> Iterator[None]:
    """A daemon of our own while the context lasts; raises `AntiphonError` with its complaint."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        child = subprocess.Popen(  # noqa: S603 (our own command)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        try:
            _wait_for(child, path, clock)
        except BaseException as error:
            child.terminate()
            _end(child)
            if not isinstance(error, AntiphonError):
                raise
            complaints.seek(0)
            said = complaints.read().strip().rpartition("\n")[2].removeprefix("antiphon: ")
            raise AntiphonError(said or "the daemon did not start") from None
        owning = control.hold(path, {"do": "own"})
        try:
            with closing(owning):
                next(owning, None)
                yield
        finally:
            # It stops because its owner has hung up.
            _end(child)


def _wait_for(child: subprocess.Popen[bytes], path: Path, clock: Clock) -> None:
    end = clock.now() + START_S
    while not sockets.answers(path):
        if clock.now() > end:
            raise AntiphonError(f"the daemon did not start within {START_S:g} s")
        try:
            child.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
        raise AntiphonError("the daemon ended")


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.terminate()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
