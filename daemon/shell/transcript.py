"""``antiphon events``: a MIDI file as the model's events in text, and text back as a MIDI file.

Here a file is heard as the daemon hears ports: the same reader, the same context.
"""

import argparse
import sys
from pathlib import Path

from antiphon.daemon import midi, smf
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.context import Context
from antiphon.model import midifile, notation
from antiphon.model.events import MACHINE, PLAYER, Event

MIDI_ENDINGS = (".mid", ".midi")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("file", type=Path, help="a MIDI file, or events in text")
    parser.add_argument(
        "--out", type=Path, help="where to write; a MIDI file's events are printed without it"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if args.file.suffix.lower() in MIDI_ENDINGS:
        text = notation.text(heard(smf.read(args.file)))
        if args.out is None:
            sys.stdout.write(text)
        elif args.out.suffix.lower() in MIDI_ENDINGS:
            raise AntiphonError(f"{args.out}: events are text; name a file that ends in .txt")
        else:
            _save(args.out, text.encode())
        return 0
    events = notation.read(args.file)
    if args.out is None or args.out.suffix.lower() not in MIDI_ENDINGS:
        raise AntiphonError(f"{args.file} becomes a MIDI file: name it, as in --out jam.mid")
    try:
        midifile.write(args.out, events)
    except OSError as error:
        raise AntiphonError(f"{args.out}: cannot be written ({error.strerror})") from None
    return 0


def heard(score: smf.Score) -> list[Event]:
    """The events of a file's parts: the first is the player's, all others are the machine's.

    A part that is named for the machine is the machine's wherever it stands.
    """
    messages = []
    for index, part in enumerate(score.parts):
        who = MACHINE if index > 0 or part.name == midifile.TRACKS[MACHINE] else PLAYER
        messages += [(time_s, data, who) for time_s, data in part.messages]
    messages.sort(key=lambda message: (message[0], midi.is_note_on(message[1])))
    context = Context()
    return [event for time_s, data, who in messages for event in context.take(who, time_s, data)]


def _save(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise AntiphonError(f"{path}: cannot be written ({error.strerror})") from None
