"""What comes in: too much, too long, and nothing that a textbook knows."""

import random
import threading
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from tests.torture import stand
from tests.torture.stand import Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
FLOOD, RATE, BUNCH = 6000, 10_000, 20
AHEAD = 1000
"""So many may be under way: python-rtmidi's own buffer takes about two thousand."""
MEGABYTE = 1_000_000
PIECE, PIECES, PERIOD_S = 200, 500, 0.01


def flood(_: Server, folder: Path, rounds: int) -> Tally:
    """10,000 messages a second on all channels for 0.6 s; a hundred rounds are a minute."""
    tally, dice = Tally(), random.Random(1)  # noqa: S311 (no secret)
    took_s = 0.0
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys:
        for _round in range(rounds):
            with rig.Ears() as ears:
                played = [_any_message(dice, number) for number in range(FLOOD)]
                began = CLOCK.now()
                for number in range(0, FLOOD, BUNCH):
                    for data in played[number : number + BUNCH]:
                        keys.feed(data)
                    ahead = number + BUNCH - AHEAD
                    ears.wait_for(lambda sent, n=ahead: len(sent) >= n, 10.0)  # type: ignore[misc]
                    PAUSE.wait(max(0.0, began + number / RATE - CLOCK.now()))
                ears.wait_for(lambda sent: len(sent) >= FLOOD, 10.0)
                took_s += CLOCK.now() - began
                arrived = [data for _, data in ears.sent]
                tally.thru_lost += max(0, FLOOD - len(arrived))
                if arrived != played:
                    tally.failures.append("what came out is not what went in")
            tally.rounds += 1
        tally.notes.append(f"{rounds * FLOOD / took_s:.0f} messages a second")
        with rig.Ears() as ears:
            tally.thru_lost += not stand.answered(keys, ears)
            tally.hung += not stand.hushed(keys, ears)
            tally.hung += stand.messages(daemon)["notes_held"]
    return tally


def _any_message(dice: random.Random, number: int) -> bytes:
    """A message that passes through unchanged, whatever was played before."""
    channel, value = dice.randrange(16), dice.randrange(128)
    kinds = (
        midi.control_change(channel, 1, value),
        bytes((0xE0 | channel, value, value)),
        bytes((0xD0 | channel, value)),
        bytes((0xFE,)),
    )
    return kinds[number % len(kinds)]


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
            for key in range(128):
                for channel in range(16):
                    if key == 64:
                        keys.feed(midi.note_off(channel, key))
            # Not for a reply: its key may be held by one of these messages.
            tally.thru_lost += not stand.thru_lives(keys, ears)
            tally.rounds += 1
        if daemon.process.poll() is not None:
            tally.failures.append("the daemon ended")
        daemon.process.terminate()
        daemon.process.wait(stand.PATIENCE_S)
        tally.hung += not stand.silent(ears)
    return tally
