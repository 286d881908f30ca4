import socket
import sys
from pathlib import Path

import pytest

from antiphon.daemon.ports.pulse import Pulse, answers, connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def test_the_end_of_a_server_is_felt_and_nothing_else_is(tmp_path: Path) -> None:
    address = str(tmp_path / "jack_x")
    pulse = Pulse()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(address)
        server.listen()
        client.connect(address)
        accepted, _ = server.accept()
        assert answers(address)
        assert connections("jill") == []
        pulse.hold(connections("jack"))
        assert pulse.address == address
        assert not pulse.wait(0)
        accepted.send(b"for the client alone")
        assert not pulse.wait(0)
        accepted.close()
        assert pulse.wait(20)
    assert not answers(address)
    pulse.drop()
    assert not pulse.wait(0)
    pulse.close()


def test_it_can_be_woken() -> None:
    pulse = Pulse()
    pulse.wake()
    assert not pulse.wait(20)
    pulse.close()
