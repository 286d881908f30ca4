import argparse
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.daemon import cli
from antiphon.daemon.config import Config, RecordSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.journal import JOURNAL
from antiphon.daemon.shell import bundle, checks, doctor, surroundings
from antiphon.daemon.shell.checks import Check, Finding, Level
from antiphon.daemon.shell.doctor import as_json, as_text, examine


def fail_with(error: Exception) -> Check:
    def look(_config: Config) -> Finding:
        raise error

    return Check("broken", look)


def recording(folder: Path, *, enabled: bool = True) -> Finding:
    record = RecordSettings(enabled=enabled, folder=str(folder))
    return checks.look_at_recording(replace(Config(), record=record))


def test_what_stops_a_check_is_a_finding() -> None:
    mended = examine(fail_with(AntiphonError("install it")), Config())
    assert (mended.level, mended.advice) == (Level.FAIL, "install it")
    assert examine(fail_with(RuntimeError("boom")), Config()).found == "RuntimeError: boom"


def test_advice_stands_below_its_line() -> None:
    findings = [
        ("model", Finding(Level.OK, "small")),
        ("ports", Finding(Level.WARN, "none", "connect")),
    ]
    assert as_text(findings) == "ok    model  small\nwarn  ports  none\n             -> connect\n"
    assert json.loads(as_json(findings))[1] == {
        "name": "ports",
        "level": "warn",
        "found": "none",
        "advice": "connect",
    }


@pytest.mark.parametrize(("level", "status"), [(Level.OK, 0), (Level.WARN, 0), (Level.FAIL, 1)])
def test_only_a_failure_makes_the_status(
    level: Level, status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check = Check("one", lambda _config: Finding(level, "so"))
    monkeypatch.setattr(doctor, "CHECKS", (check,))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    parser = argparse.ArgumentParser()
    doctor.add_arguments(parser)
    assert doctor.main(parser.parse_args([])) == status


def test_a_recording_folder_that_is_yet_to_be_made(tmp_path: Path) -> None:
    assert recording(tmp_path / "new" / "jams").level is not Level.FAIL
    assert not (tmp_path / "new").exists()


def test_a_recording_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert recording(tmp_path / "file").level is Level.FAIL
    assert recording(tmp_path / "file", enabled=False).level is Level.OK


def test_a_little_room_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "ROOM_BYTES", 1 << 62)
    assert recording(tmp_path).level is Level.WARN


def test_no_back_end_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_wanted: str) -> str:
        raise AntiphonError("start JACK")

    monkeypatch.setattr(checks, "compiled_backends", lambda: ["alsa"])
    monkeypatch.setattr(checks, "choose_backend", none)
    assert checks.look_at_backends(Config()) == Finding(Level.FAIL, "built in: alsa", "start JACK")
    assert checks.look_at_ports(Config()).level is Level.WARN


@pytest.mark.parametrize(
    ("backend", "inputs", "outputs", "level"),
    [
        ("alsa", ["keys"], ["synth"], Level.OK),
        ("alsa", [], ["synth"], Level.WARN),
        ("alsa", ["keys"], [], Level.WARN),
        ("winmm", ["keys"], ["synth"], Level.WARN),
    ],
)
def test_ports_that_are_there(
    backend: str,
    inputs: list[str],
    outputs: list[str],
    level: Level,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "choose_backend", lambda _wanted: backend)
    monkeypatch.setattr(checks, "port_names", lambda _backend: (inputs, outputs))
    assert checks.look_at_ports(Config()).level is level


def test_a_model_that_is_missing_is_named(tmp_path: Path) -> None:
    engine = replace(Config().engine, model=str(tmp_path / "none.onnx"))
    found = examine(Check("model", checks.look_at_model), replace(Config(), engine=engine))
    assert found.level is Level.FAIL
    assert "none.onnx" in found.advice


def test_no_daemon_is_no_failure(tmp_path: Path) -> None:
    control = replace(Config().control, socket=str(tmp_path / "none.sock"))
    found = checks.look_at_daemon(replace(Config(), control=control))
    assert found.level is Level.OK
    assert "none.sock" in found.found


