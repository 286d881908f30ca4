"""The short form: each fault once or twice, on the real thing. `make torture` is the long one."""

from pathlib import Path

import pytest

from antiphon.daemon.bench import jackd
from tests.torture.__main__ import held, table
from tests.torture.faults import FAULTS
from tests.torture.stand import Tally

pytestmark = [
    pytest.mark.jack,
    pytest.mark.skipif(not jackd.available(), reason="no jackd here: apt install jackd2"),
]

SHORT = (
    *("server killed", "synth pulled", "flood", "oddities", "disk full", "read-only"),
    *(
        "session killed",
        "session ended",
        "thru killed",
        "guardian killed",
        "all killed",
        "memory short",
        "clock jumps",
        "OSC flood",
    ),
    *("thousand a second", "song jumps"),
)
"""Those that are quick, and have no test of their own in tests/end_to_end."""


ASYNCHRONOUS = ("synth pulled", "oddities")
"""The same on the server that people run; the ends of processes are tried on no other."""


@pytest.mark.parametrize("name", SHORT)
def test_it_keeps_its_promises(name: str, tmp_path: Path) -> None:
    with jackd.private_server() as server:
        tally = FAULTS[name](server, tmp_path, 1)
    assert held(tally), table({name: tally})


@pytest.mark.parametrize("period", [64, 256])
@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_it_keeps_them_on_an_asynchronous_server(name: str, period: int, tmp_path: Path) -> None:
    with jackd.private_server(period, jackd.USUAL) as server:
        tally = FAULTS[name](server, tmp_path, 1)
    assert held(tally), table({name: tally})


def test_a_broken_promise_is_seen() -> None:
    assert held(Tally(rounds=3, silent_s=[1.0]))
    assert not held(Tally(rounds=3, silent_s=[2.1]))
    for broken in (Tally(hung=1), Tally(thru_lost=1), Tally(damaged=1), Tally(failures=["ended"])):
        assert not held(broken)
    assert "0.25 0.50 0.50" in table({"any": Tally(silent_s=[0.5, 0.25])})
