"""`antiphon record` and `antiphon keep`: what of a running jam is written down.

Asks the control socket and prints the answer; the recording itself is the daemon's.
"""

import argparse

from antiphon.daemon.session import control
from antiphon.daemon.shell.handles import Handle, ask_for_json, say
from antiphon.daemon.shell.status import socket_path

_SWITCH = {None: {}, "on": {"on": True}, "off": {"on": False}}


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "switch",
        nargs="?",
        choices=("on", "off"),
        help="start a recording, or end it; says which there is if neither is given",
    )
    ask_for_json(parser)


def _record(args: argparse.Namespace) -> int:
    answer = control.ask(socket_path(args), {"do": "record", **_SWITCH[args.switch]})
    folder = answer["recording"]
    return say(args, answer, f"recording in {folder}\n" if folder else "not recording\n")


def _keep(args: argparse.Namespace) -> int:
    answer = control.ask(socket_path(args), {"do": "keep"})
    return say(args, answer, f"kept in {answer['kept']}\n")


RECORD = Handle(_record_arguments, _record)
KEEP = Handle(ask_for_json, _keep)
