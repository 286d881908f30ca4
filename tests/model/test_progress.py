"""The line that says how far a piece of work is."""

import io

import pytest

from antiphon.model import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_how_many_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert list(progress.shown([1, 2])) == [1, 2]
    lines = [line.strip() for line in terminal.getvalue().split("\r")]
    assert lines[1] == "0 of 2"
    assert lines[2].startswith("1 of 2, 0:0")
    assert lines[3] == "2 of 2"
    assert terminal.getvalue().endswith("\n")


def test_what_has_no_length_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert list(progress.shown(iter("ab"))) == ["a", "b"]
    assert terminal.getvalue().split("\r")[-1].strip() == "2"


def test_a_file_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.shown([1, 2])) == [1, 2]
    assert capsys.readouterr().err == ""
