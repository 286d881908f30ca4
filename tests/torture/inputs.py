"""What comes in: too much, too long, and nothing that a textbook knows."""

import random
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from tests.torture import stand
from tests.torture.hose import Hose
from tests.torture.stand import Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
FLOOD, RATE, BUNCH = 30_000, 10_000, 5
QUIET_S = 2.0
FIFTH, OCTAVES = 7, 14
"""Played are the lower seven keys of fourteen: the machine's answers are the upper ones."""
MEGABYTE = 1_000_000
PIECE, PIECES, PERIOD_S = 200, 500, 0.01
CABLE_S = 0.001
"""A MIDI cable takes as long for a message of three bytes (31,250 bits a second)."""


def flood(_: Server, folder: Path, rounds: int) -> Tally:
    """10,000 messages a second on all channels for 3 s; twenty rounds are a minute."""
    tally, dice = Tally(rounds=rounds), random.Random(1)  # noqa: S311 (no secret)
    played = [data for number in range(rounds * FLOOD // BUNCH) for data in _bunch(dice, number)]
    with stand.daemon(folder) as daemon:
        with Hose() as hose:
            began = CLOCK.now()
            hose.pour(played, RATE)
            hose.drain(QUIET_S)
            took_s = hose.last_s - began
        passed = [data for data in _without_questions(hose.heard) if not _is_machines(data)]
        tally.thru_lost += max(0, len(played) - len(passed))
        if passed != played:
            tally.failures.append("what came out is not what went in")
        tally.notes.append(f"{len(passed) / took_s:.0f} messages a second for {took_s:.1f} s")
        with rig.Keyboard() as keys, rig.Ears() as ears:
            tally.thru_lost += not stand.answered(keys, ears)
            tally.hung += not stand.hushed(keys, ears)
            tally.hung += stand.messages(daemon)["notes_held"]
    return tally


def _bunch(dice: random.Random, number: int) -> tuple[bytes, ...]:
    """Messages that pass through unchanged: a note, and what else there is."""
    channel, value = dice.randrange(16), dice.randrange(128)
    key = OCTAVES * (number % 9) + dice.randrange(FIFTH)
    return (
        midi.note_on(channel, key, dice.randrange(1, 128)),
        midi.control_change(channel, 1, value),
        bytes((0xE0 | channel, value, value)),
        bytes((0xD0 | channel, value)) if number % 2 else bytes((0xFE,)),
        midi.note_off(channel, key),
    )


def _without_questions(heard: Iterable[bytes]) -> Iterator[bytes]:
    """What was heard but the ends of notes that did not sound: by such a loop is found out."""
    sounding: set[bytes] = set()
    for data in heard:
        place = bytes((midi.channel(data), *data[1:2]))
        if midi.is_note_on(data):
            sounding.add(place)
        elif midi.is_note_off(data):
            if place not in sounding:
                continue
            sounding.discard(place)
        yield data


def _is_machines(data: bytes) -> bool:
    """Whether it is one of the machine's, who answers a fifth higher and with the pedal."""
    if midi.is_note_on(data) or midi.is_note_off(data):
        return midi.key(data) % OCTAVES >= FIFTH
    return midi.is_sustain(data)


def long_sysex(_: Server, folder: Path, rounds: int) -> Tally:
    """A megabyte of system exclusive data, as samplers and firmware have it, and notes behind."""
    tally = Tally()
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            heard = len(ears.sent)
            keys.feed(b"\xf0" + bytes(PIECE))
            fed = 1 + PIECE
            while fed < MEGABYTE:
                # In pieces of three, as RtMidi sends no other without a beginning.
                for _piece in range(PIECES):
                    keys.feed(bytes(3))
                fed += 3 * PIECES
                PAUSE.wait(PERIOD_S)
            keys.feed(b"\x00\xf7")
            tally.thru_lost += not stand.thru_lives(keys, ears)
            passed = [data for _, data in ears.sent[heard:] if data[0] == 0xF0]
            if passed:
                tally.failures.append(f"{len(passed[0])} bytes came through")
            tally.rounds += 1
        if not any("too long" in told for told in daemon.status()["problems"]):
            tally.failures.append("nobody was told that it is too long")
        tally.hung += not stand.hushed(keys, ears)
    return tally


def oddities(_: Server, folder: Path, rounds: int) -> Tally:
    """Random bytes and what real keyboards send that no textbook does."""
    tally, dice = Tally(), random.Random(2)  # noqa: S311 (no secret)
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            odd = [
                b"\xfe",
                bytes((0x90, 60, 0)),
                *(midi.note_on(channel, 64, 1) for channel in range(16)),
                *(midi.note_on(channel, 64, 2) for channel in range(16)),
                b"\xf0" + bytes(10_000) + b"\xf7",
                b"\xf0" + bytes(100) + b"\xf7",
                bytes((60, 80)),
                # No sysex without an end: RtMidi takes all that follows for a part of it.
                *(
                    data
                    for data in (dice.randbytes(dice.randrange(1, 9)) for _ in range(100))
                    if data[0] != 0xF0
                ),
            ]
            for data in odd:
                try:
                    keys.feed(data)
                except (ValueError, OSError):
                    # The keyboard's own end refuses it.
                    continue
                PAUSE.wait(CABLE_S)
            for key in range(128):
                for channel in range(16):
                    if key == 64:
                        keys.feed(midi.note_off(channel, key))
                        PAUSE.wait(CABLE_S)
            # Not for a reply: its key may be held by one of these messages.
            tally.thru_lost += not stand.thru_lives(keys, ears)
            tally.rounds += 1
        if daemon.process.poll() is not None:
            tally.failures.append("the daemon ended")
        daemon.process.terminate()
        daemon.process.wait(stand.PATIENCE_S)
        tally.hung += not stand.silent(ears)
    return tally
