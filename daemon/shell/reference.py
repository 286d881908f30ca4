"""`antiphon reference`: every command, control, setting, key and OSC address, as Markdown.

Made from the tables in the code. The pages in docs/reference are this text, as a test holds.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.config import Config
from antiphon.daemon.configtext import explain, toml_value
from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS, Control, Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.shell import grammar
from antiphon.daemon.shell.grammar import Argument, Usage

MADE: Final = "*Made from the program by `antiphon reference --out docs/reference`; do not edit.*"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon reference`."""
    parser.add_argument("page", nargs="?", choices=tuple(PAGES), help="which; all without it")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--out", type=Path, metavar="FOLDER", help="write a file a page there")
    how.add_argument("--json", action="store_true", help="print as JSON, text by page")


def main(args: argparse.Namespace) -> int:
    """Print the pages, or write them; raises `AntiphonError` where they cannot be written."""
    pages = {name: PAGES[name]() for name in ([args.page] if args.page else PAGES)}
    paths = {name: (args.out or Path()) / f"{name}.md" for name in pages}
    if args.out is None:
        sys.stdout.write(json.dumps(pages) + "\n" if args.json else "\n".join(pages.values()))
        return 0
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            paths[name].write_text(text, encoding="utf-8")
    except OSError as error:
        raise AntiphonError(f"cannot write to {args.out}: {error.strerror}") from None
    sys.stdout.write(f"wrote {', '.join(map(str, paths.values()))}\n")
    return 0


def commands() -> str:
    """Every command with its arguments."""
    return _page("Commands", (line for usage in grammar.usages() for line in _command(usage)))


def controls() -> str:
    """What can be steered while it plays, and what can be done at any moment."""
    return _page("Controls", _controls())


def settings() -> str:
    """What stands in the configuration file."""
    return _page("Settings", _settings())


def panel() -> str:
    """What the keys of the panel do."""
    from antiphon.daemon.panel.layout import HELP

    rows = [(f"`{keys}`" if keys else "", what) for keys, what in HELP if what]
    return _page("Keys of the panel", _table(("key", "what"), rows))


def osc() -> str:
    """The addresses of OSC, and what stands at them."""
    return _page("OSC", _osc())


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *lines]).rstrip() + "\n"


def _command(usage: Usage) -> Iterator[str]:
    words = " ".join(_written(argument) for argument in usage.words)
    yield from (f"## antiphon {usage.name}", "", f"{_sentence(usage.help)}", "")
    yield from ("```text", f"antiphon {usage.name} {words}".rstrip() + " [options]", "```", "")
    rows = [
        (f"`{_named(argument)}`", argument.help + _words(argument))
        for argument in usage.arguments
        if "--help" not in argument.names
    ]
    yield from _table(("", "what"), rows)


def _controls() -> Iterator[str]:
    defaults = Controls()
    yield from (
        "Set them in the shell (`antiphon set style=jazz`), in the panel, by MIDI, by OSC, or for",
        "the start of a run under `[controls]` in `config.toml`.",
        "",
    )
    rows = [
        (f"`{name}`", control.help, control.expected, f"`{_default(control, defaults)}`")
        for name, control in CONTROLS.items()
    ]
    yield from _table(("control", "what", "expected", "at first"), rows)
    for name, targets in ALIASES.items():
        yield f"`{name}` sets {', '.join(f'`{target}`' for target in targets)} at once."
    yield from ("", "## Deeds", "", "What can be done at any moment:", "")
    yield from _table(("deed", "what"), [(f"`{name}`", what) for name, what in DEEDS.items()])


def _default(control: Control, defaults: Controls) -> str:
    return control.show(getattr(defaults, control.name))


def _settings() -> Iterator[str]:
    config = Config()
    yield from (
        "Copy [config.toml](../../config.toml) to `~/.config/antiphon/config.toml`, and keep what",
        "you change. What is not named keeps its default. Unknown names are errors, and the",
        "nearest known one is told.",
        "",
    )
    for section in fields(Config):
        part = getattr(config, section.name)
        summary = (type(part).__doc__ or "").partition("\n")[0]
        yield from (f"## [{section.name}]", "", summary, "")
        if isinstance(part, Controls):
            yield from ("What each [control](controls.md) is at the start of a run.", "")
            continue
        rows = [
            (f"`{setting.name}`", explain(setting), f"`{_toml(part, setting.name)}`")
            for setting in fields(part)
        ]
        yield from _table(("setting", "what", "default"), rows)


def _osc() -> Iterator[str]:
    # Here, as the panel above: the other commands need none of it.
    from antiphon.daemon.osc.tree import SENT, STATUSES, TAKEN, Branch

    def rows(branches: Iterable[Branch]) -> Iterator[tuple[str, ...]]:
        return ((f"`{branch.address}`", branch.args, branch.help) for branch in branches)

    yield from (
        "How to switch it on, and how to use it from other programs: [OSC](../how-to/osc.md).",
        "`NAME` is that of a [control](controls.md), `temperature` for all three, or of a value",
        "of the status.",
        "",
        "## What you may send",
        "",
    )
    yield from _table(("address", "with", "what"), rows(TAKEN))
    yield from ("## What it sends", "")
    yield from _table(("address", "with", "what"), rows(SENT))
    yield from ("## Values of the status", "")
    shown = ((f"`/antiphon/status/{name}`", figure.help) for name, figure in STATUSES.items())
    yield from _table(("address", "what"), shown)


def _toml(part: Any, name: str) -> str:
    return toml_value(name, getattr(part, name))


def _written(argument: Argument) -> str:
    text = "|".join(argument.words) if 0 < len(argument.words) <= 3 else argument.value
    text += " …" if argument.repeats else ""
    return text if argument.required else f"[{text}]"


def _named(argument: Argument) -> str:
    return " ".join([", ".join(argument.names), argument.value]).strip()


def _words(argument: Argument) -> str:
    return f": {', '.join(argument.words)}" if argument.words else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [*rows]
    if not lines:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in lines:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands,
    "controls": controls,
    "settings": settings,
    "panel": panel,
    "osc": osc,
}
