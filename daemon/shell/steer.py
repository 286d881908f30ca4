"""`antiphon set`: change controls of the running daemon. Checks nothing itself: the daemon does."""

import argparse

from antiphon.daemon.controls import ALIASES, CONTROLS, parse, parse_all
from antiphon.daemon.session import control
from antiphon.daemon.shell.handles import ask_for_json, say, shown
from antiphon.daemon.shell.status import socket_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon set`; its help lists the controls."""
    parser.add_argument("pairs", nargs="*", metavar="NAME=VALUE", help="such as style=jazz")
    ask_for_json(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    rows = [f"  {c.name:<18} {c.help} ({c.expected})" for c in CONTROLS.values()]
    rows += [f"  {name:<18} sets {', '.join(targets)}" for name, targets in ALIASES.items()]
    parser.epilog = "controls:\n" + "\n".join(rows)


def main(args: argparse.Namespace) -> int:
    """Set what is given, all or none; with nothing given, print what is set."""
    texts = parse_all(args.pairs)
    for name, text in texts.items():
        # A typing mistake is told even where no daemon runs.
        parse(name, text)
    request = {"do": "set", "values": texts} if texts else {"do": "get"}
    values = control.ask(socket_path(args), request)["controls"]
    return say(args, values, shown(values))
