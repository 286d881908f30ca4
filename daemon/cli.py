"""The command line: one table of commands. Imports only the module of the command asked for."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NoReturn

from antiphon.daemon.controls import DEEDS, nearest
from antiphon.daemon.errors import AntiphonError
from antiphon.model.errors import ModelError

USER_ERROR = 2
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives: a module, or a part of one as in `module:PART`.

    Either has `add_arguments(parser)` and `main(args) -> int`.
    """

    module: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "run": Command("antiphon.daemon.run", "listen on a MIDI port and answer on another"),
    "jam": Command("antiphon.daemon.panel.jam", "run and panel in one: play, see and steer"),
    "demo": Command(
        "antiphon.daemon.demo.command",
        "a jam without MIDI hardware: played, drawn, rendered",
    ),
    "status": Command("antiphon.daemon.shell.status", "how the running daemon is doing"),
    "set": Command(
        "antiphon.daemon.shell.steer", "change controls of the running daemon, as in style=jazz"
    ),
    "get": Command("antiphon.daemon.shell.handles:GET", "print controls of the running daemon"),
    "mode": Command("antiphon.daemon.shell.handles:MODE", "print or change how it plays along"),
    "watch": Command("antiphon.daemon.shell.watcher", "print every change of the running daemon"),
    "panel": Command("antiphon.daemon.panel.app", "see and steer the running daemon, full screen"),
    "preset save": Command("antiphon.daemon.shell.presets:SAVE", "keep the controls under a name"),
    "preset load": Command("antiphon.daemon.shell.presets:LOAD", "set the controls of a preset"),
    "preset morph": Command(
        "antiphon.daemon.shell.presets:MORPH", "set what lies between two presets"
    ),
    "preset remove": Command("antiphon.daemon.shell.presets:REMOVE", "delete a preset"),
    "preset list": Command("antiphon.daemon.shell.presets:LIST", "list the presets"),
    "panic": Command("antiphon.daemon.shell.handles:PANIC", "silence everything at once"),
    "record": Command(
        "antiphon.daemon.shell.recording:RECORD", "start or end the recording of the running daemon"
    ),
    "keep": Command("antiphon.daemon.shell.recording:KEEP", DEEDS["keep"]),
    "tap": Command("antiphon.daemon.shell.tapping", "tap the beat with the enter key"),
    "good": Command("antiphon.daemon.shell.judging:GOOD", DEEDS["good"]),
    "bad": Command("antiphon.daemon.shell.judging:BAD", DEEDS["bad"]),
    "forget": Command("antiphon.daemon.shell.judging:FORGET", DEEDS["forget"]),
    "stop": Command(
        "antiphon.daemon.shell.handles:STOP", "stop the running daemon, wait for its end"
    ),
    "replay": Command("antiphon.daemon.shell.replaying", "run a recorded jam again, and compare"),
    "sessions": Command("antiphon.daemon.shell.sessions", "list the jams that were recorded"),
    "sessions export": Command(
        "antiphon.daemon.shell.sessions:EXPORT", "the machine's part of a jam as a MIDI file"
    ),
    "show": Command("antiphon.daemon.show.command", "a picture and a page of a recorded jam"),
    "completion": Command(
        "antiphon.daemon.shell.completion", "print what completes commands in bash, zsh or fish"
    ),
    "reference": Command(
        "antiphon.daemon.shell.reference",
        "commands, controls, settings, keys and OSC addresses, as Markdown",
    ),
    "ports": Command("antiphon.daemon.shell.patchbay", "list the MIDI ports that there are"),
    "connect": Command(
        "antiphon.daemon.shell.patchbay:CONNECT", "change the ports of the running daemon"
    ),
    "learn": Command(
        "antiphon.daemon.shell.learn", "touch a control, move a knob: it moves it from now on"
    ),
    "doctor": Command(
        "antiphon.daemon.shell.doctor", "check this machine and say what to do about failures"
    ),
    "bench": Command("antiphon.daemon.bench.command", "measure speed on this machine"),
    "events": Command(
        "antiphon.daemon.shell.transcript", "print a MIDI file as the model's events, and back"
    ),
    "analyse": Command(
        "antiphon.daemon.desk.cli.analyse",
        "what is in a piece: key, chords, beats, form, motifs, style; a page and JSON",
    ),
    "score": Command(
        "antiphon.daemon.desk.cli.score", "a piece or an improvisation as notation: MusicXML, PDF"
    ),
    "continue": Command("antiphon.daemon.desk.cli.go_on", "go on from a piece for some bars"),
    "ideas": Command(
        "antiphon.daemon.desk.cli.ideas",
        "a dozen melodies, chords, rhythms or phrases to begin with",
    ),
    "vary": Command("antiphon.daemon.desk.cli.vary", "vary a piece or some bars, by an amount"),
    "correct": Command(
        "antiphon.daemon.desk.cli.correct", "find what is probably wrong in a piece, and mend it"
    ),
    "text": Command(
        "antiphon.daemon.desk.cli.text", "music as text, as in C4:0,1, and text as a MIDI file"
    ),
    "model prepare": Command(
        "antiphon.model.prepare", "turn folders of MIDI files into training data"
    ),
    "model train": Command("antiphon.model.train", "train a model, or go on with one"),
    "model beats": Command("antiphon.model.metre", "train the network that reads the beat"),
    "model styles": Command("antiphon.model.recognition", "fit what tells the styles apart"),
    "model baseline": Command(
        "antiphon.model.baselines.command", "train or measure what a model has to beat"
    ),
    "evaluate": Command("antiphon.export.evaluate", "measure a model on held-out pieces"),
    "evaluate turns": Command(
        "antiphon.export.turntaking", "judge when turns are taken, on recorded performances"
    ),
    "evaluate beats": Command(
        "antiphon.export.beats", "judge the beat tracker against annotated beats"
    ),
    "evaluate desk": Command(
        "antiphon.export.desk.command", "judge what the desk hears and does, on held-out pieces"
    ),
    "evaluate trading": Command(
        "antiphon.export.trading", "judge where it enters when bars are traded, by true beats"
    ),
    "export": Command("antiphon.export.write", "turn a trained model into ONNX"),
    "restore": Command(
        "antiphon.export.restore", "turn an exported model back into a checkpoint to train on from"
    ),
    "parity": Command("antiphon.export.parity", "check exported models against the trained one"),
}

