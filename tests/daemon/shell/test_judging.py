import socket
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.session.control import Server, Table

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


@pytest.mark.parametrize("deed", ["good", "bad", "forget"])
def test_the_daemon_is_told(deed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Table] = []

    def answer(request: Table, _: int) -> Table:
        asked.append(request)
        return {"done": request["do"]}

    path = tmp_path / "control.sock"
    with Server(path, answer):
        assert cli.main([deed, "--socket", str(path)]) == 0
        assert capsys.readouterr().out == ""
        assert cli.main([deed, "--json", "--socket", str(path)]) == 0
    assert asked == [{"do": deed}] * 2
    assert f'"done": "{deed}"' in capsys.readouterr().out


def test_without_a_daemon_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["good", "--socket", str(tmp_path / "none.sock")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
