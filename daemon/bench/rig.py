"""A real `antiphon run` on JACK with clients of its own: what `bench` and the tests stand on.

A process started as a user starts it, a keyboard that plays into its input, ears at its output.
Nothing of a jam depends on it.
"""

import json
import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import rtmidi

from antiphon.daemon import midi
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Timed
from antiphon.daemon.session import control

PROGRAM: Final = Path(sysconfig.get_path("scripts")) / "antiphon"
READY_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0
PORT_TIMEOUT_S: Final = 10.0
REST_S: Final = 0.1
"""For the callbacks that are under way to end."""
MOST_QUEUED: Final = 1 << 16
OPEN_TRIES: Final = 5
PINGS: Final = 20
PING_TIMEOUT_S: Final = 1.0
PROBE: Final = bytes([0xFE])
PROBE_S: Final = 0.05
INPUT_PORT: Final = "antiphon:in"
OUTPUT_PORT: Final = "antiphon-out:out"

_WITH_PERFORMER: Final = """
import argparse, json, sys
from antiphon.daemon import run
from antiphon.daemon.session import log
parser = argparse.ArgumentParser()
run.add_arguments(parser)
config = run.configured(parser.parse_args(sys.argv[2:]))
with log.kept(config.log):
    sys.exit(run.serve(config, json.loads(sys.argv[1])))
"""


class Running:
    """A daemon in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], socket: Path, errors: Path) -> None:
        self.process = process
        self.socket = socket
        self._errors = errors
        self._said: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_ready(self) -> str:
        """The line in which it says that it may be played with; AntiphonError if none comes."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready_line() or self._ended, READY_TIMEOUT_S)
            if line := self._ready_line():
                return line
        raise AntiphonError(f"the daemon is not ready: {self.errors() or 'it says nothing'}")

    def status(self) -> dict[str, Any]:
        """What `antiphon status --json` prints."""
        found: dict[str, Any] = control.ask(self.socket, {"do": "status"})["status"]
        return found

    def set(self, **values: str) -> None:
        """What `antiphon set` does."""
        self.ask(do="set", values=values)

    def ask(self, **request: object) -> dict[str, Any]:
        """What it answers on its control socket; raises `AntiphonError` with its complaint."""
        return control.ask(self.socket, request)

    def errors(self) -> str:
        """What it wrote on standard error."""
        return self._errors.read_text(encoding="utf-8", errors="replace").strip()

    def _ready_line(self) -> str:
        return next((line for line in self._said if line.startswith("ready")), "")

    def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None  # noqa: S101 - it was asked for
        with stdout:
            for line in stdout:
                with self._changed:
                    self._said.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


@contextmanager
def running(
    folder: Path,
    *options: str,
    seed: int = 1,
    performer: Sequence[str] = (),
    settings: str = "",
    audio: str = "off",
) -> Iterator[Running]:
    """An `antiphon run` on the JACK server of the environment, with its files in `folder`.

    `performer` is the command line of one that stands in for the real one; `settings` is more of
    a configuration file; `audio` says whether it has a sound of its own.
    """
    socket, errors = folder / "control.sock", folder / "errors.txt"
    program = [sys.executable, "-c", _WITH_PERFORMER, json.dumps(list(performer))]
    command = program if performer else [str(PROGRAM), "run"]
    command += ["--backend", "jack", "--socket", str(socket)]
    config = folder / "config.toml"
    # The user's own settings are not what is looked at.
    log = folder / "antiphon.log"
    own = (
        f'[ports]\ninput = ""\n[audio]\nenabled = "{audio}"\n[engine]\nseed = {seed}\n'
        f'[log]\nfile = "{log}"\n'
    )
    config.write_text(own + settings, encoding="utf-8")
    command += ["--config", str(config), "--record", str(folder / "jams"), *options]
    with errors.open("w") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        )
    try:
        yield Running(process, socket, errors)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Keyboard:
    """A JACK client that plays into a port."""

    def __init__(self, port: str = INPUT_PORT, name: str = "rig-keys") -> None:
        self._port = port
        self._name = name

    def __enter__(self) -> Self:
        """Connect for good; raises AntiphonError if the port does not appear in time."""
        self._out = _client(rtmidi.MidiOut, self._name)
        _connect(self._out, self._port)
        settle()
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        # JACK's library crashes where the news of another client's end comes just then.
        threading.Event().wait(REST_S)
        self._out.close_port()
        self._out.delete()

    def feed(self, data: bytes) -> None:
        """Play one message."""
        self._out.send_message(data)


