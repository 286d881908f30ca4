"""What a hostile program may send to the port of OSC: a flood of each kind, beside a jam.

``python -m tests.torture.osc PORT KIND`` is one flood.
"""

import random
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from antiphon.daemon.bench import rig
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.osc.packets import Message, decode, encode
from tests.torture import stand
from tests.torture.stand import Tally

A_SECOND, SECONDS = 10_000, 2.0
BETWEEN_NOTES_S = 0.05
"""A key that is struck over and over without a rest is taken for a loop: see daemon/thru/loops."""

_DICE = random.Random(3)  # noqa: S311 (no secret)
_SET = encode(Message("/antiphon/control/echo", (0.1,)))


def bundle(*elements: bytes) -> bytes:
    """A bundle for a time that never comes."""
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + b"\xff" * 8 + b"".join(sized)


def nested(depth: int) -> bytes:
    """A bundle in a bundle, so many times."""
    packet = _SET
    for _ in range(depth):
        packet = bundle(packet)
    return packet


KINDS: Mapping[str, Callable[[], bytes]] = {
    "random bytes": lambda: _DICE.randbytes(_DICE.randrange(1, 200)),
    "almost a message": lambda: b"/antiphon/" + _DICE.randbytes(_DICE.randrange(1, 100)),
    "huge": lambda: _DICE.randbytes(60_000),
    "deep": lambda: nested(150),
    "wide": lambda: bundle(*[_SET] * 64),
    "a size that leads back": lambda: bundle() + struct.pack(">i", -4) + bytes(8),
    "questions": lambda: bundle(*[encode(Message("/antiphon/control"))] * 64),
    "subscribers": lambda: encode(
        Message("/antiphon/subscribe", (_DICE.randrange(20_000, 21_000),))
    ),
    "faders": lambda: encode(Message("/antiphon/fader/density", (_DICE.random(),))),
}


def flooded(_: Server, folder: Path, rounds: int) -> Tally:
    """A flood of OSC of each kind, while notes are played and answered."""
    tally, port, pause = Tally(), _free_port(), threading.Event()
    settings = f"[osc]\nenabled = true\nport = {port}\n"
    with (
        stand.daemon(folder, settings=settings) as daemon,
        rig.Keyboard() as keys,
        rig.Ears() as ears,
    ):
        stand.until(lambda: bool(daemon.status()["osc"]["address"]))
        for kind in [*KINDS] * rounds:
            command = [sys.executable, "-m", "tests.torture.osc", str(port), kind]
            with subprocess.Popen(command) as flood:
                while flood.poll() is None:
                    tally.thru_lost += not stand.answered(keys, ears)
                    pause.wait(BETWEEN_NOTES_S)
            tally.silent_s.append(stand.until(lambda: _answers(port)))
            daemon.ask(do="panic")
            tally.hung += not stand.silent(ears)
        tally.rounds = rounds
        counts = daemon.status()["osc"]
        if not all(counts[name] for name in ("malformed", "left_out", "subscribers")):
            tally.failures.append(f"counted {counts}")
        if "Traceback" in daemon.errors():
            tally.failures.append(daemon.errors())
    return tally


def flood(port: int, kind: str) -> None:
    """Send as many a second as were promised, for so long."""
    clock, pause = MonotonicClock(), threading.Event()
    packets = [KINDS[kind]() for _ in range(500)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        began, sent = clock.now(), 0
        while (passed := clock.now() - began) < SECONDS:
            while sent < passed * A_SECOND:
                door.sendto(packets[sent % len(packets)], ("127.0.0.1", port))
                sent += 1
            pause.wait(0.001)


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.settimeout(1.0)
        door.sendto(encode(Message("/antiphon/control/mode")), ("127.0.0.1", port))
        try:
            return decode(door.recv(65_536)) == [Message("/antiphon/control/mode", ("reply",))]
        except TimeoutError:
            return False


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


if __name__ == "__main__":
    flood(int(sys.argv[1]), sys.argv[2])
