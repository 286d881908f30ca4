"""What happens to ports and servers: gone and back, and wired into a circle."""

import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import rtmidi

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from tests.torture import stand
from tests.torture.stand import ANSWER, OFF, ON, Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
NOTES = 8
LATEST_S = 1.0


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
            rig.settle()
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


def synth_pulled(_: Server, folder: Path, rounds: int) -> Tally:
    """The synthesiser is unplugged in the middle of a reply, and plugged in again."""
    tally = Tally()
    synths = [_Synth()]
    try:
        with stand.daemon(folder, "--output", "t-synth") as daemon, rig.Keyboard() as keys:
            for _round in range(rounds):
                keys.feed(ON)
                keys.feed(OFF)
                stand.until(lambda: ANSWER in synths[-1].heard)
                synths[-1].unplug()
                stand.until(lambda: daemon.status()["lost"] == ["output"])
                tally.hung += stand.messages(daemon)["notes_held"]
                keys.feed(ON)
                keys.feed(OFF)
                synths.append(_Synth())
                began = CLOCK.now()
                stand.until(lambda: not daemon.status()["lost"])
                tally.silent_s.append(CLOCK.now() - began)
                rig.settle()
                # What was played while there was nobody to hear it must not come now.
                if synths[-1].heard:
                    tally.failures.append(f"{len(synths[-1].heard)} messages came late")
                keys.feed(ON)
                tally.thru_lost += not _soon(lambda: ON in synths[-1].heard)
                keys.feed(OFF)
                keys.feed(midi.control_change(0, stand.ALL_NOTES_OFF, 0))
                tally.hung += not _soon(synths[-1].is_silent)
                tally.rounds += 1
    finally:
        synths[-1].unplug()
    return tally


class _Synth:
    """A port to play on, that can be pulled."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="t-synth")
        self._port.set_callback(lambda event, _: self.heard.append(bytes(event[0])))
        self._port.open_virtual_port("in")

    def is_silent(self) -> bool:
        return not stand.sounding([(0.0, data) for data in self.heard])

    def unplug(self) -> None:
        self._port.cancel_callback()
        PAUSE.wait(rig.REST_S)
        self._port.close_port()
        self._port.delete()


def _soon(true: Callable[[], bool]) -> bool:
    try:
        stand.until(true)
    except TimeoutError:
        return False
    return True


def feedback(_: Server, folder: Path, rounds: int) -> Tally:
    """The output is wired to the input while the player plays on."""
    tally, dice = Tally(), random.Random(4)  # noqa: S311 (no secret)
    circle, most = (rig.OUTPUT_PORT, rig.INPUT_PORT), 0
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys:
        for _round in range(rounds):
            with rig.Ears() as ears:
                # The first of them tell that there is no circle any more.
                for number, key in enumerate(dice.sample(range(40, 80), 2 * NOTES)):
                    if number == NOTES:
                        before, heard = _ignored(daemon), len(ears.sent)
                        subprocess.run(["jack_connect", *circle], check=True)
                    on, place = midi.note_on(0, key, dice.randrange(40, 110)), len(ears.sent)
                    keys.feed(on)
                    tally.thru_lost += not stand.hears(ears, on, place)
                    if number == NOTES:
                        tally.rang_s.append(stand.until(lambda n=before: _ignored(daemon) > n))  # type: ignore[misc]
                    PAUSE.wait(dice.uniform(0.05, 0.2))
                    keys.feed(midi.note_off(0, key))
                tally.hung += not stand.hushed(keys, ears)
                most = max(most, len(ears.sent) - heard)
                if not any("comes back" in told for told in daemon.status()["problems"]):
                    tally.failures.append("nobody was told of the loop")
                subprocess.run(["jack_disconnect", *circle], check=True)
            tally.rounds += 1
        tally.notes.append(f"{NOTES} notes became {most} messages at most")
    return tally


def late_feedback(_: Server, folder: Path, rounds: int) -> Tally:
    """A program brings the output back late, and keeps the ends of notes that do not sound."""
    tally, dice, most = Tally(), random.Random(5), 0  # noqa: S311 (no secret)
    with stand.daemon(folder) as daemon, rig.Keyboard() as keys:
        for _round in range(rounds):
            delay_s = dice.uniform(0.08, 0.5)
            with rig.Ears() as ears:
                with _late(delay_s):
                    before = _ignored(daemon)
                    _played(keys, dice, 1)
                    tally.rang_s.append(stand.until(lambda n=before: _ignored(daemon) > n))  # type: ignore[misc]
                    tally.hung += not stand.hushed(keys, ears)
                    PAUSE.wait(LATEST_S)
                    most = max(most, sum(midi.is_note_on(data) for _, data in ears.sent))
                    heard = len(ears.sent)
                    PAUSE.wait(LATEST_S)
                    if len(ears.sent) > heard:
                        tally.failures.append("it goes round on")
                # The first of them tell that there is no circle any more.
                for on in _played(keys, dice, NOTES):
                    tally.thru_lost += not stand.hears(ears, on, heard)
                tally.hung += not stand.hushed(keys, ears)
            tally.rounds += 1
    tally.notes.append(f"a note became {most} at most")
    return tally


def _ignored(daemon: rig.Running) -> int:
    """How many messages came back so far and were known for it."""
    return int(daemon.status()["counters"]["messages_come_back"])


def _played(keys: rig.Keyboard, dice: random.Random, count: int) -> list[bytes]:
    """Short notes, one after the other."""
    ons = [
        midi.note_on(0, key, dice.randrange(40, 110)) for key in dice.sample(range(40, 80), count)
    ]
    for on in ons:
        keys.feed(on)
        PAUSE.wait(0.05)
        keys.feed(midi.note_off(0, midi.key(on)))
        PAUSE.wait(0.05)
    return ons


@contextmanager
def _late(delay_s: float) -> Iterator[None]:
    """What the daemon sends is played back to it, so many seconds later."""
    over = threading.Event()
    with rig.Ears(name="late-ears") as ears, rig.Keyboard(name="late-keys") as keys:
        brings = partial(_bring, ears, keys, delay_s, over)
        thread = threading.Thread(target=brings, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _bring(
    ears: rig.Ears,
    keys: rig.Keyboard,
    delay_s: float,
    over: threading.Event,
) -> None:
    sounding: set[tuple[int, int]] = set()
    brought = 0
    while not over.wait(0.001):
        for came_s, data in ears.sent[brought:]:
            if came_s + delay_s > CLOCK.now():
                break
            brought += 1
            is_silent = (midi.channel(data), midi.key(data)) not in sounding
            if not (midi.is_note_off(data) and is_silent):
                stand.follow(data, sounding)
                keys.feed(data)