class Ears:
    """A JACK client that hears a port, and remembers what it heard and when."""

    def __init__(
        self,
        port: str = OUTPUT_PORT,
        name: str = "rig-ears",
        clock: Clock | None = None,
    ) -> None:
        self._port = port
        self._name = name
        self._clock = clock or MonotonicClock()
        self._changed = threading.Condition()
        self._sent: list[Timed] = []

    def __enter__(self) -> Self:
        """Connect for good; raises AntiphonError if the port does not appear in time."""
        self._in = _client(rtmidi.MidiIn, self._name)
        self._in.ignore_types(sysex=False, timing=False, active_sense=False)
        self._in.set_callback(self._hear)
        _connect(self._in, self._port)
        settle()
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        _close(self._in)

    @property
    def sent(self) -> list[Timed]:
        """All that was sent to them so far, with the times of arrival in seconds, a copy."""
        with self._changed:
            return list(self._sent)

    def wait_for(self, enough: Callable[[Sequence[Timed]], bool], timeout_s: float) -> bool:
        """Wait until `enough` is true of what was sent to them; whether it came to be in time."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(self._sent), timeout_s)

    def _hear(self, event: tuple[list[int], float], _: object) -> None:
        now = self._clock.now()
        with self._changed:
            self._sent.append((now, bytes(event[0])))
            self._changed.notify_all()


class QueuedEars:
    """A JACK client that hears a port with nothing of Python in JACK's thread.

    RtMidi queues what comes, with its own times, until `taken`: a listener that waited for the
    interpreter would hold up the server, and lose what it is to find.
    """

    def __init__(self, port: str = OUTPUT_PORT, name: str = "rig-queue") -> None:
        self._port = port
        self._name = name
        self._clock = MonotonicClock()
        self._rtmidi_s = self._offset_s = 0.0

    def __enter__(self) -> Self:
        """Connect for good; raises AntiphonError if the port does not appear in time."""
        self._in = _client(rtmidi.MidiIn, self._name, queue_size_limit=MOST_QUEUED)
        self._in.ignore_types(sysex=False, timing=False, active_sense=False)
        _connect(self._in, self._port)
        settle()
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        _close(self._in)

    def set_by(self, feed: Callable[[bytes], None]) -> None:
        """Find what RtMidi's times are in ours, by messages that come back from `feed`.

        Raises AntiphonError if none comes.
        """
        offsets = []
        for value in range(PINGS):
            ping = midi.control_change(0, 1, value)
            # Of what came before, nobody knows when.
            self.taken()
            feed(ping)
            end_s = self._clock.now() + PING_TIMEOUT_S
            while self._clock.now() < end_s:
                if (event := self._in.get_message()) is None:
                    continue
                self._rtmidi_s += event[1]
                if bytes(event[0]) == ping:
                    offsets.append(self._clock.now() - self._rtmidi_s)
                    break
        if not offsets:
            raise AntiphonError(f"nothing comes from {self._port}")
        self._offset_s = min(offsets)
        self.taken()

    def taken(self) -> list[Timed]:
        """What came since the last time, with the times of arrival in seconds."""
        taken: list[Timed] = []
        while (event := self._in.get_message()) is not None:
            self._rtmidi_s += event[1]
            taken.append((self._rtmidi_s + self._offset_s, bytes(event[0])))
        return taken


def _client(kind: Callable[..., Any], name: str, **options: int) -> Any:
    """A JACK client; raises AntiphonError where the server takes none.

    A server drops one now and then that opens while others come and go: it is opened again.
    """
    for _ in range(OPEN_TRIES):
        with suppress(rtmidi.SystemError):
            return kind(rtmidi.API_UNIX_JACK, name=name, **options)
        threading.Event().wait(REST_S)
    raise AntiphonError(f"the JACK server takes no client {name}: is it running?")


def _connect(port: Any, wanted: str) -> None:
    clock = MonotonicClock()
    end_s = clock.now() + PORT_TIMEOUT_S
    pause = threading.Event()
    while clock.now() < end_s:
        names = [str(name) for name in port.get_ports()]
        if wanted in names:
            port.open_port(names.index(wanted))
            return
        # JACK could tell of new ports, but python-rtmidi passes nothing of it on.
        pause.wait(0.05)
    raise AntiphonError(f"the port {wanted} did not appear; there is {', '.join(names) or 'none'}")


def settle() -> None:
    """Wait until the connections made so far carry messages.

    JACK takes a connection into use some cycles after it was made, on a busy machine many, and
    drops what is sent before. All that were made by then come into use together, so once a newer
    one carries a message the others do. Raises `AntiphonError` if none comes through in time.
    """
    heard = threading.Event()
    out = _client(rtmidi.MidiOut, "rig-probe")
    out.open_virtual_port("out")
    ear = _client(rtmidi.MidiIn, "rig-probe-ear")
    ear.ignore_types(active_sense=False)
    ear.set_callback(lambda _event, _data: heard.set())
    try:
        _connect(ear, "rig-probe:out")
        for _ in range(round(PORT_TIMEOUT_S / PROBE_S)):
            out.send_message(PROBE)
            if heard.wait(PROBE_S):
                return
        raise AntiphonError("JACK carries no messages: end what keeps the machine too busy for it")
    finally:
        _close(ear)
        out.close_port()
        out.delete()


def _close(ear: Any) -> None:
    ear.cancel_callback()
    # JACK's library cancels its thread at the close: one that is cancelled on its way into
    # Python takes the interpreter's lock with it, and this process waits for ever.
    threading.Event().wait(REST_S)
    ear.close_port()
    ear.delete()
