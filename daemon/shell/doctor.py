"""`antiphon doctor`: is this machine ready to play, and what to do about what is not."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from antiphon.daemon.config import Config, load
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.shell import bundle, checks, loudspeaker, surroundings
from antiphon.daemon.shell.checks import Check, Finding, Level
from antiphon.daemon.shell.sessions import chosen

CHECKS: Final = (
    Check("program", surroundings.look_at_program),
    Check("configuration", surroundings.look_at_configuration),
    Check("MIDI back end", checks.look_at_backends),
    Check("MIDI server", surroundings.look_at_servers),
    Check("ports", checks.look_at_ports),
    Check("keyboard", checks.look_at_keyboards),
    Check("ONNX Runtime", checks.look_at_runtime),
    Check("model", checks.look_at_model),
    Check("timing", checks.look_at_timing),
    Check("priority", surroundings.look_at_priority),
    Check("processor", surroundings.look_at_processor),
    Check("sound", loudspeaker.look_at_sound),
    Check("sound of demos", loudspeaker.look_at_demos),
    Check("terminal", surroundings.look_at_terminal),
    Check("recording", checks.look_at_recording),
    Check("daemon", checks.look_at_daemon),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon doctor`."""
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="write it all into a zip for a bug report, without what you played",
    )
    parser.add_argument(
        "--with-jam",
        dest="session",
        metavar="SESSION",
        help="put that jam into it too: 'last', or a session's name or folder",
    )


def main(args: argparse.Namespace) -> int:
    """Look at everything; 0 unless something fails, then 1."""
    if args.session and not args.bundle:
        raise AntiphonError("--with-jam goes with --bundle: antiphon doctor --bundle FILE")
    try:
        config = load(args.config)
    except AntiphonError as error:
        # A doctor is asked when things are broken: the rest is looked at all the same.
        sys.stderr.write(f"antiphon: {error}\n")
        config = Config()
    findings = [(check.name, examine(check, config)) for check in CHECKS]
    sys.stdout.write(as_json(findings) if args.json else as_text(findings))
    if args.bundle:
        _bundle(args, config, findings)
    return int(any(finding.level is Level.FAIL for _, finding in findings))


def examine(check: Check, config: Config) -> Finding:
    """What a check finds; whatever stops it is a finding too."""
    try:
        return check.look(config)
    except AntiphonError as error:
        return Finding(Level.FAIL, "does not work", str(error))
    except Exception as error:  # a doctor that dies of what it finds is of no use
        return Finding(Level.FAIL, f"{type(error).__name__}: {error}", "please report this")


def as_text(findings: Sequence[tuple[str, Finding]]) -> str:
    """One line for each finding, and one below it saying what to do."""
    width = max(len(name) for name, _ in findings)
    lines = []
    for name, finding in findings:
        lines.append(f"{finding.level.value:<5} {name:<{width}}  {finding.found}\n")
        if finding.advice:
            lines.append(f"{'':<5} {'':<{width}}  -> {finding.advice}\n")
    return "".join(lines)


def as_json(findings: Sequence[tuple[str, Finding]]) -> str:
    """The same for programs."""
    content = [
        {"name": name, **asdict(finding), "level": finding.level.value}
        for name, finding in findings
    ]
    return json.dumps(content, indent=2) + "\n"


def _bundle(
    args: argparse.Namespace, config: Config, findings: Sequence[tuple[str, Finding]]
) -> None:
    jam = None
    if args.session:
        args.session = None if args.session == "last" else args.session
        jam = chosen(args)
    names = bundle.write(args.bundle, bundle.contents(config, args.config, as_text(findings), jam))
    # What was asked for as JSON stays JSON.
    target = sys.stderr if args.json else sys.stdout
    target.write(
        f"\nwrote {args.bundle} with {', '.join(names)}; paths, user and host are taken out, the "
        "names of your ports are not: look into it before you send it\n"
    )
