"""MIDI ports of the system, through python-rtmidi, and the choice of its back end.

Only this module, `clients.py` and `rtports.py` know python-rtmidi. Nothing opens before
`open_ports`.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from antiphon.daemon import priority
from antiphon.daemon.config import AUTO, ControllerSettings, PortSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.guardian.libjack import Watcher
from antiphon.daemon.ports.clients import API_NAMES, DIRECTIONS, make, opened, rtmidi
from antiphon.daemon.ports.hotplug import HotInput, HotOutput
from antiphon.daemon.ports.keeper import Keeper
from antiphon.daemon.ports.names import OWN_NAME, find_port, listed, others
from antiphon.daemon.ports.patchbay import Patchbay, PatchedInput, PatchedOutput
from antiphon.daemon.ports.protocols import Callback, InputPort, NoOutput, OutputPort, Ports, Way
from antiphon.daemon.ports.pulse import Pulse, answers, connections
from antiphon.daemon.ports.rtports import RtInput, RtOutput

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
    watcher: Watcher | None = None,
) -> Iterator[Ports]:
    """Open the ports that the settings ask for, and close them at the end.

    Raises `AntiphonError` where there is no back end, no such port, or no virtual ports. Those of
    a controller may come later, and so may an input that is `awaited`. An input that is to be found
    by itself is a virtual port here. Who `sounds_itself` needs no output where there are no virtual
    ones. `watcher` is told what becomes of a JACK server.
    """
    system = _RtSystem(choose_backend(settings.backend), sounds_itself, watcher)
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
            yield Ports(system.backend, source, sink, mind, knobs, lights, callback=system.callback)
        finally:
            system.leave()
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
    # Not the usual name: the process that was lost may be back meanwhile, and wants it.
    port, name = opened(Way.OUTPUT, backend, wanted, f"{OWN_NAME}-guardian-out")
    return RtOutput(port, name, nullcontext)


class _RtSystem:
    """What a keeper needs of python-rtmidi: one client that looks, made when it first has to."""

    def __init__(self, backend: str, sounds_itself: bool, watcher: Watcher | None) -> None:
        self.backend = backend
        self._sounds_itself = sounds_itself
        self._pulse = Pulse()
        self._lookers: dict[bool, Any] = {}
        self._server_is_gone = False
        self._inputs: dict[Way, RtInput] = {}
        self._outputs: dict[Way, RtOutput] = {}
        """Those on JACK, which stay."""
        self._patchbay = Patchbay(watcher)

    def callback(self) -> Callback:
        """How long messages take in the callback of the input, and whether it hears our output."""
        source, sink = self._inputs.get(Way.INPUT), self._outputs.get(Way.OUTPUT)
        if source is None:
            return Callback()
        is_wired = sink is not None and self._patchbay.is_wired(sink.name, source.name)
        return Callback(source.timer.times(), source.timer.period_s, is_wired)

    def open_input(self, wanted: str, way: Way) -> InputPort:
        name = self._found(wanted, way)
        if self.backend != "jack":
            return self._made_input(wanted, way)
        port = self._inputs.get(way) or self._made_input("", way)
        return PatchedInput(port, name or port.name, self._patched(port.name, name, way))

    def open_output(self, wanted: str, way: Way) -> OutputPort:
        if self.backend == "winmm" and not wanted and self._sounds_itself:
            return NoOutput()
        name = self._found(wanted, way)
        if self.backend != "jack":
            return self._made_output(wanted, way)
        port = self._outputs.get(way) or self._made_output("", way)
        return PatchedOutput(port, name or port.name, self._patched(port.name, name, way))

    def names(self, way: Way) -> list[str]:
        self._check_server()
        if self.backend == "jack":
            return others(self._patchbay.names(way))
        if way.is_inward not in self._lookers:
            with self._quiet():
                self._lookers[way.is_inward] = make(DIRECTIONS[way.is_inward], self.backend)
        return others(self._lookers[way.is_inward].get_ports())

    def check_is_there(self, wanted: str, way: Way) -> None:
        self._found(wanted, way)

    def is_there(self, wanted: str, way: Way) -> bool:
        with suppress(AntiphonError):
            self.check_is_there(wanted, way)
            return True
        return False

    def wait(self, timeout_s: float | None) -> bool:
        ended = self._pulse.wait(timeout_s)
        if ended:
            self._patchbay.let_be()
        return ended

    def wake(self) -> None:
        self._pulse.wake()

    def server_lost(self) -> None:
        self._server_is_gone = True
        self._pulse.drop()
        self._forget_all()

    def leave(self) -> None:
        """Before the ports are closed for good."""
        self._patchbay.let_be()

    def close(self) -> None:
        self._forget_all()
        self._pulse.close()

    def _found(self, wanted: str, way: Way) -> str:
        """The whole name of a port, empty for a virtual one."""
        # Before a client is opened for it: a try for what is not there must cost nothing.
        self._check_server()
        if not wanted:
            return ""
        names = self.names(way)
        return names[find_port(wanted, names)]

    def _patched(self, own: str, other: str, way: Way) -> Callable[[], None]:
        if other:
            self._patchbay.connect(own, other, way)
        return partial(self._patchbay.disconnect, own, other, way)

    def _made_input(self, wanted: str, way: Way) -> RtInput:
        with self._quiet():
            port, name = opened(way, self.backend, wanted)
        port.ignore_types(sysex=False, timing=False, active_sense=False)
        made = self._inputs[way] = RtInput(port, name, self._quiet)
        if self.backend == "jack":
            made.timer.period_s = self._patchbay.period_s
        return made

    def _made_output(self, wanted: str, way: Way) -> RtOutput:
        with self._quiet():
            port, name = opened(way, self.backend, wanted)
        made = RtOutput(port, name, self._quiet)
        if self.backend == "jack":
            self._outputs[way] = made
        return made

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

    def _forget_all(self) -> None:
        self._patchbay.close()
        for source in self._inputs.values():
            source.close()
        for sink in self._outputs.values():
            sink.close()
        self._inputs.clear()
        self._outputs.clear()
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
            make("in", backend).delete()
        except AntiphonError as error:
            reasons.append(str(error))
        else:
            return backend
    hint = _LACKING.get(sys.platform, "install one of ALSA, JACK, CoreMIDI, Windows MM")
    raise AntiphonError(f"no MIDI back end works ({'; '.join(reasons)}): {hint}")


def compiled_backends() -> list[str]:
    """The back ends that this machine's python-rtmidi was built with, best first."""
    library = rtmidi()
    compiled = library.get_compiled_api()
    return [name for name, api in API_NAMES.items() if getattr(library, api) in compiled]


def port_names(backend: str) -> tuple[list[str], list[str]]:
    """The ports of others that can be listened to, and those that can be played on."""
    return _names("in", backend), _names("out", backend)


def _names(direction: str, backend: str) -> list[str]:
    port = make(direction, backend)
    try:
        return others(port.get_ports())
    finally:
        port.delete()
