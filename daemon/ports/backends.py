"""MIDI ports of the system, through python-rtmidi, and the choice of its back end.

Only this module and `rtports.py` know python-rtmidi. Nothing opens before `open_ports`.
"""

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from antiphon.daemon import priority
from antiphon.daemon.config import AUTO, ControllerSettings, PortSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.hotplug import HotInput, HotOutput
from antiphon.daemon.ports.keeper import Keeper
from antiphon.daemon.ports.names import OWN_NAME, client_name, find_port, listed, others
from antiphon.daemon.ports.protocols import NoOutput, OutputPort, Ports, Way
from antiphon.daemon.ports.pulse import Pulse, answers, connections
from antiphon.daemon.ports.rtports import RtInput, RtOutput

_API_NAMES = {
    "alsa": "API_LINUX_ALSA",
    "jack": "API_UNIX_JACK",
    "coremidi": "API_MACOSX_CORE",
    "winmm": "API_WINDOWS_MM",
}
_DIRECTIONS = {True: "in", False: "out"}
_LACKING = {
    "linux": "start JACK or PipeWire, or load ALSA's sequencer with: sudo modprobe snd-seq",
    "darwin": "CoreMIDI should be there: log out and in again",
    "win32": "install a MIDI driver, or loopMIDI for virtual ports",
}


@contextmanager
def open_ports(
    settings: PortSettings,
    controller: ControllerSettings | None = None,
    sounds_itself: bool = False,
    awaited: Collection[Way] = (),
) -> Iterator[Ports]:
    """Open the ports that the settings ask for, and close them at the end.

    Raises `AntiphonError` where there is no back end, no such port, or no virtual ports. Those of
    a controller may come later, and so may an input that is `awaited`. An input that is to be found
    by itself is a virtual port here. Who `sounds_itself` needs no output where there are no virtual
    ones.
    """
    system = _RtSystem(choose_backend(settings.backend), sounds_itself)
    wanted = "" if settings.input == AUTO else settings.input
    controller = controller or ControllerSettings()
    try:
        is_late = Way.INPUT in awaited and not system.is_there(wanted, Way.INPUT)
        source = HotInput(wanted, None if is_late else system.open_input(wanted, Way.INPUT))
        knobs = HotInput(controller.input or None, None)
        lights = HotOutput(controller.feedback_port, None)
        try:
            sink = HotOutput(settings.output, system.open_output(settings.output, Way.OUTPUT))
        except AntiphonError:
            source.close()
            raise
        plugs: Mapping[Way, HotInput | HotOutput] = {
            Way.INPUT: source,
            Way.OUTPUT: sink,
            Way.CONTROLLER: knobs,
            Way.FEEDBACK: lights,
        }
        try:
            mind = partial(Keeper, system, plugs)
            yield Ports(system.backend, source, sink, mind, knobs, lights)
        finally:
            source.stop()
            knobs.stop()
            sink.close()
            lights.close()
            source.close()
            knobs.close()
    finally:
        system.close()


def open_output(backend: str, wanted: str) -> RtOutput:
    """An output for a moment, besides those that are kept; raises `AntiphonError`."""
    port, name = _open(Way.OUTPUT, backend, wanted)
    return RtOutput(port, name, nullcontext)


class _RtSystem:
    """What a keeper needs of python-rtmidi: one client that looks, made when it first has to."""

    def __init__(self, backend: str, sounds_itself: bool) -> None:
        self.backend = backend
        self._sounds_itself = sounds_itself
        self._pulse = Pulse()
        self._lookers: dict[bool, Any] = {}
        self._server_is_gone = False
        self._inputs: dict[Way, RtInput] = {}

    def open_input(self, wanted: str, way: Way) -> RtInput:
        self.check_is_there(wanted, way)
        with self._quiet():
            port, name = _open(way, self.backend, wanted)
        port.ignore_types(sysex=False, timing=False, active_sense=False)
        self._inputs[way] = RtInput(port, name, self._quiet)
        return self._inputs[way]

    def open_output(self, wanted: str, way: Way) -> OutputPort:
        if self.backend == "winmm" and not wanted and self._sounds_itself:
            return NoOutput()
        self.check_is_there(wanted, way)
        with self._quiet():
            port, name = _open(way, self.backend, wanted)
        return RtOutput(port, name, self._quiet)

    def names(self, way: Way) -> list[str]:
        self._check_server()
        if way.is_inward not in self._lookers:
            with self._quiet():
                self._lookers[way.is_inward] = _make(_DIRECTIONS[way.is_inward], self.backend)
        return others(self._lookers[way.is_inward].get_ports())

    def check_is_there(self, wanted: str, way: Way) -> None:
        # Before a client is opened for it: a try for what is not there must cost nothing.
        self._check_server()
        if wanted:
            find_port(wanted, self.names(way))

    def is_there(self, wanted: str, way: Way) -> bool:
        with suppress(AntiphonError):
            self.check_is_there(wanted, way)
            return True
        return False

    def wait(self, timeout_s: float | None) -> bool:
        return self._pulse.wait(timeout_s)

    def wake(self) -> None:
        self._pulse.wake()

    def server_lost(self) -> None:
        self._server_is_gone = True
        self._pulse.drop()
        self._forget_lookers()

    def close(self) -> None:
        self._forget_lookers()
        self._pulse.close()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """While a client is opened or closed: what is heard waits, wherever it comes in."""
        with ExitStack() as waiting:
            for source in self._inputs.values():
                waiting.enter_context(source.waiting())
            try:
                yield
            finally:
                self._feel()
                priority.spread()

    def _check_server(self) -> None:
        # Cheaper than a client, which besides would complain on standard error at each try.
        if self._server_is_gone and not answers(self._pulse.address):
            raise AntiphonError(f"{self.backend}: the server is gone")
        self._server_is_gone = False

    def _feel(self) -> None:
        if self.backend == "jack" and not self._server_is_gone:
            # Let go first: what is held of a client that closed would be held for ever.
            self._pulse.drop()
            self._pulse.hold(connections("jack"))

    def _forget_lookers(self) -> None:
        lookers, self._lookers = self._lookers, {}
        for looker in lookers.values():
            looker.delete()


