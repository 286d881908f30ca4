import json
import socket
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.session.control import Server, Table


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")
def test_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    asked: list[Table] = []

    def answer(request: Table, _: int) -> Table:
        asked.append(request)
        return {"controls": {"density": None, "style": "jazz"}}

    path = tmp_path / "control.sock"
    with Server(path, answer):
        morph = ["morph", "mine", "mine", "0.5"]
        for words in (["save", "mine"], ["load", "mine"], morph):
            assert cli.main(["preset", *words, "--socket", str(path)]) == 0
        assert cli.main(["preset", *morph[:-1], "2", "--socket", str(path)]) == 2
    assert asked[1]["values"] == asked[2]["values"] == {"density": "auto", "style": "jazz"}
    capsys.readouterr()
    assert cli.main(["preset", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["mine"]
    assert cli.main(["preset", "remove", "mine"]) == 0
    assert cli.main(["preset"]) == 2
    assert "preset takes one of: save, load, morph, remove, list" in capsys.readouterr().err
