import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.control import Server, Table

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


class Stand:
    """A daemon that is taught `cc 21` as soon as it is asked to learn."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requests: list[Table] = []
        self.server = Server(path, self.answer)

    def answer(self, request: Table, _: int) -> Table:
        self.requests.append(request)
        target = request.get("target")
        if target == "style":
            raise AntiphonError("nothing can be learned")
        if target:
            taught = {"knob": "cc 21 channel 1", "moves": target}
            threading.Thread(target=self.server.publish, args=[taught]).start()
        return {"learned": {"cc 1": "density"}, "learning": target}


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path / "control.sock")
    with stand.server:
        yield stand


def run(stand: Stand, *words: str) -> int:
    return cli.main(["learn", *words, "--socket", str(stand.path)])


def test_it_waits_for_the_knob_and_says_which(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stand, "density") == 0
    assert capsys.readouterr().out == "cc 21 channel 1 moves density\n"
    assert run(stand, "Panic", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"cc 21 channel 1": "panic"}


def test_what_was_learned_is_listed_and_changed(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ((), ("--forget", "density"), ("--map", "nanokontrol2")):
        assert run(stand, *words) == 0
        assert capsys.readouterr().out == "cc 1 moves density\n"
    assert stand.requests[1:] == [
        {"do": "learn", "forget": "density"},
        {"do": "learn", "map": "nanokontrol2"},
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("densty",), "did you mean density?"),
        (("style",), "nothing can be learned"),
        (("style", "--map", "x"), "not allowed with"),
    ],
)
def test_what_cannot_be_learned_is_one_line(
    stand: Stand, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert run(stand, *words) == 2
    assert complaint in capsys.readouterr().err
