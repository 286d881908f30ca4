import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest

from antiphon.daemon import cli
from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.session.journal import JOURNAL
from antiphon.daemon.shell.completion import FILES, FOLDERS, SCRIPTS, candidates


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with two presets and a session."""
    presets = tmp_path / "antiphon" / "presets"
    presets.mkdir(parents=True)
    for name in ("calm", "wild"):
        (presets / f"{name}.toml").write_text('style = "jazz"\n')
    session = tmp_path / "jams" / "2026-03-04_05-06-07"
    session.mkdir(parents=True)
    (session / JOURNAL).write_text("")
    config = tmp_path / "antiphon" / "config.toml"
    config.write_text(f"[record]\nfolder = '{tmp_path / 'jams'}'\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def words(*typed: str) -> list[str]:
    return [candidate.word for candidate in candidates(typed)]


def test_every_command_is_offered_once() -> None:
    firsts = [name.partition(" ")[0] for name in cli.COMMANDS]
    assert words("") == [*dict.fromkeys(firsts), "--help", "--version"]
    assert words("pa") == ["panel", "panic", "parity"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["preset", "l"], ["load", "list"]),
        (["preset", "load", ""], ["calm", "wild"]),
        (["preset", "load", "w"], ["wild"]),
        (["show", "2"], ["2026-03-04_05-06-07"]),
        (["sessions", "e"], ["export", FOLDERS]),
        (["mode", "s"], ["silent"]),
        (["set", "sty"], ["style="]),
        (["set", "style=ja"], ["style=jazz"]),
        (["set", "density=0.5", "loudness="], ["loudness=auto"]),
        (
            ["get", "temp"],
            ["temperature_time", "temperature_notes", "temperature_touch", "temperature"],
        ),
        (["run", "--backend", "j"], ["jack"]),
        (["run", "--backend=j"], ["--backend=jack"]),
        (["run", "--config", ""], [FILES]),
        (["run", "--record", ""], [FOLDERS]),
        (["run", "--no"], ["--no-record"]),
        (["panic", "--js"], ["--json"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["nothing", "such"], []),
        (["set", "nothing=x"], []),
    ],
)
def test_what_could_stand_there(typed: list[str], found: list[str]) -> None:
    assert words(*typed) == found


def test_every_control_can_be_set() -> None:
    assert {f"{name}=" for name in CONTROLS} < set(words("set", ""))


def test_a_shell_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "tcsh"]) == 2
    assert cli.main(["completion"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"needs {shell}")


@pytest.fixture
def program(home: Path) -> dict[str, str]:
    """An environment in which `antiphon` is this one, and the script of each shell a file."""
    folder = home / "bin"
    folder.mkdir()
    path = folder / "antiphon"
    command = "import sys; from antiphon.daemon.cli import main; sys.exit(main())"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{command}" "$@"\n')
    path.chmod(0o755)
    for shell, script in SCRIPTS.items():
        (home / f"completion.{shell}").write_text(script)
    return {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "TERM": "dumb",
        "HOME": str(home),
    }


class Terminal:
    """A shell at a terminal, to be typed at."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._end, theirs = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=folder
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def type(self, text: str, expected: str) -> None:
        """Type, and wait until the expected text is shown."""
        os.write(self._end, text.encode())
        shown = ""
        while expected not in shown:
            assert select.select([self._end], [], [], 60.0)[0], shown
            more = os.read(self._end, 4096).decode(errors="replace")
            shown += re.sub(r"\x07|\x1b\[[0-9;?]*[A-Za-z]", "", more)


CASES = [
    ("antiphon pani", "antiphon panic "),
    ("antiphon preset load ca", "antiphon preset load calm "),
    ("antiphon set sty", "antiphon set style="),
    ("antiphon set style=ja", "antiphon set style=jazz "),
    ("antiphon run --backend ja", "antiphon run --backend jack "),
    ("antiphon show 2026", "antiphon show 2026-03-04_05-06-07 "),
    ("antiphon run --config complet", "antiphon run --config completion."),
]
LINE_AWAY = "\x15"


@needs("bash")
def test_bash_completes(home: Path, program: dict[str, str]) -> None:
    with Terminal(["bash", "--norc", "--noprofile", "-i"], program, home) as shell:
        shell.type(
            "bind 'set enable-bracketed-paste off'; . ./completion.bash; echo $0!\n", "bash!"
        )
        for typed, completed in CASES:
            shell.type(f"{LINE_AWAY}{typed}\t", completed)


@needs("zsh")
def test_zsh_completes(home: Path, program: dict[str, str]) -> None:
    with Terminal(["zsh", "-f", "-i"], program, home) as shell:
        shell.type("autoload -Uz compinit; compinit -u -D; . ./completion.zsh; echo $0!\n", "zsh!")
        for typed, completed in CASES:
            shell.type(f"{LINE_AWAY}{typed}\t", completed[len(typed) :])


@needs("fish")
def test_fish_completes(home: Path, program: dict[str, str]) -> None:
    ask = "; ".join(f"complete -C '{typed}'; echo" for typed, _ in CASES)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source completion.fish; {ask}"],
        capture_output=True,
        text=True,
        check=True,
        env=program,
        cwd=home,
    )
    found = [line.partition("\t")[0] for line in done.stdout.splitlines() if line]
    wanted = [completed.rstrip().rpartition(" ")[2] for _, completed in CASES]
    assert found[:-3] == wanted[:-1]
    assert set(found[-3:]) == {f"completion.{shell}" for shell in SCRIPTS}
