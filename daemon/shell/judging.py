"""`antiphon good`, `antiphon bad` and `antiphon forget`: what the player thinks of what was played.

Each tells the control socket; what follows is the performer's business.
"""

import argparse
from functools import partial

from antiphon.daemon.session import control
from antiphon.daemon.shell.handles import Handle, ask_for_json, say
from antiphon.daemon.shell.status import socket_path


def _tell(deed: str, args: argparse.Namespace) -> int:
    return say(args, control.ask(socket_path(args), {"do": deed}), "")


GOOD, BAD, FORGET = (
    Handle(ask_for_json, partial(_tell, deed)) for deed in ("good", "bad", "forget")
)
