from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from antiphon.daemon.config import Config, default_path, from_toml, load
from antiphon.daemon.configtext import to_toml
from antiphon.daemon.controls import Controls
from antiphon.daemon.errors import AntiphonError

ROOT = Path(__file__).parents[2]


def test_the_file_of_the_project_states_exactly_the_defaults() -> None:
    assert (ROOT / "config.toml").read_text(encoding="utf-8") == to_toml(Config())


def test_every_setting_of_that_file_is_explained() -> None:
    lines = to_toml(Config()).splitlines()
    for before, line in pairwise(lines):
        if " = " in line and not line.startswith("#"):
            assert before.startswith("# ")


def test_the_defaults_read_back() -> None:
    assert from_toml(to_toml(Config())) == Config()


def test_other_settings_read_back() -> None:
    config = replace(
        Config(),
        ports=replace(
            Config().ports,
            input='a "quoted" \\ name',
            output_latencies_ms={"Fluid": 12.0, 'a "quoted" \\ name': 0.5},
        ),
        engine=replace(Config().engine, threads=4, seed=7),
        controls=Controls(style="jazz", density=0.5, channel=3),
        record=replace(Config().record, enabled=False),
    )
    assert from_toml(to_toml(config)) == config


def test_what_is_not_named_keeps_its_default() -> None:
    config = from_toml("[reply]\nturn_floor_s = 1\n")
    assert config == replace(Config(), reply=replace(Config().reply, turn_floor_s=1.0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[port]\n", "no section [port]; did you mean ports?"),
        ("ports = 1\n", "ports must be a section"),
        ("[ports]\nbackened = 'jack'\n", "no setting 'backened' in [ports]; did you mean backend?"),
        ("[ports]\nbackend = 'jak'\n", "expected one of auto, alsa, jack"),
        ("[ports]\ninput = 3\n", "[ports] input = 3: expected a text in quotes"),
        ("[ports]\noutput_latencies_ms = 3\n", "expected numbers by name, such as { name = 500 }"),
        ("[ports.output_latencies_ms]\nUSB = 'no'\n", "expected a name and a number from 0.0 to"),
        ("[ports.output_latencies_ms]\nUSB = 501\n", "expected a name and a number from 0.0 to"),
        ("[ports.output_latencies_ms]\nUSB = true\n", "expected a name and a number from 0.0 to"),
        ("[ports.output_latencies_ms]\n'' = 1\n", "expected a name and a number from 0.0 to 500"),
        ("[midi]\nthru = 1\n", "[midi] thru = 1: expected true or false"),
        ("[engine]\nthreads = 0\n", "expected a whole number from 1 to 64"),
        ("[engine]\nthreads = 1.5\n", "expected a whole number"),
        ("[engine]\nthreads = true\n", "expected a whole number"),
        ("[reply]\nturn_floor_s = 'long'\n", "expected a number from 0.05 to 5"),
        ("[reply]\nturn_floor_s = nan\n", "expected a number from 0.05 to 5"),
        ("[reply]\nturn_floor_s = 4\n", "turn_floor_s is above turn_ceiling_s"),
        ("[controls]\nstyle = 'jaz'\n", "did you mean jazz?"),
        ("[controls]\ntop_p = 7\n", "expected a number from 0.5 to 1"),
        ("[controls\n", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_key(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AntiphonError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("output", "latency_ms"),
    [("FLUID Synth (7):in", 12.0), ("USB Fluid", 12.0), ("USB 2", 30.0), ("antiphon-out:out", 5.0)],
)
def test_an_output_sounds_as_late_as_the_first_that_fits_says(
    output: str, latency_ms: float
) -> None:
    text = "[ports]\noutput_latency_ms = 5\noutput_latencies_ms = { fluid = 12, USB = 30 }\n"
    assert from_toml(text).ports.latency_s(output) == pytest.approx(latency_ms / 1e3)


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match=r"cannot read .*none\.toml"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AntiphonError, match="not a text file"):
        load(tmp_path / "bytes.toml")


def test_the_users_own_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load(None) == Config()
    default_path().parent.mkdir()
    default_path().write_text("[midi]\nthru = false\n", encoding="utf-8")
    assert not load(None).midi.thru
