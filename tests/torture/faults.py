"""The faults: each is done to a daemon so many times, and what it did is counted."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rtmidi

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import PortSettings
from antiphon.daemon.guardian import __main__ as guardian
from antiphon.daemon.ports.backends import open_ports
from antiphon.daemon.session import journal
from antiphon.daemon.session.guard import guarded
from tests.torture import osc, stand
from tests.torture.stand import ON, Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
FLOOD = 2000
"""Messages a round; python-rtmidi's own buffer takes about four thousand at once."""


def performer_killed(server: Server, folder: Path, rounds: int) -> Tally:
    """The performer is killed in the middle of a reply."""
    return _performer_lost(server, folder, rounds, signal.SIGKILL)


def performer_frozen(server: Server, folder: Path, rounds: int) -> Tally:
    """The performer hangs in the middle of a reply."""
    return _performer_lost(server, folder, rounds, signal.SIGSTOP)


def _performer_lost(_: Server, folder: Path, rounds: int, number: int) -> Tally:
    tally = Tally()
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            if not stand.answered(keys, ears):
                tally.failures.append("no reply")
                break
            process = daemon.status()["performer_process"]
            os.kill(process, number)
            tally.hung += not stand.silent(ears)
            before = len(ears.sent)
            keys.feed(ON)
            keys.feed(stand.OFF)
            tally.thru_lost += not stand.hears(ears, ON, before)
            tally.silent_s.append(
                stand.until(lambda old=process: _ready(daemon, old))  # type: ignore[misc]
            )
            tally.rounds += 1
    return tally


def _ready(daemon: rig.Running, old: int) -> bool:
    status = daemon.status()
    return status["performer_process"] not in (old, None) and bool(status["state"])


def server_killed(server: Server, folder: Path, rounds: int) -> Tally:
    """The JACK server is killed in the middle of a reply, and started again."""
    tally = Tally()
    with stand.daemon(folder) as daemon:
        for _ in range(rounds):
            with rig.Keyboard() as keys, rig.Ears() as ears:
                if not stand.answered(keys, ears):
                    tally.failures.append("no reply")
                server.end(signal.SIGKILL)
            stand.until(lambda: daemon.status()["lost"] == ["input", "output"])
            tally.hung += stand.messages(daemon)["notes_held"]
            server.start()
            server.wait_ready()
            tally.silent_s.append(stand.until(lambda: not daemon.status()["lost"]))
            tally.rounds += 1
        with rig.Keyboard() as keys, rig.Ears() as ears:
            tally.thru_lost += not stand.answered(keys, ears)
    return tally


def ports_pulled(_: Server, folder: Path, rounds: int) -> Tally:
    """Keyboard and synthesiser are unplugged while a note is held, and plugged in again."""
    tally = Tally()
    options = ("--input", "t-keys", "--output", "t-synth")
    with _plugged() as keys, stand.daemon(folder, *options) as daemon:
        for _round in range(rounds):
            keys[0].send_message(ON)
            stand.until(lambda: stand.messages(daemon)["notes_held"] == 1)
            _pull(keys)
            stand.until(lambda: daemon.status()["lost"] == ["input", "output"])
            tally.hung += stand.messages(daemon)["notes_held"]
            keys[:] = _plug()
            tally.silent_s.append(stand.until(lambda: not daemon.status()["lost"]))
            tally.rounds += 1
    return tally


@contextmanager
def _plugged() -> Iterator[list[Any]]:
    ports = _plug()
    try:
        yield ports
    finally:
        _pull(ports)


def _plug() -> list[Any]:
    keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="t-keys")
    keys.open_virtual_port("out")
    synth = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="t-synth")
    synth.open_virtual_port("in")
    return [keys, synth]


def _pull(ports: list[Any]) -> None:
    for port in ports:
        port.close_port()
        port.delete()


def flood(_: Server, folder: Path, rounds: int) -> Tally:
    """Notes on all channels as fast as a cable of 2,000 messages a second brings them."""
    tally, dice = Tally(), random.Random(1)  # noqa: S311 (no secret)
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            before, played = len(ears.sent), []
            for number in range(FLOOD):
                channel, key = dice.randrange(16), dice.randrange(40)
                data = midi.control_change(channel, 1, key) if number % 3 else bytes((0xFE,))
                played.append(data)
                keys.feed(data)
                if number % 10 == 0:
                    PAUSE.wait(0.005)
            ears.wait_for(lambda sent, n=before: len(sent) >= n + FLOOD, 10.0)  # type: ignore[misc]
            arrived = [data for _, data in ears.sent[before:]]
            tally.thru_lost += max(0, len(played) - len(arrived))
            if arrived != played:
                tally.failures.append("what came out is not what went in")
            tally.rounds += 1
        tally.hung += stand.messages(daemon)["notes_held"]
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
            tally.thru_lost += not stand.answered(keys, ears)
            tally.rounds += 1
        if daemon.process.poll() is not None:
            tally.failures.append("the daemon ended")
        daemon.process.terminate()
        daemon.process.wait(stand.PATIENCE_S)
        tally.hung += not stand.silent(ears)
    return tally


