import sys
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from antiphon.daemon.config import PortSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports import backends, rtports
from antiphon.daemon.ports.backends import choose_backend, open_ports, port_names
from antiphon.daemon.ports.names import find_port, others
from antiphon.daemon.ports.patchbay import Patchbay
from antiphon.daemon.ports.protocols import MemoryInput, MemoryOutput, Plugging, Way
from antiphon.daemon.ports.rtports import RtInput, RtOutput
from tests.fakes import ManualClock

NAMES = ["antiphon:in", "Keystation:MIDI 1", "Keystation:MIDI 2", "Synth"]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("Synth", 3), ("synth", 3), ("MIDI 2", 2), ("keystation", 1), ("Keystation:MIDI 2", 2)],
)
def test_a_port_is_found_by_part_of_its_name(wanted: str, place: int) -> None:
    assert find_port(wanted, NAMES) == place


@pytest.mark.parametrize("wanted", ["organ", "antiphon", "antiphon:in"])
def test_a_port_that_is_not_there_or_our_own_is_not_found(wanted: str) -> None:
    with pytest.raises(AntiphonError) as caught:
        find_port(wanted, NAMES)
    text = str(caught.value)
    assert text.endswith("there is Keystation:MIDI 1, Keystation:MIDI 2, Synth")


def test_memory_ports_carry_messages() -> None:
    clock = ManualClock()
    source, sink = MemoryInput(), MemoryOutput(clock)
    source.feed(b"\xf8")
    source.listen(sink.send)
    source.feed(b"\xfa")
    clock.advance(2)
    source.feed(b"\xfc")
    source.close()
    source.feed(b"\xff")
    assert sink.sent == [(100.0, b"\xfa"), (102.0, b"\xfc")]


def test_waiting_for_a_message_that_is_there_does_not_wait() -> None:
    sink = MemoryOutput(ManualClock())
    sink.send(b"\xf8")
    assert sink.wait_for(lambda sent: len(sent) == 1, 0)
    assert not sink.wait_for(lambda sent: len(sent) == 2, 0)


class FakePort:
    """A port of a made-up python-rtmidi."""

    names = ("antiphon:in", "Keystation")
    opened: list[Any] = []  # noqa: RUF012 (what all of them did, in order)
    broken: set[int] = set()  # noqa: RUF012 (back ends that do not work)
    clients: list[str] = []  # noqa: RUF012 (the names of all that were made)

    def __init__(self, rtapi: int, name: str) -> None:
        if rtapi in self.broken:
            raise OSError("MidiInFake::initialize: no server.")
        self.client = name
        self.clients.append(name)
        self.waiting: list[Any] = []
        self.is_deleted = False

    def get_ports(self) -> list[str]:
        return list(self.names)

    def open_virtual_port(self, name: str) -> None:
        self.opened.append(("virtual", self.client, name))

    def open_port(self, place: int, name: str) -> None:
        if self.names[place] == "Taken":
            raise OSError("busy")
        self.opened.append((self.names[place], self.client, name))

    def set_callback(self, callback: Any) -> None:
        self.callback = callback

    def cancel_callback(self) -> None:
        self.opened.append("deaf")

    def get_message(self) -> Any:
        return self.waiting.pop(0) if self.waiting else None

    def ignore_types(self, **kinds: bool) -> None:
        self.opened.append(kinds)

    def send_message(self, data: bytes) -> None:
        raise OSError(f"unplugged before {data!r}")

    def close_port(self) -> None:
        self.opened.append("closed")

    def delete(self) -> None:
        self.is_deleted = True


@pytest.fixture
def rtmidi(monkeypatch: pytest.MonkeyPatch) -> type[FakePort]:
    class Port(FakePort):
        opened: list[Any] = []  # noqa: RUF012 (as above)
        broken: set[int] = set()  # noqa: RUF012 (as above)
        clients: list[str] = []  # noqa: RUF012 (as above)

    fake = SimpleNamespace(
        API_LINUX_ALSA=1,
        API_UNIX_JACK=2,
        API_MACOSX_CORE=3,
        API_WINDOWS_MM=4,
        get_compiled_api=lambda: [1, 2, 4],
        MidiIn=Port,
        MidiOut=Port,
    )
    monkeypatch.setitem(sys.modules, "rtmidi", fake)
    return Port


