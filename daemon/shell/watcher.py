"""`antiphon watch`: every change of the running daemon, a line each, until it stops.

Prints what the control socket pushes; changes nothing.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from antiphon.daemon import midi
from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.session import control
from antiphon.daemon.shell.status import add_socket_arguments, socket_path

_OF_STATUS = ("controls", "turn", "state", "performer")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon watch`."""
    parser.add_argument("--json", action="store_true", help="print changes as they come, as JSON")
    parser.add_argument("--no-notes", action="store_true", help="leave the notes out")
    add_socket_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Print until the daemon stops; raises `AntiphonError` if none answers."""
    changes = control.watch(socket_path(args))
    if args.no_notes:
        changes = (change for change in changes if "event" not in change)
    for line in map(json.dumps, changes) if args.json else told(changes):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def told(changes: Iterable[control.Table]) -> Iterator[str]:
    """Changes in words; whose turn it is and what is heard only when they are others."""
    latest: dict[str, str] = {}
    for change in changes:
        for line in worded(change):
            kind = line.partition(" ")[0]
            if kind in ("turn", "key", "style") and latest.get(kind) == line:
                continue
            latest[kind] = line
            yield line


def worded(change: control.Table) -> Iterator[str]:
    """A change in words; figures that come all the time are left to `--json`."""
    for name, value in change.get("controls", {}).items():
        yield f"{name}={CONTROLS[name].show(value) if name in CONTROLS else value}"
    if "turn" in change:
        yield f"turn {change['turn']}"
        heard = change.get("state") or {}
        yield from (f"{name} {heard[name]}" for name in ("key", "style") if heard.get(name))
    if performer := change.get("performer"):
        yield f"ready {performer['model']} on {performer['provider']}"
    if "recording" in change:
        yield f"recording {change['recording'] or 'off'}"
    if "kept" in change:
        yield f"kept {change['kept']}"
    if "problem" in change:
        yield f"problem {change['problem']}"
    if "solved" in change:
        yield f"solved {change['solved']}"
    if "status" in change:
        yield from worded({key: change["status"][key] for key in _OF_STATUS})
    if "event" in change:
        yield _event(change["event"])


def _event(event: dict[str, Any]) -> str:
    kind = str(event["is"]).lower()
    if "data" in event:
        return f"{kind} {midi.describe(bytes.fromhex(event['data']))}"
    if "messages" in event:
        return f"planned {len(event['messages'])} messages of plan {event['plan']}"
    return f"{kind} plan {event['plan']}"
