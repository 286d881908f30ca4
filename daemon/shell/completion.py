"""`antiphon completion`: what could be typed next, and the scripts by which a shell asks for it.

The scripts only carry words to and fro: what could stand where is found here, from the commands,
controls, presets and sessions that there are at that moment.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon import cli, presets
from antiphon.daemon.config import load
from antiphon.daemon.controls import ALIASES, CONTROLS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.shell import grammar, sessions
from antiphon.daemon.shell.grammar import Argument, Usage

FILES: Final = ":files"
FOLDERS: Final = ":folders"
"""Told instead of words where the shell itself knows best."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that could stand there, and what it is for."""

    word: str
    help: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon completion`."""
    parser.add_argument("shell", nargs="?", choices=tuple(SCRIPTS), help="print the script for it")
    parser.add_argument(
        "--of",
        nargs=argparse.REMAINDER,
        metavar="WORD",
        help="print what could stand in place of the last WORD, as the scripts ask for it",
    )


def main(args: argparse.Namespace) -> int:
    """Print a script, or candidates; raises `AntiphonError` if neither was asked for."""
    if args.of is not None:
        for candidate in candidates(args.of or [""]):
            sys.stdout.write(f"{candidate.word}\t{candidate.help}\n")
        return 0
    if args.shell is None:
        raise AntiphonError(f"name a shell: antiphon completion {'|'.join(SCRIPTS)}")
    sys.stdout.write(SCRIPTS[args.shell])
    return 0


def candidates(words: Sequence[str]) -> Iterator[Candidate]:
    """What could stand in place of the last of the words after `antiphon`."""
    *before, word = words
    return (found for found in _fitting(before, word) if _fits(found, word))


def _fits(found: Candidate, word: str) -> bool:
    return found.word in (FILES, FOLDERS) or found.word.startswith(word)


def _fitting(before: Sequence[str], word: str) -> Iterator[Candidate]:
    families = grammar.families()
    if not before:
        yield from _commands(families)
        yield from map(Candidate, ("--help", "--version"))
        return
    if len(before) == 1:
        for second in families.get(before[0], ()):
            yield Candidate(second, cli.COMMANDS[f"{before[0]} {second}"].help)
    try:
        name, typed = cli.split(before)
    except AntiphonError:
        return
    usage = grammar.usage(name)
    options = {text: option for option in usage.options for text in option.names}
    option, equals, _ = word.partition("=")
    if typed and typed[-1] in options and options[typed[-1]].value:
        yield from _values(options[typed[-1]])
    elif equals and option in options:
        for value in _values(options[option]):
            yield Candidate(f"{option}={value.word}", value.help)
    else:
        if place := _place(usage, typed, options):
            yield from _values(place, word)
        if word.startswith("-") or place is None:
            yield from (Candidate(option.names[-1], option.help) for option in usage.options)


def _commands(families: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    for first in dict.fromkeys(name.partition(" ")[0] for name in cli.COMMANDS):
        command = cli.COMMANDS.get(first)
        yield Candidate(first, command.help if command else ", ".join(families[first]))


def _place(usage: Usage, typed: Iterable[str], options: Mapping[str, Argument]) -> Argument | None:
    """The word without a name whose turn it is."""
    count, is_value = 0, False
    for text in typed:
        if is_value:
            is_value = False
        elif text.startswith("-"):
            is_value = text in options and bool(options[text].value)
        else:
            count += 1
    if count < len(usage.words):
        return usage.words[count]
    return usage.words[-1] if usage.words and usage.words[-1].repeats else None


def _values(argument: Argument, word: str = "") -> Iterator[Candidate]:
    if argument.value == grammar.SETTING:
        yield from _settings(word.partition("=")[0] if "=" in word else "")
    elif argument.words:
        yield from map(Candidate, argument.words)
    elif argument.value in LISTED:
        yield from map(Candidate, LISTED[argument.value]())
    elif argument.value == grammar.FOLDER:
        yield Candidate(FOLDERS)
    elif argument.value in (grammar.FILE, "FILE"):
        yield Candidate(FILES)


def _settings(name: str) -> Iterator[Candidate]:
    """The values of a control, or without a name the beginnings of all."""
    if name in CONTROLS:
        control = CONTROLS[name]
        for value in (*control.choices, control.unset):
            if value:
                yield Candidate(f"{name}={value}", control.help)
    elif not name:
        yield from (Candidate(f"{control.name}=", control.help) for control in CONTROLS.values())
        for alias, targets in ALIASES.items():
            yield Candidate(f"{alias}=", f"sets {', '.join(targets)}")


def _presets() -> Iterable[str]:
    return presets.names(presets.folder())


def _sessions() -> Iterable[str]:
    parent = Path(load(None).record.folder).expanduser()
    return [folder.name for folder in sessions.folders(parent)]


LISTED: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "PRESET": _presets,
    "SESSION": _sessions,
}
"""What there is at this moment, by the name of the argument."""

_BASH = r"""# Completion of antiphon for bash, printed by: antiphon completion bash
_antiphon_paths() {
    local line
    # Bash 3.2 has no compopt: there, a folder gets a space behind it.
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$1" -- "$2")
}
_antiphon() {
    local words=() line found place current
    # The shell cuts at "=": put together what belongs together.
    for ((place = 1; place <= COMP_CWORD; place++)); do
        current=${COMP_WORDS[place]}
        if [[ $current == "=" || ${COMP_WORDS[place - 1]} == "=" ]] && ((${#words[@]})); then
            words[${#words[@]} - 1]+=$current
        else
            words+=("$current")
        fi
    done
    current=${COMP_WORDS[COMP_CWORD]}
    [[ $current == "=" ]] && current=
    COMPREPLY=()
    while IFS= read -r line; do
        found=${line%%$'\t'*}
        case $found in
            :files) _antiphon_paths -f "$current" ;;
            :folders) _antiphon_paths -d "$current" ;;
            *=) compopt -o nospace 2>/dev/null; COMPREPLY+=("$found") ;;
            # Only what stands after "=" is replaced.
            *=*) COMPREPLY+=("${found#*=}") ;;
            *) COMPREPLY+=("$found") ;;
        esac
    done < <(antiphon completion --of "${words[@]}" 2>/dev/null)
}
complete -F _antiphon antiphon
"""

_ZSH = r"""#compdef antiphon
# Completion of antiphon for zsh, printed by: antiphon completion zsh
_antiphon() {
    local line word
    local -a closed open
    for line in "${(@f)$(antiphon completion --of "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        word=${line%%$'\t'*}
        case $word in
            '') ;;
            :files) _files ;;
            :folders) _files -/ ;;
            *=) open+=("${word//:/\\:}:${line#*$'\t'}") ;;
            *) closed+=("${word//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    (($#open)) && _describe -t controls control open -S ''
    (($#closed)) && _describe -t words word closed
}
if [[ $funcstack[1] == _antiphon ]]; then
    _antiphon "$@"
else
    compdef _antiphon antiphon
fi
"""

_FISH = r"""# Completion of antiphon for fish, printed by: antiphon completion fish
function __antiphon_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (antiphon completion --of $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path "$current"
            case ':folders*'
                __fish_complete_directories "$current"
            case '*'
                echo -- $line
        end
    end
end
complete -c antiphon -f -a '(__antiphon_complete)'
"""

SCRIPTS: Final[Mapping[str, str]] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