def inner(port: object) -> Any:
    """The port of python-rtmidi's in an input."""
    return vars(vars(port)["_port"])["_port"]


NOTHING_HIDDEN = {"sysex": False, "timing": False, "active_sense": False}


def test_by_default_two_virtual_ports_open_and_close(rtmidi: type[FakePort]) -> None:
    with open_ports(PortSettings(backend="jack")) as ports:
        assert (ports.input.name, ports.output.name) == ("antiphon:in", "antiphon-out:out")
    assert rtmidi.opened == [
        ("virtual", "antiphon", "in"),
        NOTHING_HIDDEN,
        ("virtual", "antiphon-out", "out"),
        "closed",
        "closed",
    ]


def test_named_ports_are_connected(rtmidi: type[FakePort]) -> None:
    with open_ports(PortSettings(backend="alsa", input="key", output="KEY")) as ports:
        assert (ports.input.name, ports.output.name) == ("Keystation", "Keystation")
        with pytest.raises(AntiphonError, match="cannot send to Keystation: unplugged before"):
            ports.output.send(b"\xf8")
    assert rtmidi.opened[0] == ("Keystation", "antiphon", "in")


def test_while_a_client_opens_or_closes_what_is_heard_waits_in_the_port(
    rtmidi: type[FakePort],
) -> None:
    heard: list[bytes] = []
    port: Any = rtmidi(2, "keys")
    source = RtInput(port, "keys", nullcontext)
    source.listen(heard.append)
    with source.waiting():
        assert rtmidi.opened == ["deaf"]
        port.waiting += [([0x90, 60, 1], 0.0), ([0x80, 60, 0], 0.0)]
        assert heard == []
        port.callback = None
    assert heard == [b"\x90\x3c\x01", b"\x80\x3c\x00"]
    port.callback(([0x90, 62, 1], 0.0), None)
    assert heard[2:] == [b"\x90\x3e\x01"]


