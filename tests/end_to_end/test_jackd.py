"""Private JACK servers: each has a name of its own, and killed ones use up no places."""

import signal

import pytest

from antiphon.daemon.bench import jackd

pytestmark = [
    pytest.mark.jack,
    pytest.mark.skipif(not jackd.available(), reason="no jackd here: apt install jackd2"),
]


def test_two_at_a_time_have_names_of_their_own() -> None:
    with jackd.private_server() as one, jackd.private_server() as other:
        assert one.name != other.name


def test_killed_servers_leave_room_for_more_than_jack_has_places() -> None:
    names = set()
    for _ in range(10):
        with jackd.private_server() as server:
            names.add(server.name)
            server.end(signal.SIGKILL)
    assert len(names) == 1


def test_a_server_that_ended_starts_again() -> None:
    with jackd.private_server() as server:
        server.end()
        server.start()
        server.wait_ready()
