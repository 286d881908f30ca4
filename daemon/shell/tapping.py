"""`antiphon tap`: tap the beat with the enter key. The daemon takes the time of each tap."""

import argparse
import sys

from antiphon.daemon.session import control
from antiphon.daemon.shell.handles import ask_for_json, say
from antiphon.daemon.shell.status import socket_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon tap`."""
    ask_for_json(parser)


def main(args: argparse.Namespace) -> int:
    """Tap at each line of standard input until its end; raises `AntiphonError` without a daemon."""
    path = socket_path(args)
    control.ask(path, {"do": "get"})
    if sys.stdin.isatty():
        sys.stdout.write("press enter on each beat, ctrl-d when done\n")
        sys.stdout.flush()
    for _ in sys.stdin:
        tempo = control.ask(path, {"do": "tap"}).get("tempo_bpm")
        say(args, {"tempo_bpm": tempo}, f"{tempo or '-'}\n")
        sys.stdout.flush()
    return 0
