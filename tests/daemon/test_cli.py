import argparse
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from antiphon.daemon import cli
from antiphon.daemon.cli import COMMANDS, Command, main
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.run import add_arguments, configured
from antiphon.daemon.shell import status
from antiphon.model.errors import ModelError


def command(monkeypatch: pytest.MonkeyPatch, error: BaseException | None) -> None:
    """Put a command `try` into the table that raises `error`, or prints its argument."""
    module = ModuleType("a_command")

    def run(args: argparse.Namespace) -> int:
        if error is not None:
            raise error
        sys.stdout.write(args.word)
        return 7

    vars(module)["add_arguments"] = lambda parser: parser.add_argument("word")
    vars(module)["main"] = run
    monkeypatch.setitem(sys.modules, "a_command", module)
    monkeypatch.setattr(cli, "COMMANDS", {"try": Command("a_command", "tries")})


def test_a_command_gets_its_arguments_and_gives_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch, None)
    assert main(["try", "this"]) == 7
    assert capsys.readouterr().out == "this"


@pytest.mark.parametrize(
    ("error", "status_", "text"),
    [
        (AntiphonError("no such port"), 2, "antiphon: no such port\n"),
        (ModelError("no such\nmodel"), 2, "antiphon: no such model\n"),
        (
            ModuleNotFoundError("No module", name="torch.nn"),
            2,
            "antiphon: this needs torch: pip install 'antiphon[train]'\n",
        ),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_mistake_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status_: int,
    text: str,
) -> None:
    command(monkeypatch, error)
    assert main(["try", "this"]) == status_
    assert capsys.readouterr().err == text


def test_a_module_of_ours_that_is_missing_is_a_fault_not_a_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command(monkeypatch, ModuleNotFoundError("No module", name="antiphon.daemon.nothing"))
    with pytest.raises(ModuleNotFoundError):
        main(["try", "this"])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["rnu"], "no command 'rnu'; did you mean run?"),
        (["model"], "model takes one of: prepare, train"),
        (["model", "bake"], "model takes one of: prepare, train"),
        (["ports", "--jsn"], "unrecognized arguments: --jsn (see antiphon ports --help)"),
        (["ports", "--backend", "tin"], "invalid choice: 'tin'"),
        (["set", "styl=jazz"], "did you mean style?"),
        (["set", "style"], "name=value"),
        (["set", "style=jazz", "--socket", "/nowhere/sock"], "start one with antiphon run"),
        (["status", "--config", "/nowhere.toml"], "cannot read /nowhere.toml"),
    ],
)
def test_a_wrong_word_is_one_line_that_helps(
    capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    assert main(words) == 2
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)
    assert main([]) == 2


def test_options_win_over_the_configuration_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[ports]\ninput = 'organ'\noutput = 'synth'\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ["--config", str(path), "--input", "piano", "--no-record", "--socket", "/s"]
    config = configured(parser.parse_args(words))
    assert (config.ports.input, config.ports.output) == ("piano", "synth")
    assert (config.record.enabled, config.control.socket) == (False, "/s")


def test_a_client_finds_the_socket_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[control]\nsocket = '/tmp/mine.sock'\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    status.add_arguments(parser)
    assert status.socket_path(parser.parse_args(["--config", str(path)])) == Path("/tmp/mine.sock")  # noqa: S108 (never opened)


def test_the_midi_process_loads_no_numpy_torch_or_onnx_runtime() -> None:
    program = (
        "import sys, antiphon.daemon.cli, antiphon.daemon.run, antiphon.daemon.shell.steer\n"
        "print([name for name in ('numpy', 'torch', 'onnxruntime') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "words", [["--help"], ["set", "--help"], ["--version"], ["completion", "bash"]]
)
def test_a_closed_pipe_is_no_fault(words: list[str]) -> None:
    program = "from antiphon.daemon.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    child = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Else Python holds nothing back, and there is nothing left to complain of at exit.
        env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    with child.stderr:
        assert child.stderr.read() == b""
    assert child.wait(20) == 0