_TRAINING_PACKAGES = {"torch", "matplotlib", "onnx", "tqdm"}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other mistake of the user's."""

    def error(self, message: str) -> NoReturn:
        raise AntiphonError(f"{message} (see {self.prog} --help)")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()
        super().exit(status, message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 with one line on stderr for what the user can mend."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
        # A pipe that was closed must be noticed here: at exit Python itself would complain.
        sys.stdout.flush()
        return status
    except (AntiphonError, ModelError) as error:
        sys.stderr.write(f"antiphon: {' '.join(str(error).split())}\n")
        return USER_ERROR
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _TRAINING_PACKAGES:
            raise
        sys.stderr.write(f"antiphon: this needs {package}: pip install 'antiphon[train]'\n")
        return USER_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: Sequence[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview(COMMANDS))
        return 0 if words else USER_ERROR
    if words[0] == "--version":
        sys.stdout.write(f"antiphon {version('antiphon')}\n")
        return 0
    name, rest = split(words)
    understood, main = parser(name)
    return main(understood.parse_args(rest))


def parser(name: str) -> tuple[argparse.ArgumentParser, Callable[[argparse.Namespace], int]]:
    """What reads the options of a command, and what runs it; imports the command's module."""
    command = COMMANDS[name]
    place, _, part = command.module.partition(":")
    # Any: a module, or what of it looks like one.
    module: Any = importlib.import_module(place)
    if part:
        module = getattr(module, part)
    made = _Parser(prog=f"antiphon {name}", description=command.help)
    module.add_arguments(made)
    return made, module.main


def split(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The command that the words begin with, and the rest; raises `AntiphonError` for none."""
    for length in (2, 1):
        name = " ".join(words[:length])
        if name in COMMANDS:
            return name, words[length:]
    family = {
        name: command for name, command in COMMANDS.items() if name.startswith(words[0] + " ")
    }
    if family:
        raise AntiphonError(f"{words[0]} takes one of: {', '.join(n.split()[1] for n in family)}")
    raise AntiphonError(
        f"no command {words[0]!r}{nearest(words[0], COMMANDS)} (see antiphon --help)"
    )


def _overview(commands: Mapping[str, Command]) -> str:
    width = max(len(name) for name in commands)
    lines = [f"  {name:<{width}}  {command.help}" for name, command in commands.items()]
    return "usage: antiphon COMMAND [options]   (antiphon COMMAND --help tells more)\n\n" + (
        "\n".join(lines) + "\n"
    )
