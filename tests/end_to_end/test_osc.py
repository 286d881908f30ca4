"""OSC as another program speaks it: liblo's `oscsend` and `oscdump`, to a daemon on JACK."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from tests.end_to_end.conftest import PLENTY_S
from tests.fakes import performer

pytestmark = [
    pytest.mark.jack,
    pytest.mark.skipif(shutil.which("oscdump") is None, reason="no liblo here: liblo-tools"),
]


class Dump:
    """An `oscdump` on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process = subprocess.Popen(
            ["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True
        )
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, end: str) -> None:
        """Wait for a line that ends so."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(line.endswith(end) for line in self._lines), PLENTY_S
            ), self._lines

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._changed:
                    self._lines.append(line.rstrip())
                    self._changed.notify_all()


@contextmanager
def dump() -> Iterator[Dump]:
    made = Dump(free_port())
    try:
        yield made
    finally:
        made.end()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def test_another_program_steers_asks_and_is_told(jack: str, tmp_path: Path) -> None:
    assert jack
    port = free_port()
    settings = f"[osc]\nenabled = true\nport = {port}\n"
    stand_in = performer("well", tmp_path / "notes")

    def send(*words: str) -> None:
        subprocess.run(["oscsend", "localhost", str(port), *words], check=True)

    with (
        rig.running(tmp_path, performer=stand_in, settings=settings) as daemon,
        rig.Keyboard() as keys,
        rig.Ears() as ears,
        dump() as told,
    ):
        daemon.wait_ready()
        pause = threading.Event()
        for _ in range(round(PLENTY_S / 0.1)):
            # Whichever of the two is up last.
            send("/antiphon/subscribe", "i", str(told.port))
            if daemon.status()["osc"].get("subscribers"):
                break
            pause.wait(0.1)
        told.wait_for('/antiphon/status/output s "antiphon-out:out"')
        send("/antiphon/control/mode", "s", "together")
        told.wait_for('/antiphon/control/mode s "together"')
        send("/antiphon/fader/density", "f", "0.25")
        told.wait_for("/antiphon/control/density f 0.250000")
        daemon.set(style="jazz")
        told.wait_for('/antiphon/control/style s "jazz"')
        assert daemon.status()["controls"]["density"] == 0.25
        send("/antiphon/record", "i", "0")
        told.wait_for("/antiphon/record i 0")
        keys.feed(midi.note_on(0, 60, 80))
        keys.feed(midi.note_off(0, 60))
        begun, ended = midi.note_on(0, 67, 70), midi.note_off(0, 67)
        assert ears.wait_for(lambda sent: begun in [data for _, data in sent], PLENTY_S)
        send("/antiphon/panic")
        # By itself it would end after ten seconds.
        assert ears.wait_for(lambda sent: ended in [data for _, data in sent], 5.0)
        words = [str(rig.PROGRAM), "status", "--socket", str(daemon.socket)]
        status = subprocess.run(words, capture_output=True, text=True, check=True)
        assert f"osc        on 127.0.0.1:{port}; subscribers 1," in status.stdout
        assert "malformed 0" in status.stdout
