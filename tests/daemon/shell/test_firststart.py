from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.daemon.config import AUTO, Config, load
from antiphon.daemon.shell import firststart
from antiphon.daemon.shell.firststart import asked, resolved

KEYSTATION, PIANO = "Keystation:MIDI 1 20:0", "Piano:MIDI 1 24:0"


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    there: list[str] = ["Midi Through:Midi Through Port-0 14:0"]
    monkeypatch.setattr(firststart, "choose_backend", lambda _: "alsa")
    monkeypatch.setattr(firststart, "port_names", lambda _: (there, []))
    return there


def test_the_one_keyboard_is_found(plugged_in: list[str]) -> None:
    plugged_in.append(KEYSTATION)
    config, line = resolved(Config(), None)
    assert (config.ports.input, line) == (KEYSTATION, "")


def test_without_one_it_is_left_to_be_found(plugged_in: list[str]) -> None:
    assert len(plugged_in) == 1
    config, line = resolved(Config(), None)
    assert config.ports.input == AUTO
    assert "no keyboard is plugged in" in line


def test_where_nobody_can_be_asked_it_says_how_to_choose(plugged_in: list[str]) -> None:
    plugged_in += [KEYSTATION, PIANO]
    config, line = resolved(Config(), None)
    assert config.ports.input == AUTO
    assert f"2 keyboards are there ({KEYSTATION}, {PIANO}): choose with --input" in line


def test_what_is_configured_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firststart, "choose_backend", pytest.fail)
    for name in ("", "organ"):
        config = replace(Config(), ports=replace(Config().ports, input=name))
        assert resolved(config, None) == (config, "")


def answering(words: Sequence[str]) -> Iterator[str]:
    yield from words
    raise EOFError


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["2"], "Piano:MIDI 1"),
        ([""], "Keystation:MIDI 1"),
        (["0"], ""),
        (["3", "organ", "1"], "Keystation:MIDI 1"),
        ([], "Keystation:MIDI 1"),
    ],
)
def test_the_answer_is_remembered(
    tmp_path: Path, words: list[str], chosen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = answering(words)
    path = tmp_path / "antiphon" / "config.toml"
    assert asked([KEYSTATION, PIANO], path, lambda _: next(answers)) == chosen
    assert capsys.readouterr().out.endswith(f"remembered in {path}\n")
    assert load(path).ports.input == chosen


def test_a_file_of_the_users_is_not_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n", encoding="utf-8")
    asked([KEYSTATION, PIANO], path, lambda _: "2")
    told = f'to be asked no more, put input = "Piano:MIDI 1" under [ports] in {path}\n'
    assert capsys.readouterr().out.endswith(told)
    assert path.read_text(encoding="utf-8") == "# mine\n"


def test_where_it_cannot_be_remembered_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "config.toml"
    assert asked([KEYSTATION, PIANO], path, lambda _: "2") == "Piano:MIDI 1"
    assert "you will be asked again" in capsys.readouterr().out
