"""What happens to processes: killed, frozen, grown, and the processor busy with others."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import ControllerSettings, PortSettings
from antiphon.daemon.guardian import __main__ as guardian
from antiphon.daemon.session import journal
from antiphon.daemon.session.guard import guarded, shared_notes
from antiphon.daemon.session.thru_process import thru_process
from tests.torture import stand
from tests.torture.stand import Tally

CLOCK, PAUSE = MonotonicClock(), threading.Event()
LOOKED_AT_S = 1.0
FLOOD = 500
SECONDS_OF_WILL = 1.0
USUAL_PERIOD = 256


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
            _comes_back(daemon, keys, ears, process, tally)
    return tally


def _comes_back(
    daemon: rig.Running, keys: rig.Keyboard, ears: rig.Ears, old: int, tally: Tally
) -> None:
    """Count what becomes of a performer that was just lost."""
    began = CLOCK.now()
    tally.hung += not stand.silent(ears)
    tally.thru_lost += not stand.thru_lives(keys, ears)
    stand.until(lambda: ready(daemon, old))
    tally.silent_s.append(CLOCK.now() - began)
    tally.rounds += 1


def performer_grows(_: Server, folder: Path, rounds: int) -> Tally:
    """The performer takes 300 MB more at each reply."""
    tally = Tally()
    with stand.daemon(folder, way="grow") as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        for _round in range(rounds):
            process = daemon.status()["performer_process"]
            # Its memory is looked at once before it grows.
            PAUSE.wait(LOOKED_AT_S)
            if not stand.answered(keys, ears):
                tally.failures.append("no reply")
                break
            stand.until(lambda old=process: not alive(old))  # type: ignore[misc]
            began = CLOCK.now()
            tally.hung += not stand.silent(ears)
            stand.until(lambda old=process: ready(daemon, old))  # type: ignore[misc]
            tally.silent_s.append(CLOCK.now() - began)
            tally.rounds += 1
        if tally.rounds and not any("grew" in told for told in daemon.status()["problems"]):
            tally.failures += ["nobody was told that it grew", *daemon.status()["problems"][-2:]]
    return tally


def model_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """The real performer is killed while it plays, and has its model to load again."""
    tally = Tally()
    folder.mkdir(parents=True, exist_ok=True)
    with rig.running(folder) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
        daemon.wait_ready()
        daemon.set(mode="continue")
        for _round in range(rounds):
            before = stand.messages(daemon)["played"]
            for key in (60, 64, 67, 65):
                keys.feed(midi.note_on(0, key, 80))
                PAUSE.wait(0.15)
                keys.feed(midi.note_off(0, key))
            stand.until(lambda n=before: stand.messages(daemon)["played"] > n)  # type: ignore[misc]
            process = daemon.status()["performer_process"]
            os.kill(process, signal.SIGKILL)
            _comes_back(daemon, keys, ears, process, tally)
        daemon.set(mode="silent")
        tally.hung += not stand.silent(ears)
    return tally


def alive(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ready(daemon: rig.Running, old: int) -> bool:
    status = daemon.status()
    is_another = status["performer_process"] not in (old, None)
    return is_another and status["performer"] is not None and bool(status["state"])


def session_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """The session process is killed in the middle of a reply, a key held besides."""
    return _daemon_ended(folder, rounds, signal.SIGKILL)


def session_ended(_: Server, folder: Path, rounds: int) -> Tally:
    """The same, but it is asked to end, as by the system's shutdown."""
    return _daemon_ended(folder, rounds, signal.SIGTERM)


def _daemon_ended(folder: Path, rounds: int, number: int) -> Tally:
    tally = Tally()
    with jackd.private_server(USUAL_PERIOD, jackd.USUAL):
        for round_ in range(rounds):
            place = folder / str(round_)
            with stand.daemon(place) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
                _sound(keys, ears, tally)
                os.kill(daemon.process.pid, number)
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.rang_s.append(CLOCK.now() - began)
                tally.rounds += 1
                # The guardian still has a port of the name that the next daemon wants.
                PAUSE.wait(SECONDS_OF_WILL)
    return tally


def thru_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """The process that owns the ports is killed in the middle of a reply, a key held besides."""
    return _thru_lost(folder, rounds, signal.SIGKILL)


def thru_frozen(_: Server, folder: Path, rounds: int) -> Tally:
    """It hangs then."""
    return _thru_lost(folder, rounds, signal.SIGSTOP)