def test_a_daemon_that_is_not_ready_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    status = {"performer": None, "problems": ["no model"], "uptime_s": 3}
    monkeypatch.setattr(
        "antiphon.daemon.session.control.ask", lambda _path, _request: {"status": status}
    )
    found = checks.look_at_daemon(Config())
    assert (found.level, found.advice) == (Level.WARN, "no model")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Midi Through:Midi Through Port-0 14:0"], "none is plugged in"),
        (["Keystation:MIDI 1 20:0"], "found: Keystation:MIDI 1 20:0"),
        (["Keystation:MIDI 1 20:0", "Piano:MIDI 1 24:0"], "2: Keystation:MIDI 1 20:0, Piano"),
    ],
)
def test_the_keyboard_that_would_be_played_on(
    names: list[str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "choose_backend", lambda _wanted: "alsa")
    monkeypatch.setattr(checks, "port_names", lambda _backend: (names, []))
    assert checks.look_at_keyboards(Config()).found.startswith(found)


def test_a_configuration_that_is_broken_is_told_and_the_rest_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[port]\n", encoding="utf-8")
    monkeypatch.setattr(doctor, "CHECKS", (Check("one", lambda _: Finding(Level.OK, "so")),))
    assert cli.main(["doctor", "--config", str(path)]) == 0
    shown = capsys.readouterr()
    assert "did you mean ports?" in shown.err
    assert "one  so" in shown.out


def test_everything_around_can_be_looked_at() -> None:
    for name in dir(surroundings):
        if name.startswith("look_at"):
            assert examine(Check(name, getattr(surroundings, name)), Config()).level is Level.OK


def test_servers_are_told_with_their_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "_PROCESSES", tmp_path)
    for number, words in enumerate((["/usr/bin/jackd", "-d", "alsa"], ["bash"], [""])):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "cmdline").write_bytes("\0".join(words).encode())
    found = surroundings.look_at_servers(Config())
    assert found.found == "jackd -d alsa"
    assert "jackd -S" in found.advice


@pytest.fixture
def somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user with a name of his own, a configuration and a jam."""
    home = tmp_path / "home" / "clara"
    (home / ".config" / "antiphon").mkdir(parents=True)
    (home / ".config" / "antiphon" / "config.toml").write_text(
        f"[record]\nfolder = '{home}/jams'\n[engine]\nmodel = '/opt/clara/x.onnx'\n"
    )
    jam = home / "jams" / "2026-01-01"
    jam.mkdir(parents=True)
    (jam / JOURNAL).write_text('{"is": "Heard", "time": 1.0, "data": "903c50"}\n')
    log = home / ".local" / "state" / "antiphon" / "antiphon.log"
    log.parent.mkdir(parents=True)
    log.write_text('{"says": "nothing is recorded in /home/clara/jams"}\n')
    log.with_name("antiphon.log.1").write_text('{"says": "begins"}\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("LOGNAME", "clara")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setattr("socket.gethostname", lambda: "claras-laptop")
    check = Check("one", lambda config: Finding(Level.OK, f"{config.record.folder} claras-laptop"))
    monkeypatch.setattr(doctor, "CHECKS", (check,))
    return home


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_bundle_has_what_is_asked_for_and_nothing_private(
    somebody: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.zip"
    assert cli.main(["doctor", "--bundle", str(path)]) == 0
    assert "look into it before you send it" in capsys.readouterr().out
    files = read(path)
    assert {"doctor.txt", "config.toml", "settings.toml", "packages.txt"} <= files.keys()
    assert "~/jams HOST" in files["doctor.txt"]
    assert "'~/jams'" in files["config.toml"]
    assert "/opt/USER/x.onnx" in files["settings.toml"]
    assert [json.loads(line)["says"] for line in files["log.jsonl"].splitlines()] == [
        *("begins", "nothing is recorded in /home/USER/jams")
    ]
    everything = "".join(files.values())
    assert "clara" not in everything
    assert str(somebody) not in everything
    assert "903c50" not in everything
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("somebody")
def test_a_bundle_has_the_jam_if_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.zip"
    for name in ("last", "2026-01-01"):
        assert cli.main(["doctor", "--bundle", str(path), "--with-jam", name]) == 0
        assert "903c50" in read(path)["journal.jsonl"]
    assert cli.main(["doctor", "--bundle", str(path), "--with-jam", "2027"]) == 2
    assert cli.main(["doctor", "--with-jam", "last"]) == 2
    assert cli.main(["doctor", "--bundle", "/nowhere/x.zip"]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_words_that_only_contain_a_name_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    monkeypatch.setattr("socket.gethostname", lambda: "pi")
    assert bundle.cleaned("channel /srv/ann/x pipe") == "channel /srv/USER/x pipe"
