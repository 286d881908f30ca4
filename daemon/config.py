"""Settings that hold for a whole run: one frozen dataclass a section, read from TOML.

The defaults live here; `configtext` writes them out, and the `config.toml` of the project is that
text. What can change while playing is a control and lives in `controls.py`.
"""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from antiphon.daemon import toml
from antiphon.daemon.configvalues import checked
from antiphon.daemon.controls import Controls, changed, nearest
from antiphon.daemon.errors import AntiphonError

AUTO = "auto"
BACKENDS = (AUTO, "alsa", "jack", "coremidi", "winmm")
PROVIDERS = (AUTO, "cpu", "cuda")
NO_FEEDBACK, TO_OUTPUT = "off", "output"
AUDIO_DRIVERS = (
    *(AUTO, "alsa", "coreaudio", "dsound", "jack", "pipewire", "portaudio", "pulseaudio"),
    *("wasapi", "waveout"),
)
LOG_LEVELS = ("debug", "info", "warning", "error")


def _text(default: str, help: str, choices: tuple[str, ...] = ()) -> Any:  # noqa: A002 (as argparse)
    return field(default=default, metadata={"help": help, "choices": choices})


def _number(default: float, low: float, high: float, help: str) -> Any:  # noqa: A002 (as argparse)
    return field(default=default, metadata={"help": help, "low": low, "high": high})


def _switch(default: bool, help: str) -> Any:  # noqa: A002 (as argparse)
    return field(default=default, metadata={"help": help})


def _numbers(low: float, high: float, help: str) -> Any:  # noqa: A002 (as argparse)
    return field(default_factory=dict, metadata={"help": help, "low": low, "high": high})


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where MIDI comes in and goes out."""

    backend: str = _text(AUTO, "MIDI back end; auto takes the first that works", BACKENDS)
    input: str = _text(
        AUTO,
        "part of the name of a port to listen to; auto takes the keyboard if there is one alone; "
        "empty, or none of these, makes a virtual port",
    )
    output: str = _text("", "part of the name of a port to play on; empty makes a virtual port")
    output_latency_ms: float = _number(
        0.0, 0.0, 500.0, "how long what is sent there takes to sound: it is sent so much earlier"
    )
    output_latencies_ms: Mapping[str, float] = _numbers(
        0.0,
        500.0,
        "the same for single ports, by a part of the name, as in { FluidSynth = 12, USB = 30 }; "
        "the first that fits counts",
    )

    def latency_s(self, output: str) -> float:
        """How long what is sent to an output of that name takes to sound."""
        parts = self.output_latencies_ms.items()
        fitting = (ms for part, ms in parts if part.lower() in output.lower())
        return next(fitting, self.output_latency_ms) / 1e3


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """What happens to the player's own messages."""

    thru: bool = _switch(True, "pass what you play on to the output")


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """The built-in sound, for a machine without a synthesiser."""

    enabled: str = _text(
        AUTO,
        "built-in sound; auto sounds while no output is named and nothing is connected to ours",
        (AUTO, "on", "off"),
    )
    soundfont: str = _text(
        "", "path of an .sf2 or .sf3 file; empty takes the best that is found in the usual places"
    )
    driver: str = _text(
        AUTO, "how it gets at the sound card; auto takes the first that works", AUDIO_DRIVERS
    )
    gain: float = _number(0.5, 0.0, 5.0, "how loud it is")
    reverb: bool = _switch(True, "let it sound as in a room")
    buffer_frames: int = _number(
        512,
        64,
        8192,
        "samples that are ready before they are heard, 48 a millisecond: fewer sound sooner, "
        "too few crackle; JACK and macOS have their own",
    )


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """Knobs, faders and pads that move controls (see `antiphon learn`)."""

    input: str = _text("", "part of the name of a port with knobs, beside your keyboard's own")
    feedback: str = _text(
        "off",
        "where values go back to, for motor faders and lights: off, output, or a part of the "
        "name of a port",
    )
    thru: bool = _switch(False, "pass what moves a control on to the output, too")
    learned: str = _text("", "file of what was learned; empty is learned.toml beside this one")

    @property
    def feedback_port(self) -> str | None:
        """The port of its own that values go back to, None if there is none."""
        return None if self.feedback in ("", NO_FEEDBACK, TO_OUTPUT) else self.feedback

    @property
    def learned_path(self) -> Path:
        """Where what was learned is kept."""
        return Path(self.learned or default_path().with_name("learned.toml")).expanduser()