def disk_full(_: Server, folder: Path, rounds: int) -> Tally:
    """The disk takes no more in the middle of a jam."""
    tally = Tally()
    for number in range(rounds):
        with stand.daemon(folder / str(number)) as daemon:
            resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (900, 900))
            with rig.Keyboard() as keys, rig.Ears() as ears:
                for _note in range(10):
                    tally.thru_lost += not stand.answered(keys, ears)
                told = [t for t in daemon.status()["problems"] if "the recording stops" in t]
                if len(told) != 1:
                    tally.failures.append(f"told {len(told)} times that the recording stopped")
                daemon.process.terminate()
                daemon.process.wait(stand.PATIENCE_S)
                tally.hung += not stand.silent(ears)
        tally.damaged += len(journal.recover(folder / str(number) / "jams")) != 1
        tally.rounds += 1
    return tally


def midi_process_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """The process that owns the ports is killed in the middle of a reply, a key held besides."""
    tally, held = Tally(), midi.note_on(3, 40, 80)
    with jackd.private_server(manner=jackd.USUAL):
        for number in range(rounds):
            place = folder / str(number)
            with stand.daemon(place) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
                # The guardian starts beside, and looks every half second.
                PAUSE.wait(3 * guardian.LOOK_S)
                before = len(ears.sent)
                keys.feed(held)
                if not stand.hears(ears, held, before):
                    tally.thru_lost += 1
                daemon.process.kill()
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.silent_s.append(CLOCK.now() - began)
                tally.rounds += 1
    return tally


def midi_process_hung(_: Server, __: Path, rounds: int) -> Tally:
    """The process that owns the ports sends a note, and its threads do nothing more.

    Not by SIGSTOP: a JACK server waits for a client whose every thread is stopped, and all that is
    connected to it stands still until it goes on or ends.
    """
    tally, held = Tally(), midi.note_on(3, 40, 80)
    with jackd.private_server(manner=jackd.USUAL):
        for _round in range(rounds):
            with (
                open_ports(PortSettings()) as bare,
                guarded(bare) as ports,
                rig.Ears() as ears,
            ):
                for _beat in range(4):
                    ports.alive()
                    PAUSE.wait(guardian.LOOK_S)
                before = len(ears.sent)
                ports.output.send(held)
                if not stand.hears(ears, held, before):
                    tally.thru_lost += 1
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.silent_s.append(CLOCK.now() - began)
                tally.rounds += 1
    return tally


def all_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """Everything of the daemon is killed at once while it plays."""
    tally = Tally()
    for number in range(rounds):
        place = folder / str(number)
        with stand.daemon(place) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
            tally.thru_lost += not stand.answered(keys, ears)
            PAUSE.wait(0.1)
            performer = daemon.status()["performer_process"]
            daemon.process.kill()
            os.kill(performer, signal.SIGKILL)
            daemon.process.wait()
        jams = folder / str(number) / "jams"
        recovered = journal.recover(jams)
        kinds = [entry["is"] for path in recovered for entry in journal.read(path.parent)]
        if len(recovered) != 1 or kinds.count("Heard") != 2 or "Sent" not in kinds:
            tally.damaged += 1
        tally.rounds += 1
    return tally


def processor_loaded(server: Server, folder: Path, rounds: int) -> Tally:
    """As many busy programs as there are cores, beside a performer that is killed."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        return performer_killed(server, folder, rounds)
    finally:
        for process in busy:
            process.kill()
            process.wait()


Fault = Callable[[Server, Path, int], Tally]

FAULTS: Mapping[str, Fault] = {
    "performer killed": performer_killed,
    "performer frozen": performer_frozen,
    "server killed": server_killed,
    "ports pulled": ports_pulled,
    "flood": flood,
    "oddities": oddities,
    "disk full": disk_full,
    "MIDI killed": midi_process_killed,
    "MIDI hung": midi_process_hung,
    "all killed": all_killed,
    "processor loaded": processor_loaded,
    "OSC flood": osc.flooded,
}