def _thru_lost(folder: Path, rounds: int, number: int) -> Tally:
    tally = Tally()
    with (
        jackd.private_server(USUAL_PERIOD, jackd.USUAL),
        stand.daemon(folder) as daemon,
        rig.Ears() as ears,
    ):
        for _round in range(rounds):
            with rig.Keyboard() as keys:
                _sound(keys, ears, tally)
                old = daemon.status()["thru_process"]["process"]
                os.kill(old, number)
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.rang_s.append(CLOCK.now() - began)
                stand.until(lambda old=old: _is_back(daemon, old))  # type: ignore[misc]
                tally.silent_s.append(CLOCK.now() - began)
                tally.rounds += 1
            # Connections are made again by the guardian.
            PAUSE.wait(SECONDS_OF_WILL)
    return tally


def _is_back(daemon: rig.Running, old: int) -> bool:
    status = daemon.status()
    return status["thru_process"]["process"] not in (old, None) and not status["lost"]


def guardian_killed(_: Server, folder: Path, rounds: int) -> Tally:
    """The guardian is killed in the middle of a reply, and then the session."""
    tally = Tally()
    with jackd.private_server(USUAL_PERIOD, jackd.USUAL):
        for number in range(rounds):
            place = folder / str(number)
            with stand.daemon(place) as daemon, rig.Keyboard() as keys, rig.Ears() as ears:
                _sound(keys, ears, tally)
                os.kill(_child(daemon.process.pid, "antiphon.daemon.guardian"), signal.SIGKILL)
                daemon.process.kill()
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.rang_s.append(CLOCK.now() - began)
                tally.rounds += 1
    return tally


def _child(parent: int, module: str) -> int:
    """The number of a process's child that runs a module."""
    for task in Path(f"/proc/{parent}/task").iterdir():
        for number in (task / "children").read_text().split():
            if module in Path(f"/proc/{number}/cmdline").read_text().split("\0"):
                return int(number)
    raise OSError(f"no {module} runs")


def _sound(keys: rig.Keyboard, ears: rig.Ears, tally: Tally) -> None:
    """Have the machine answer, and hold a key."""
    held = midi.note_on(3, 40, 80)
    tally.thru_lost += not stand.answered(keys, ears)
    # The guardian starts beside, and looks every half second.
    PAUSE.wait(3 * guardian.LOOK_S)
    before = len(ears.sent)
    keys.feed(held)
    tally.thru_lost += not stand.hears(ears, held, before)


def session_hung(_: Server, __: Path, rounds: int) -> Tally:
    """The session sends a note, and its threads do nothing more."""
    tally, held = Tally(), midi.note_on(3, 40, 80)
    with jackd.private_server(manner=jackd.USUAL):
        for _round in range(rounds):
            with (
                shared_notes() as sounding,
                thru_process(PortSettings(), ControllerSettings(), False, (), sounding) as thru,
                guarded(thru.ports, sounding) as ports,
                rig.Ears() as ears,
            ):
                for _beat in range(4):
                    ports.alive()
                    PAUSE.wait(guardian.LOOK_S)
                before = len(ears.sent)
                thru.send(held)
                if not stand.hears(ears, held, before):
                    tally.thru_lost += 1
                began = CLOCK.now()
                tally.hung += not stand.silent(ears)
                tally.rang_s.append(CLOCK.now() - began)
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
    with _busy():
        return performer_killed(server, folder, rounds)


def all_at_once(server: Server, folder: Path, rounds: int) -> Tally:
    """The processor loaded, a flood coming in, and performer and server killed together."""
    tally = Tally()
    with _busy(), stand.daemon(folder) as daemon:
        for _round in range(rounds):
            with rig.Keyboard() as keys, rig.Ears() as ears:
                tally.thru_lost += not stand.answered(keys, ears)
                process = daemon.status()["performer_process"]
                for value in range(FLOOD):
                    keys.feed(midi.control_change(0, 1, value % 128))
                os.kill(process, signal.SIGKILL)
                server.end(signal.SIGKILL)
            stand.until(lambda: daemon.status()["lost"] == ["input", "output"])
            tally.hung += stand.messages(daemon)["notes_held"]
            server.start()
            server.wait_ready()
            began = CLOCK.now()
            stand.until(lambda: not daemon.status()["lost"])
            stand.until(lambda old=process: ready(daemon, old))  # type: ignore[misc]
            tally.silent_s.append(CLOCK.now() - began)
            tally.rounds += 1
        with rig.Keyboard() as keys, rig.Ears() as ears:
            tally.thru_lost += not stand.answered(keys, ears)
            tally.hung += not stand.hushed(keys, ears)
    return tally


@contextmanager
def _busy() -> Iterator[None]:
    programs = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()
