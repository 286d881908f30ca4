"""`antiphon demo`: a jam without MIDI hardware, as MIDI file, picture, sound and figures.

The daemon is the one of `antiphon run`, with ports inside this process; this module is the player
at the keyboard, who plays a call, listens to the reply, and goes on.
"""

import argparse
import queue
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, Protocol

import mido

from antiphon.daemon import controls, messages, smf
from antiphon.daemon.bench.figures import spread, table
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.config import Config, ControlSettings, RecordSettings
from antiphon.daemon.demo import gallery, phrase, sound
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import MemoryInput, MemoryOutput, Ports
from antiphon.daemon.session import journal
from antiphon.daemon.session.daemon import Daemon
from antiphon.daemon.session.news import Stop
from antiphon.daemon.show import picture, review

PHRASES: Final = files("antiphon.daemon.demo") / "phrases"
PLAYING: Final = tuple(mode for mode in controls.MODES if mode != "silent")
DEFAULT_PHRASE: Final = "march"
READY_TIMEOUT_S: Final = 60.0
REPLY_TIMEOUT_S: Final = 12.0
# So long nothing more is sent or waiting: the reply is over. About a beat, as a person would wait.
QUIET_S: Final = 0.8
# How long the player listens where the machine goes on without end, or plays along.
PAUSES_S: Final = {"continue": 8.0, "together": 1.5, "harmonise": 1.5}
AT_ONCE: Final = ("together", "harmonise")
UPBEAT_S: Final = 0.3
LONGEST_REPLY_S: Final = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon demo`."""
    shipped = ", ".join(phrase_names())
    parser.add_argument(
        "phrase",
        nargs="?",
        default=DEFAULT_PHRASE,
        help=f"a MIDI file, or one of {shipped} (default: {DEFAULT_PHRASE})",
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for what is made")
    parser.add_argument("--turns", type=_positive, default=4, help="calls at most (default: 4)")
    parser.add_argument("--mode", default="reply", choices=PLAYING, help="what the machine does")
    parser.add_argument("--style", help="style of the replies (see antiphon set --help)")
    parser.add_argument("--seed", type=_positive, help="seed of the machine's choices")
    parser.add_argument("--model", default="", help="an exported model")
    parser.add_argument("--gallery", action="store_true", help="one jam in each mode, with a page")


def main(args: argparse.Namespace) -> int:
    """Play, and write `demo.mid`, `demo.png` and `demo.wav`.

    Raises AntiphonError for a phrase that cannot be played or a machine that does not answer.
    """
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        if args.gallery:
            return gallery.make(
                args.out, lambda **o: play(argparse.Namespace(**vars(args) | o), o["stem"])
            )
        figures = play(args, args.out / "demo")
        made_by = sound.render(args.out / "demo.mid", args.out / "demo.wav")
    except OSError as error:
        raise AntiphonError(f"cannot write to {args.out}: {error.strerror or error}") from error
    sys.stdout.write(f"\n{table([*figures, ('sound', made_by)])}\n")
    written = ", ".join(str(args.out / f"demo.{kind}") for kind in ("mid", "png", "wav"))
    sys.stdout.write(f"wrote {written}\n")
    return 0


def play(args: argparse.Namespace, stem: Path) -> list[tuple[str, str]]:
    """Play what the options say, write it beside `stem` as MIDI and as a picture; the figures."""
    calls = load_calls(args.phrase)[: args.turns]
    recording, name = stem.with_suffix(".mid"), Path(args.phrase).stem
    with tempfile.TemporaryDirectory(prefix="antiphon-") as scratch:
        figures = jam(configured(args, Path(scratch)), calls, recording)
    title = f"Antiphon: {name}" if args.mode == "reply" else f"Antiphon: {name}, {args.mode}"
    turns = () if args.mode in AT_ONCE else None
    picture.draw(smf.read(recording).parts, stem.with_suffix(".png"), title, turns)
    return figures


def phrase_names() -> list[str]:
    """The phrases that come with Antiphon."""
    return sorted(Path(item.name).stem for item in PHRASES.iterdir() if item.name.endswith(".mid"))


def load_calls(name: str) -> tuple[Call, ...]:
    """The calls of a shipped phrase or of any MIDI file."""
    if name in phrase_names():
        with as_file(PHRASES / f"{name}.mid") as path:
            return phrase.calls(smf.read(path))
    found = phrase.calls(smf.read(Path(name)))
    if not found:
        raise AntiphonError(f"{name} holds no note that lasts; give a MIDI file to play")
    return found


def configured(args: argparse.Namespace, scratch: Path) -> Config:
    """The defaults, not the user's own settings: a demo should sound the same everywhere."""
    config = Config()
    texts = {"mode": args.mode} | ({"style": args.style} if args.style else {})
    return replace(
        config,
        engine=replace(config.engine, seed=args.seed or 0, model=args.model),
        controls=controls.changed(config.controls, texts)[0],
        record=RecordSettings(enabled=True, folder=str(scratch / "jam")),
        # A daemon that runs already keeps its own socket.
        control=ControlSettings(socket=str(scratch / "control.sock")),
    )


def jam(config: Config, calls: Sequence[Call], recording: Path) -> list[tuple[str, str]]:
    """Play the calls to a daemon, write the jam to `recording`, and return the figures."""
    clock = MonotonicClock()
    source, sink = MemoryInput(), MemoryOutput(clock)
    with Daemon(config, Ports("memory", source, sink), clock) as daemon:
        ready = await_ready(daemon, clock)
        sys.stdout.write(f"{ready.model} on {ready.provider} listens\n")
        for number, call in enumerate(calls, 1):
            sys.stdout.write(f"call {number}: {call.length_s:.1f} s")
            sys.stdout.flush()
            before = daemon.status()["messages"]["played"]
            perform(call, source, clock)
            if pause_s := PAUSES_S.get(config.controls.mode):
                threading.Event().wait(pause_s)
            else:
                await_reply(sink, lambda: daemon.status()["messages"]["waiting"], clock)
            played = daemon.status()["messages"]["played"] - before
            sys.stdout.write(f"; reply: {played} messages\n" if played else "; no reply\n")
        status = daemon.status()
        folder = daemon.recording
    assert folder is not None  # noqa: S101 - recording is on
    trim(folder / journal.MIDI_FILE).save(recording)
    turns = review.replies(journal.read(folder))
    if not turns:
        raise AntiphonError("the machine did not answer; antiphon doctor may tell why")
    in_turn = config.controls.mode not in AT_ONCE
    return report(ready, turns, in_turn, status["lateness"], review.hung(sink.sent))


def await_ready(daemon: Daemon, clock: Clock) -> messages.Ready:
    """What the daemon says when it may be played with; raises AntiphonError if it cannot be."""
    end_s = clock.now() + READY_TIMEOUT_S
    while True:
        try:
            news = daemon.news.get(timeout=max(0.0, end_s - clock.now()))
        except queue.Empty:
            raise AntiphonError(f"no performer after {READY_TIMEOUT_S:g} s") from None
        match news:
            case messages.Ready():
                return news
            case Stop():
                raise AntiphonError(news.reason)
            case messages.Problem():
                sys.stderr.write(f"antiphon: {news.text}\n")


class Keyboard(Protocol):
    """What the player plays on."""

    def feed(self, data: bytes) -> None:
        """Play one message."""


class Ears(Protocol):
    """What the player listens with."""

    @property
    def sent(self) -> list[messages.Timed]:
        """What was heard so far."""

    def wait_for(
        self, enough: Callable[[Sequence[messages.Timed]], bool], timeout_s: float
    ) -> bool:
        """Wait until `enough` is true of what was heard; whether it came to be in time."""


def perform(call: Call, keyboard: Keyboard, clock: Clock) -> None:
    """Play a call in its own time."""
    start = clock.now() + UPBEAT_S
    never = threading.Event()
    for time_s, data in call.messages:
        # From absolute times: what one wait is late by does not add up.
        never.wait(max(0.0, start + time_s - clock.now()))
        keyboard.feed(data)


def await_reply(ears: Ears, waiting: Callable[[], int], clock: Clock) -> None:
    """Wait until the reply has begun and ended, or did not come.

    `waiting` tells how many messages the daemon has yet to send.
    """
    end_s = clock.now() + LONGEST_REPLY_S
    patience_s = REPLY_TIMEOUT_S
    while clock.now() < end_s:
        more = ears.wait_for(_longer_than(len(ears.sent)), patience_s)
        if not more and not waiting():
            return
        patience_s = QUIET_S


def _longer_than(count: int) -> Callable[[Sequence[messages.Timed]], bool]:
    return lambda sent: len(sent) > count


def trim(path: Path) -> mido.MidiFile:
    """A recording without the silence before its first note, which was loading time."""
    file = mido.MidiFile(path)
    firsts = [next((m for m in track if not m.is_meta), None) for track in file.tracks]
    found = [message for message in firsts if message is not None]
    lead = min((message.time for message in found), default=0)
    for message in found:
        message.time -= lead
    return file


def report(
    ready: messages.Ready,
    turns: Sequence[review.Turn],
    in_turn: bool,
    lateness: dict[str, float],
    hung: int,
) -> list[tuple[str, str]]:
    """The rows of the table that the demo ends with."""
    delays = [turn.delay_s for turn in turns]
    each = ", ".join(f"{delay:.2f}" for delay in delays)
    late = " / ".join(f"{lateness[name]:.2f}" for name in ("p50_ms", "p99_ms", "max_ms"))
    notes = sum(turn.notes for turn in turns)
    entering = [
        ("replies", f"{len(turns)}, {notes} notes"),
        ("turn delay", f"{spread(delays).p50:.2f} s median ({each})"),
    ]
    return [
        ("model", ready.model),
        ("provider", ready.provider),
        ("ready after", f"{ready.load_s:.2f} s"),
        ("step p50 / p99", f"{ready.step_p50_ms:.2f} / {ready.step_p99_ms:.2f} ms"),
        *(entering if in_turn else [("notes", str(notes))]),
        ("lateness p50 / p99 / max", f"{late} ms"),
        ("notes hung", str(hung)),
    ]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return number
