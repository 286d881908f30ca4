"""The first start, with nothing configured: which keyboard to listen to.

One is taken, of several the user is asked where there is a terminal to ask on.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from antiphon.daemon.config import AUTO, Config, default_path
from antiphon.daemon.configtext import toml_value
from antiphon.daemon.ports.backends import choose_backend, port_names
from antiphon.daemon.ports.keyboards import keyboards, lasting


def resolved(config: Config, path: Path | None) -> tuple[Config, str]:
    """The configuration with its keyboard found, and a line for the user; empty if none is needed.

    Where it is not found, the input is left to be found later. `path` is the configuration file
    that was asked for.
    """
    if config.ports.input != AUTO:
        return config, ""
    backend = choose_backend(config.ports.backend)
    there = keyboards(backend, port_names(backend)[0])
    chosen, line = AUTO, ""
    if len(there) == 1:
        (chosen,) = there
    elif not there:
        line = "no keyboard is plugged in: plug one in, or play into the port antiphon:in"
    elif sys.stdin.isatty() and sys.stdout.isatty():
        chosen = asked(there, path or default_path(), input)
    else:
        names = ", ".join(there)
        line = f"{len(there)} keyboards are there ({names}): choose with --input PART-OF-NAME"
    return replace(config, ports=replace(config.ports, input=chosen)), line


def asked(there: Sequence[str], path: Path, answer: Callable[[str], str]) -> str:
    """What the user chooses of several keyboards, empty for none; remembered where it can be."""
    sys.stdout.write("Which keyboard do you play on?\n")
    sys.stdout.writelines(f"{place:>3}  {name}\n" for place, name in enumerate(there, 1))
    sys.stdout.write("  0  none of them: something that is connected to antiphon:in\n")
    sys.stdout.flush()
    place = 1
    while (word := _word(answer)) != "":
        if word.isdecimal() and int(word) <= len(there):
            place = int(word)
            break
        sys.stdout.write(f"a number from 0 to {len(there)}, please\n")
    chosen = lasting(["", *there][place])
    sys.stdout.write(f"{_remembered(chosen, path)}\n")
    return chosen


def _word(answer: Callable[[str], str]) -> str:
    try:
        return answer("a number (enter takes the first): ").strip()
    except EOFError:
        return ""


def _remembered(chosen: str, path: Path) -> str:
    setting = f"input = {toml_value('input', chosen)}"
    if path.exists():
        return f"to be asked no more, put {setting} under [ports] in {path}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[ports]\n{setting}\n", encoding="utf-8")
    except OSError as error:
        return f"you will be asked again: cannot write {path} ({error.strerror})"
    return f"remembered in {path}"
