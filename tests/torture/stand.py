"""What every fault is tried on: a private JACK server, a real daemon, a keyboard and ears."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.messages import Timed
from tests.fakes import performer

PATIENCE_S = 30.0
ALL_NOTES_OFF = 123
ON, OFF = midi.note_on(0, 60, 80), midi.note_off(0, 60)
ANSWER = midi.note_on(0, 67, 70)


@dataclass
class Tally:
    """What one fault did, over all its rounds."""

    rounds: int = 0
    hung: int = 0
    thru_lost: int = 0
    damaged: int = 0
    silent_s: list[float] = field(default_factory=list)
    """How long it took to play again, each time."""
    rang_s: list[float] = field(default_factory=list)
    """Where nothing can play again by itself: how long the notes rang on."""
    answered_s: list[float] = field(default_factory=list)
    """How soon a whole phrase was answered once all was well again: a matter of music, too."""
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What else is worth telling."""


@contextmanager
def daemon(
    folder: Path, *options: str, way: str = "well", settings: str = ""
) -> Iterator[rig.Running]:
    """A daemon with a performer that answers each note at once and holds its answer for 10 s."""
    folder.mkdir(parents=True, exist_ok=True)
    command = performer(way, folder / "notes")
    with rig.running(folder, *options, performer=command, settings=settings) as running:
        running.wait_ready()
        yield running


def until(true: Callable[[], bool]) -> float:
    """Wait for something; how many seconds it took. `TimeoutError` if it never comes true."""
    clock, pause = MonotonicClock(), threading.Event()
    began = clock.now()
    while not true():
        if clock.now() - began > PATIENCE_S:
            raise TimeoutError
        pause.wait(0.02)
    return clock.now() - began


def sounding(sent: Sequence[Timed]) -> set[tuple[int, int]]:
    """What sounds after all these messages."""
    held: set[tuple[int, int]] = set()
    for _, data in sent:
        follow(data, held)
    return held


def follow(data: bytes, held: set[tuple[int, int]]) -> None:
    """What sounds after one message more."""
    if midi.is_note_on(data):
        held.add((midi.channel(data), midi.key(data)))
    elif midi.is_note_off(data):
        held.discard((midi.channel(data), midi.key(data)))
    elif midi.is_all_off(data):
        held -= {place for place in held if place[0] == midi.channel(data)}


def hears(ears: rig.Ears, data: bytes, after: int) -> bool:
    """Whether a message comes, besides the first `after`."""
    return ears.wait_for(lambda sent: data in [one for _, one in sent[after:]], PATIENCE_S)


def silent(ears: rig.Ears) -> bool:
    """Whether nothing sounds, in good time, if only for a moment: the next reply may be quick."""
    before = ears.sent
    held = sounding(before)
    place = len(before)

    def was_silent(sent: Sequence[Timed]) -> bool:
        nonlocal place
        while held and place < len(sent):
            follow(sent[place][1], held)
            place += 1
        return not held

    return ears.wait_for(was_silent, PATIENCE_S)


def answered(keys: rig.Keyboard, ears: rig.Ears) -> bool:
    """Play a note, and wait for the machine's answer to begin."""
    before = len(ears.sent)
    keys.feed(ON)
    keys.feed(OFF)

    def begun(sent: Sequence[Timed]) -> bool:
        return any(data == ANSWER for _, data in sent[before:])

    return ears.wait_for(begun, PATIENCE_S)


def hushed(keys: rig.Keyboard, ears: rig.Ears) -> bool:
    """Whether nothing sounds in good time, once the player's instrument says that all is up."""
    keys.feed(midi.control_change(0, ALL_NOTES_OFF, 0))
    return silent(ears)


def thru_lives(keys: rig.Keyboard, ears: rig.Ears) -> bool:
    """Play a note; whether it comes through."""
    before = len(ears.sent)
    # Another velocity each time: notes all alike, at the pace of a loop, look like one.
    on = midi.note_on(0, 60, 30 + before % 90)
    keys.feed(on)
    keys.feed(OFF)
    return hears(ears, on, before)


def messages(running: rig.Running) -> dict[str, Any]:
    """The daemon's counts."""
    counts: dict[str, Any] = running.status()["messages"]
    return counts
