"""The small shell handles on a running daemon: `get`, `mode`, `panic` and `stop`.

Each asks the control socket one thing and prints the answer. What a request does is the daemon's
business; a handle checks only what can be told where no daemon runs.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from antiphon.daemon.controls import ALIASES, CONTROLS, nearest, parse
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session import control
from antiphon.daemon.shell.status import add_socket_arguments, socket_path


@dataclass(frozen=True, slots=True)
class Handle:
    """One command: what a module of its own would offer to the command line."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    main: Callable[[argparse.Namespace], int]


def chosen(names: Iterable[str]) -> list[str]:
    """The controls that names and aliases stand for; raises `AntiphonError` naming the nearest."""
    found: list[str] = []
    for name in names:
        known = name.strip().lower()
        targets = ALIASES.get(known, (known,))
        if targets[0] not in CONTROLS:
            raise AntiphonError(f"no control {name!r}{nearest(known, (*CONTROLS, *ALIASES))}")
        found += targets
    return list(dict.fromkeys(found))


def shown(values: Mapping[str, Value]) -> str:
    """Controls as `antiphon set` takes them, one a line."""
    lines = (f"{name}={CONTROLS[name].show(value)}\n" for name, value in values.items())
    return "".join(lines)


def ask_for_json(parser: argparse.ArgumentParser) -> None:
    """The options of a handle that has an answer."""
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_socket_arguments(parser)


def say(args: argparse.Namespace, answer: control.Table, text: str) -> int:
    """Print an answer in words, or as JSON if that was asked for; the exit code."""
    sys.stdout.write(json.dumps(answer) + "\n" if args.json else text)
    return 0


def _get_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="CONTROL", help="which; all if none is given")
    ask_for_json(parser)


def _get(args: argparse.Namespace) -> int:
    names = chosen(args.names)
    values = control.ask(socket_path(args), {"do": "get"})["controls"]
    wanted = {name: values[name] for name in names or values}
    return say(args, wanted, shown(wanted))


def _mode_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="MODE", help=CONTROLS["mode"].expected)
    ask_for_json(parser)


def _mode(args: argparse.Namespace) -> int:
    request: control.Table = {"do": "get"}
    if args.name is not None:
        parse("mode", args.name)
        request = {"do": "set", "values": {"mode": args.name}}
    values = control.ask(socket_path(args), request)["controls"]
    return say(args, {"mode": values["mode"]}, f"{values['mode']}\n")


def _panic(args: argparse.Namespace) -> int:
    return say(args, control.ask(socket_path(args), {"do": "panic"}), "")


def _stop(args: argparse.Namespace) -> int:
    path = socket_path(args)
    until_gone = control.watch(path)
    next(until_gone, None)
    answer: control.Table = {"done": "stop"}
    with suppress(control.HungUpError):
        answer = control.ask(path, {"do": "stop"})
    # It hangs up when all is silent and written, so that a new one may be started after this.
    for _ in until_gone:
        pass
    return say(args, answer, "")


GET = Handle(_get_arguments, _get)
MODE = Handle(_mode_arguments, _mode)
PANIC = Handle(ask_for_json, _panic)
STOP = Handle(ask_for_json, _stop)
