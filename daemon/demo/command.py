"""`antiphon demo`: a jam without MIDI hardware, as MIDI file, picture, sound and figures.

A recording is the player at the keyboard, who plays a call, listens to the reply, and goes on. In
real time the machine is the daemon of `antiphon run`, with ports inside this process.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from antiphon.daemon import controls
from antiphon.daemon.bench.figures import table
from antiphon.daemon.demo import gallery, live, programme, sound
from antiphon.daemon.demo.programme import Jam, Programme
from antiphon.daemon.errors import AntiphonError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon demo`."""
    shipped = ", ".join(programme.phrase_names())
    parser.add_argument(
        "phrase",
        nargs="?",
        default=programme.DEFAULT_PHRASE,
        help=f"a MIDI file, or one of {shipped} (default: {programme.DEFAULT_PHRASE})",
    )
    parser.add_argument(
        "--out", type=Path, help="folder for what is made (default: . or, for a gallery, gallery)"
    )
    parser.add_argument("--turns", type=_positive, default=4, help="calls at most (default: 4)")
    parser.add_argument(
        "--mode", default="reply", choices=controls.MODES, help="what the machine does"
    )
    parser.add_argument("--style", help="style of the replies (see antiphon set --help)")
    parser.add_argument(
        "--seed",
        type=_positive,
        help="seed of the machine's choices; in real time the moment has a say, too",
    )
    parser.add_argument("--model", default="", help="an exported model")
    parser.add_argument(
        "--simulated",
        action="store_true",
        help="time is simulated: no waiting, and the same every time for a seed (default: 1)",
    )
    parser.add_argument(
        "--gallery",
        action="store_true",
        help="a jam in each mode, with a page, in simulated time",
    )


def main(args: argparse.Namespace) -> int:
    """Play, and write `demo.mid`, `demo.png` and `demo.wav`, or the gallery.

    Raises AntiphonError for a phrase that cannot be played or a machine that does not answer.
    """
    folder = args.out or Path(gallery.FOLDER if args.gallery else "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if args.gallery:
            return gallery.make(folder, simulated(args.model))
        jam = simulated(args.model) if args.simulated else live.jam
        figures = programme.play(asked(args), folder / "demo", jam)
        made_by = sound.render(folder / "demo.mid", folder / "demo.wav")
    except OSError as error:
        raise AntiphonError(f"cannot write to {folder}: {error.strerror or error}") from error
    sys.stdout.write(f"\n{table([*figures, ('sound', made_by)])}\n")
    written = ", ".join(str(folder / f"demo.{kind}") for kind in ("mid", "png", "wav"))
    sys.stdout.write(f"wrote {written}\n")
    return 0


def asked(args: argparse.Namespace) -> Programme:
    """What the options ask for."""
    style = {"style": args.style} if args.style else {}
    seed = args.seed or (1 if args.simulated else 0)
    return Programme(args.phrase, args.mode, args.turns, seed, args.model, style)


def simulated(model: str) -> Jam:
    """What plays in simulated time."""
    # Only now: in real time this is a session process, and has no model of its own.
    from antiphon.daemon.demo import simulated

    return partial(simulated.jam, simulated.engine_of(model))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return number
