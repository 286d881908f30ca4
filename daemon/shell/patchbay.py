"""`antiphon ports` and `antiphon connect`: the MIDI ports that there are, and which are played on.

Prints, and asks the running daemon to change; opens no port itself.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping

from antiphon.daemon.config import BACKENDS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.backends import choose_backend, port_names
from antiphon.daemon.session import control, sockets
from antiphon.daemon.shell.handles import Handle
from antiphon.daemon.shell.status import add_socket_arguments, socket_path

_WAYS: Mapping[str, str] = {
    "input": "can be listened to",
    "output": "can be played on",
}
_CHOOSABLE: Mapping[str, str] = {
    "input": "listen to the port with NAME in its name; '' is a virtual one",
    "output": "play on the port with NAME in its name; '' is a virtual one",
    "controller": "take knobs from the port with NAME in its name; '' is none",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon ports`."""
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="MIDI back end")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.add_argument("--choose", action="store_true", help="ask which ones to play on")
    add_socket_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Print the ports of one back end; raises `AntiphonError` where none works."""
    if args.choose:
        return _choose(args)
    backend = choose_backend(args.backend)
    inputs, outputs = port_names(backend)
    if args.json:
        content = {"backend": backend, "inputs": inputs, "outputs": outputs}
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return 0
    sys.stdout.write(f"{backend}\n")
    for (way, title), names in zip(_WAYS.items(), (inputs, outputs), strict=True):
        sys.stdout.write(f"\n{title} (antiphon run --{way} PART-OF-NAME):\n")
        sys.stdout.writelines(f"  {name}\n" for name in names or ["(none)"])
    return 0


def _choose(args: argparse.Namespace) -> int:
    if not sys.stdin.isatty():
        raise AntiphonError("--choose asks on a terminal; antiphon connect takes names")
    path = socket_path(args)
    if sockets.answers(path):
        ports = control.ask(path, {"do": "ports"})["ports"]
        wanted = asked(ports["names"], ports, _answer)
        if wanted:
            ports = control.ask(path, {"do": "connect", **wanted})["ports"]
        sys.stdout.write(told(ports))
        return 0
    inputs, outputs = port_names(choose_backend(args.backend))
    virtual = dict.fromkeys(_WAYS, "a virtual port")
    wanted = asked({"input": inputs, "output": outputs}, virtual, _answer)
    options = "".join(f' --{way} "{name}"' for way, name in wanted.items() if name)
    sys.stdout.write(f"no daemon runs; start one with: antiphon run{options}\n")
    return 0


def asked(
    names: Mapping[str, list[str]], now: Mapping[str, str], answer: Callable[[str], str]
) -> dict[str, str]:
    """What the user chooses by number, for each way; nothing for one that stays as it is."""
    chosen = {}
    for way, title in _WAYS.items():
        sys.stdout.write(f"\n{title}; now: {now[way]}\n  0  a virtual port\n")
        sys.stdout.writelines(f"{place:>3}  {name}\n" for place, name in enumerate(names[way], 1))
        while (word := answer(f"{way} (a number; enter leaves it): ").strip()) != "":
            if word.isdecimal() and int(word) <= len(names[way]):
                chosen[way] = ["", *names[way]][int(word)]
                break
            sys.stdout.write(f"a number from 0 to {len(names[way])}, please\n")
    return chosen


def _answer(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""


def told(ports: Mapping[str, object]) -> str:
    """What is played on, a line a port."""
    shown = {way: ports.get(way) for way in ("input", "output", "controller")}
    return "".join(f"{way:<10} {name}\n" for way, name in shown.items() if name)


def _connect_arguments(parser: argparse.ArgumentParser) -> None:
    for way, text in _CHOOSABLE.items():
        parser.add_argument(f"--{way}", metavar="NAME", help=text)
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_socket_arguments(parser)


def _connect(args: argparse.Namespace) -> int:
    wanted = {way: getattr(args, way) for way in _CHOOSABLE if getattr(args, way) is not None}
    request = {"do": "connect", **wanted} if wanted else {"do": "ports"}
    ports = control.ask(socket_path(args), request)["ports"]
    sys.stdout.write(json.dumps(ports) + "\n" if args.json else told(ports))
    return 0


CONNECT = Handle(_connect_arguments, _connect)
