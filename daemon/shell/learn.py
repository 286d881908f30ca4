"""`antiphon learn`: knobs, pads and program changes that move controls. Asks the running daemon."""

import argparse
import json
import sys
from contextlib import closing
from typing import Any

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import control, learned
from antiphon.daemon.shell.status import add_socket_arguments, socket_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon learn`."""
    wish = parser.add_mutually_exclusive_group()
    wish.add_argument(
        "target",
        nargs="?",
        metavar="TARGET",
        help="a control, a deed (panic, tap …) or preset: the next knob that moves is for it",
    )
    wish.add_argument("--forget", metavar="TARGET", help="let nothing move it any more")
    wish.add_argument(
        "--map", metavar="NAME", help=f"the knobs of a controller: {', '.join(learned.map_names())}"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_socket_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Learn, forget, or print what was learned; raises `AntiphonError` if no daemon answers."""
    path = socket_path(args)
    if args.target:
        target = learned.checked(args.target)
        if sys.stdin.isatty() and not args.json:
            sys.stderr.write(f"move the knob for {target} (ctrl-C leaves it)\n")
        lesson = {"do": "learn", "target": target}
        with closing(control.hold(path, {"do": "watch"}, lesson)) as changes:
            return _say(args, _taught(changes, target))
    request = {"do": "learn"}
    request |= {name: wish for name in ("forget", "map") if (wish := getattr(args, name))}
    return _say(args, control.ask(path, request)["learned"])


def _taught(changes: Any, target: str) -> dict[str, str]:
    for change in changes:
        if "error" in change:
            raise AntiphonError(str(change["error"]))
        if change.get("moves") == target:
            return {str(change["knob"]): target}
    raise AntiphonError("the daemon ended before a knob was moved")


def _say(args: argparse.Namespace, known: dict[str, str]) -> int:
    lines = (f"{source} moves {target}\n" for source, target in known.items())
    sys.stdout.write(json.dumps(known) + "\n" if args.json else "".join(lines))
    return 0
