"""What can be typed: every command with its arguments, read from the parsers themselves.

Completion and the reference are made of it, so that neither can say anything else than the program.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon import cli
from antiphon.daemon.controls import ALIASES, CONTROLS

FILE: Final = "PATH"
FOLDER: Final = "FOLDER"
SETTING: Final = "NAME=VALUE"

KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "CONTROL": (*CONTROLS, *ALIASES),
    "MODE": CONTROLS["mode"].choices,
    "STYLE": CONTROLS["style"].choices,
}
"""What an argument of that name can be, where its parser leaves the check to others."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One option, or one word without a name (`names` is empty).

    `value` names what it takes, empty for a switch; `words` are all that it can be, if that is
    known.
    """

    names: tuple[str, ...]
    value: str
    words: tuple[str, ...]
    help: str
    required: bool
    repeats: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """One command; no arguments are known of one that needs packages which are not installed."""

    name: str
    help: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        """The arguments that have a name."""
        return tuple(argument for argument in self.arguments if argument.names)

    @property
    def words(self) -> tuple[Argument, ...]:
        """Those that go by their place."""
        return tuple(argument for argument in self.arguments if not argument.names)


def usages() -> Iterator[Usage]:
    """Every command, in the order of the table."""
    return map(usage, cli.COMMANDS)


def usage(name: str) -> Usage:
    """One command."""
    text = cli.COMMANDS[name].help
    try:
        parser, _ = cli.parser(name)
    except ModuleNotFoundError:
        return Usage(name, text, ())
    # No way but this to ask a parser what it takes.
    actions = parser._actions  # noqa: SLF001
    return Usage(name, text, tuple(_argument(parser, action) for action in actions))


def families() -> Mapping[str, tuple[str, ...]]:
    """The first words of commands of two, and what can follow them."""
    found: dict[str, tuple[str, ...]] = {}
    for name in cli.COMMANDS:
        first, _, second = name.partition(" ")
        if second:
            found[first] = (*found.get(first, ()), second)
    return found


def _argument(parser: argparse.ArgumentParser, action: argparse.Action) -> Argument:
    value = "" if action.nargs == 0 else _value(action)
    words = tuple(str(choice) for choice in action.choices or ()) or KNOWN.get(value, ())
    # `%(default)s` and the like are filled in as in the help.
    text = parser._get_formatter()._expand_help(action) if action.help else ""  # noqa: SLF001
    names = tuple(action.option_strings)
    repeats = action.nargs in ("*", "+")
    return Argument(names, value, words, text, action.required, repeats)


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.type is Path:
        return FILE
    return action.dest.upper()