@dataclass(frozen=True, slots=True)
class ReplySettings:
    """When a turn ends."""

    turn_floor_s: float = _number(0.1, 0.05, 5.0, "a pause shorter than this never ends your turn")
    turn_ceiling_s: float = _number(
        3.2, 0.1, 20.0, "a pause longer than this does, even with a key held"
    )


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Which model runs, and where."""

    model: str = _text("", "path of an exported model; empty is the one that comes with antiphon")
    provider: str = _text(AUTO, "auto measures and takes the faster", PROVIDERS)
    threads: int = _number(1, 1, 64, "processor threads for the model")
    seed: int = _number(0, 0, 2**31 - 1, "seed of the choices; 0 draws a new one at each start")


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """Where jams are kept."""

    enabled: bool = _switch(True, "keep each jam as a MIDI file and a journal")
    folder: str = _text("~/Antiphon", "one folder a jam is made in here")
    player: str = _text(
        "me", "whose likings are kept, in players/NAME.json in that folder; empty keeps none"
    )


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """How clients reach the daemon."""

    socket: str = _text("", "path of the control socket; empty is one of your own")


@dataclass(frozen=True, slots=True)
class OscSettings:
    """Whether OSC is spoken, to tablets and other programs, and where it comes in."""

    enabled: bool = _switch(False, "take OSC by UDP")
    host: str = _text(
        "127.0.0.1",
        "address to take it at; this one is of this machine alone, 0.0.0.0 lets everybody on your "
        "network steer",
    )
    port: int = _number(9770, 1, 65535, "port to take it at")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is said on the terminal, and kept for a bug report."""

    level: str = _text("warning", "how much is said on standard error", LOG_LEVELS)
    file: str = _text(
        AUTO,
        "what goes wrong is kept in this file too, 3 MB at most; auto is one of your own, empty "
        "keeps none",
    )

    @property
    def path(self) -> Path | None:
        """The file, None if none is kept."""
        if not self.file:
            return None
        return (
            state_folder() / "antiphon.log" if self.file == AUTO else Path(self.file).expanduser()
        )


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of a run, by section; `controls` are the values that a run starts with."""

    ports: PortSettings = PortSettings()
    midi: MidiSettings = MidiSettings()
    audio: AudioSettings = AudioSettings()
    controller: ControllerSettings = ControllerSettings()
    reply: ReplySettings = ReplySettings()
    engine: EngineSettings = EngineSettings()
    controls: Controls = field(default_factory=Controls)
    record: RecordSettings = RecordSettings()
    control: ControlSettings = ControlSettings()
    osc: OscSettings = OscSettings()
    log: LogSettings = LogSettings()


def default_path() -> Path:
    """Where the configuration file of this user is looked for."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or "~/.config"
    return Path(base).expanduser() / "antiphon" / "config.toml"


def state_folder() -> Path:
    """Where this user's programs keep what is neither settings nor work."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.local/state"
    return Path(base).expanduser() / "antiphon"


def load(path: Path | None) -> Config:
    """Settings from `path`, or from the user's own file if there is one, or the defaults.

    Raises `AntiphonError` naming the file, the key, what was expected and the nearest key.
    """
    if path is None:
        path = default_path()
        if not path.exists():
            return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AntiphonError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AntiphonError(f"{path} is not a text file in UTF-8") from None
    try:
        return from_toml(text)
    except AntiphonError as error:
        raise AntiphonError(f"{path}: {error}") from None


def from_toml(text: str) -> Config:
    """Settings from TOML text; what it does not name keeps its default."""
    content = toml.read(text)
    sections = {section.name: section for section in fields(Config)}
    for name, table in content.items():
        if name not in sections:
            raise AntiphonError(f"no section [{name}]{nearest(name, sections)}")
        if not isinstance(table, dict):
            raise AntiphonError(f"{name} must be a section, written [{name}]")
    values: dict[str, Any] = {name: _section(name, table) for name, table in content.items()}
    return Config(**values)


def _section(name: str, table: Mapping[str, object]) -> object:
    kind = type(getattr(Config(), name))
    settings: dict[str, Field[Any]] = {setting.name: setting for setting in fields(kind)}
    for key in table:
        if key not in settings:
            raise AntiphonError(f"no setting {key!r} in [{name}]{nearest(key, settings)}")
    if kind is Controls:
        return changed(Controls(), {key: str(value) for key, value in table.items()})[0]
    values = {key: checked(name, settings[key], value) for key, value in table.items()}
    made = kind(**values)
    if isinstance(made, ReplySettings) and made.turn_floor_s > made.turn_ceiling_s:
        raise AntiphonError("[reply] turn_floor_s is above turn_ceiling_s")
    return made