def choose_backend(wanted: str) -> str:
    """The back end asked for, or for `auto` the first that works; `AntiphonError` if none."""
    compiled = compiled_backends()
    candidates = compiled if wanted == "auto" else [wanted]
    reasons = []
    for backend in candidates:
        if backend not in compiled:
            raise AntiphonError(
                f"MIDI back end {backend} is not in this python-rtmidi; it has {listed(compiled)}"
            )
        try:
            _make("in", backend).delete()
        except AntiphonError as error:
            reasons.append(str(error))
        else:
            return backend
    hint = _LACKING.get(sys.platform, "install one of ALSA, JACK, CoreMIDI, Windows MM")
    raise AntiphonError(f"no MIDI back end works ({'; '.join(reasons)}): {hint}")


def compiled_backends() -> list[str]:
    """The back ends that this machine's python-rtmidi was built with, best first."""
    rtmidi = _rtmidi()
    compiled = rtmidi.get_compiled_api()
    return [name for name, api in _API_NAMES.items() if getattr(rtmidi, api) in compiled]


def port_names(backend: str) -> tuple[list[str], list[str]]:
    """The ports of others that can be listened to, and those that can be played on."""
    return _names("in", backend), _names("out", backend)


def _open(way: Way, backend: str, wanted: str) -> tuple[Any, str]:
    """A port of python-rtmidi's, open, and the name that it goes by."""
    direction = _DIRECTIONS[way.is_inward]
    client = client_name(way, backend)
    # CoreMIDI shows the port's name alone.
    name = f"{client} {direction}" if backend == "coremidi" else direction
    port = _make(direction, backend, client)
    try:
        if wanted:
            names = [str(name) for name in port.get_ports()]
            place = find_port(wanted, names)
            port.open_port(place, name=name)
            shown = names[place]
        elif backend == "winmm":
            raise AntiphonError(
                "Windows has no virtual MIDI ports: install loopMIDI, make a port in it, and "
                f"name it with --{way.value} (see antiphon ports)"
            )
        else:
            port.open_virtual_port(name)
            shown = f"{client}:{name}"
    except OSError as error:
        port.delete()
        what = wanted or "a virtual port"
        raise AntiphonError(
            f"cannot open {what} for {way.value}: {error}; does another program hold it?"
        ) from None
    except AntiphonError:
        port.delete()
        raise
    return port, shown


def _names(direction: str, backend: str) -> list[str]:
    port = _make(direction, backend)
    try:
        return others(port.get_ports())
    finally:
        port.delete()


def _make(direction: str, backend: str, client: str = f"{OWN_NAME}-look") -> Any:
    rtmidi = _rtmidi()
    # JACK's library would start a server of its own, with settings that nobody asked for.
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    kind = rtmidi.MidiIn if direction == "in" else rtmidi.MidiOut
    try:
        with _stderr_held():
            return kind(rtapi=getattr(rtmidi, _API_NAMES[backend]), name=client)
    except OSError as error:
        # Such as "MidiInJack::initialize: JACK server not running?"
        reason = str(error).rpartition(": ")[2].rstrip(".?")
        raise AntiphonError(f"{backend}: {reason}") from None


@contextmanager
def _stderr_held() -> Iterator[None]:
    """Keep what the C libraries of ALSA and JACK print about a missing server off the terminal."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, 2)
        os.close(kept)


def _rtmidi() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise AntiphonError(
            f"python-rtmidi does not load ({error}): pip install python-rtmidi"
        ) from None
    return rtmidi
