"""What kind of terminal the panel is on, and keys of the kitty protocol read from it."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import kitty
from antiphon.daemon.panel.kitty import Action, Stroke
from antiphon.daemon.panel.looks import ASCII, BLOCKS, Look

_PLAIN_TERMINALS = ("linux", "vt100", "vt220", "ansi")
"""Their fonts lack some block characters, and they may print what they do not know."""


def add_look_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say how to draw."""
    parser.add_argument("--ascii", action="store_true", help="draw with plain ASCII characters")


def look(args: argparse.Namespace) -> Look:
    """How to draw here: in ASCII if asked for, or if the terminal can do no more.

    Raises `AntiphonError` for a terminal that no panel can be shown on.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AntiphonError("the panel needs a terminal; antiphon watch tells the same in lines")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise AntiphonError("this terminal can show no panel; antiphon watch tells the same")
    # Without colours the two parts must differ by their characters.
    colourless = ColorDepth.from_env() == ColorDepth.DEPTH_1_BIT
    is_plain = args.ascii or colourless or not draws_blocks(os.environ, sys.stdout.encoding)
    return ASCII if is_plain else BLOCKS


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether a terminal can do little, as far as its environment tells."""
    return environment.get("TERM") in _PLAIN_TERMINALS


def draws_blocks(environment: Mapping[str, str], encoding: str) -> bool:
    """Whether a terminal shows more than ASCII, as far as its environment tells.

    Python itself takes the C locale for UTF-8, so that its encoding alone does not.
    """
    named = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    charset = next((name for name in named if name), encoding)
    is_utf8 = all(name.lower().replace("-", "").endswith("utf8") for name in (charset, encoding))
    return is_utf8 and not is_plain(environment)


def read_strokes(source: Input) -> bool:
    """Have a terminal's input read the kitty protocol too; whether it is a terminal's.

    `kitty.read` reads what became of a key from the data of the key press.
    """
    parser = getattr(source, "vt100_parser", None)
    if not isinstance(parser, Vt100Parser):
        return False
    source.vt100_parser = StrokeParser(parser.feed_key_callback)  # type: ignore[attr-defined]
    return True


class StrokeParser(Vt100Parser):
    """Reads the sequences of the kitty protocol, and leaves the others to prompt_toolkit."""

    def __init__(self, feed_key_callback: Callable[[KeyPress], None]) -> None:
        super().__init__(feed_key_callback)
        self._unfinished = ""
        self._down: dict[str, str] = {}

    def feed(self, data: str) -> None:
        """Take in what was read."""
        data = self._unfinished + data
        cut = kitty.UNFINISHED.search(data)
        self._unfinished = cut.group() if cut else ""
        data = data[: cut.start()] if cut else data
        place = 0
        for found in kitty.SEQUENCE.finditer(data):
            super().feed(data[place : found.start()])
            self._say(found.group())
            place = found.end()
        super().feed(data[place:])

    def flush(self) -> None:
        """Nothing more will come for a while: what is unfinished was meant so."""
        unfinished, self._unfinished = self._unfinished, ""
        super().feed(unfinished)
        super().flush()

    def _say(self, sequence: str) -> None:
        said = kitty.read(sequence)
        if not isinstance(said, Stroke):
            self.feed_key_callback(KeyPress(Keys.Ignore, sequence))
            return
        # By the name it was pressed with: shift may have been let go meanwhile.
        name = said.name
        if said.action is Action.RELEASE:
            name = self._down.pop(said.code, name)
        elif name:
            self._down[said.code] = name
        if name:
            key = name if len(name) == 1 else Keys(name)
            self.feed_key_callback(KeyPress(key, sequence))