def test_news_of_other_clients_arrives_before_a_port_is_given_up(
    rtmidi: type[FakePort], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(rtports, "let_others_run", lambda *_: done.append("rest"))
    monkeypatch.setattr(rtmidi, "close_port", lambda _: done.append("close"))
    RtInput(rtmidi(1, "keys"), "keys", nullcontext).close()
    RtOutput(rtmidi(1, "synth"), "synth", nullcontext).close()
    assert done == ["rest", "close", "rest", "close"]


def test_a_port_that_nobody_listens_to_need_not_wait(rtmidi: type[FakePort]) -> None:
    port: Any = rtmidi(2, "keys")
    with RtInput(port, "keys", nullcontext).waiting():
        assert rtmidi.opened == []


@pytest.mark.usefixtures("rtmidi")
def test_an_input_that_is_awaited_is_opened_when_it_comes() -> None:
    settings = PortSettings(backend="alsa", input="nothing")
    with open_ports(settings, awaited=(Way.INPUT,)) as ports:
        assert ports.input.name == "nothing"
        keeper: Any = ports.mind(lambda _: None)
        with pytest.raises(AntiphonError, match="no MIDI port like 'nothing'"):
            keeper._find(Way.INPUT, Plugging.BACK)
    with open_ports(replace(settings, input="key"), awaited=(Way.INPUT,)) as ports:
        assert ports.input.name != "key"


def test_no_client_is_opened_for_a_port_that_is_not_there(
    rtmidi: type[FakePort], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patchbay, "names", lambda *_: ["keys:out"])
    wanted = PortSettings(backend="jack", input="nothing")
    with pytest.raises(AntiphonError, match="no MIDI port like 'nothing'"), open_ports(wanted):
        pass
    assert rtmidi.clients == ["antiphon-look"]


def test_what_comes_in_is_bytes(rtmidi: type[FakePort]) -> None:  # noqa: ARG001 (it stands in)
    heard: list[bytes] = []
    with open_ports(PortSettings(backend="alsa")) as ports:
        ports.input.listen(heard.append)
        port: Any = inner(ports.input)
        port.callback(([0x90, 60, 1], 0.5), None)
    assert heard == [b"\x90\x3c\x01"]


def test_the_input_is_deaf_before_anything_closes(rtmidi: type[FakePort]) -> None:
    heard: list[bytes] = []
    with open_ports(PortSettings(backend="alsa")) as ports:
        ports.input.listen(heard.append)
        port: Any = inner(ports.input)
    assert rtmidi.opened[-3:] == ["deaf", "closed", "closed"]
    port.callback(([0x90, 60, 1], 0.5), None)
    assert heard == []


def test_a_device_that_alsa_numbers_anew_is_found_again() -> None:
    assert find_port("Keys:Keys MIDI 1 20:0", ["Synth 14:0", "Keys:Keys MIDI 1 24:0"]) == 1


def test_the_one_that_looks_is_made_once_and_given_up(rtmidi: type[FakePort]) -> None:
    made: list[FakePort] = []
    begin = rtmidi.__init__

    def count(self: FakePort, rtapi: int, name: str) -> None:
        begin(self, rtapi, name)
        made.append(self)

    rtmidi.__init__ = count  # type: ignore[method-assign]
    with open_ports(PortSettings(backend="alsa", input="key", output="key")) as ports:
        # One that tried the back end, one a way that looks for the ports, the ports themselves.
        assert len(made) == 1 + 2 + 2
        keeper: Any = ports.mind(lambda _: None)
        for _ in range(10):
            keeper.look()
        assert len(made) == 1 + 2 + 2
    assert all(port.is_deleted for port in made)


def test_a_message_that_would_garble_what_follows_is_refused(rtmidi: type[FakePort]) -> None:
    rtmidi.send_message = lambda self, data: self.opened.append(data)  # type: ignore[method-assign]
    with open_ports(PortSettings(backend="jack")) as ports:
        with pytest.raises(AntiphonError, match="a message of 5000 bytes is too long"):
            ports.output.send(bytes(5000))
        ports.output.send(bytes(4096))
    assert bytes(4096) in rtmidi.opened


def test_auto_takes_the_first_that_works(rtmidi: type[FakePort]) -> None:
    assert choose_backend("auto") == "alsa"
    rtmidi.broken = {1}
    assert choose_backend("auto") == "jack"


def test_where_none_works_it_says_what_to_do(
    rtmidi: type[FakePort], monkeypatch: pytest.MonkeyPatch
) -> None:
    rtmidi.broken = {1, 2, 4}
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(AntiphonError, match=r"alsa: no server; .*start JACK or PipeWire"):
        choose_backend("auto")
    with pytest.raises(AntiphonError, match="coremidi is not in this python-rtmidi; it has alsa"):
        choose_backend("coremidi")


def test_where_there_are_no_virtual_ports_it_says_what_to_do(rtmidi: type[FakePort]) -> None:
    with (
        pytest.raises(AntiphonError, match=r"install loopMIDI.*--input"),
        open_ports(PortSettings(backend="winmm")),
    ):
        pass
    assert rtmidi.opened == []


def test_who_sounds_by_itself_needs_no_virtual_output(rtmidi: type[FakePort]) -> None:
    settings = PortSettings(backend="winmm", input="key")
    with open_ports(settings, sounds_itself=True) as ports:
        ports.output.send(b"\x90\x3c\x50")
        assert not others([ports.output.name])
    assert rtmidi.opened[-1] == "closed"
    with pytest.raises(AntiphonError, match="install loopMIDI"), open_ports(settings):
        pass


def test_a_port_that_is_taken_is_told_and_the_other_closed(rtmidi: type[FakePort]) -> None:
    rtmidi.names = ("Keystation", "Taken")
    settings = PortSettings(backend="alsa", output="taken")
    with pytest.raises(AntiphonError, match="does another program hold it"), open_ports(settings):
        pass
    assert rtmidi.opened[-1] == "closed"


def test_listed_are_the_ports_of_others(rtmidi: type[FakePort]) -> None:  # noqa: ARG001 (as above)
    assert port_names("alsa") == (["Keystation"], ["Keystation"])


def test_without_python_rtmidi_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(AntiphonError, match="pip install python-rtmidi"):
        backends.compiled_backends()
