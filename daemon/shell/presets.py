"""`antiphon preset`: presets saved, loaded, morphed, removed and listed from the shell."""

import argparse
import json
import sys
from collections.abc import Mapping

from antiphon.daemon import presets
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import control
from antiphon.daemon.shell.handles import Handle, ask_for_json, say, shown
from antiphon.daemon.shell.status import socket_path


def _named_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="PRESET", help="letters, digits, - and _")
    ask_for_json(parser)


def _name_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="PRESET", help="which")
    _list_arguments(parser)


def _morph_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="PRESET", help="the one at 0")
    parser.add_argument("second", metavar="PRESET", help="the one at 1")
    parser.add_argument("share", metavar="SHARE", type=float, help="how far from one to the other")
    ask_for_json(parser)


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def _save(args: argparse.Namespace) -> int:
    name = presets.checked(args.name)
    values = control.ask(socket_path(args), {"do": "get"})["controls"]
    path = presets.save(presets.folder(), name, values)
    return say(args, {"preset": name, "file": str(path)}, f"wrote {path}\n")


def _load(args: argparse.Namespace) -> int:
    return _set(args, presets.load(presets.folder(), args.name))


def _remove(args: argparse.Namespace) -> int:
    presets.remove(presets.folder(), args.name)
    return say(args, {"removed": args.name}, "")


def _morph(args: argparse.Namespace) -> int:
    if not 0.0 <= args.share <= 1.0:
        raise AntiphonError(f"{args.share} is not a number from 0 to 1")
    return _set(args, presets.between(presets.folder(), args.first, args.second, args.share))


def _set(args: argparse.Namespace, texts: Mapping[str, str]) -> int:
    values = control.ask(socket_path(args), {"do": "set", "values": dict(texts)})["controls"]
    return say(args, values, shown(values))


def _list(args: argparse.Namespace) -> int:
    found = presets.names(presets.folder())
    sys.stdout.write(json.dumps(found) + "\n" if args.json else "".join(f"{n}\n" for n in found))
    return 0


SAVE = Handle(_named_arguments, _save)
LOAD = Handle(_named_arguments, _load)
MORPH = Handle(_morph_arguments, _morph)
REMOVE = Handle(_name_arguments, _remove)
LIST = Handle(_list_arguments, _list)
