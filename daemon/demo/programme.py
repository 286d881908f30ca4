"""What a demo plays to the machine, and how the machine is set for it."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from antiphon.daemon import controls, smf
from antiphon.daemon.config import Config, ControlSettings, RecordSettings
from antiphon.daemon.demo import phrase, trading
from antiphon.daemon.demo.figures import WITHOUT_TURNS
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.show import picture

PHRASES: Final = files("antiphon.daemon.demo") / "phrases"
DEFAULT_PHRASE: Final = "march"

RESTS_S: Final = {"continue": 8.0, "together": 1.5, "harmonise": 1.5, "silent": 1.5}
"""How long the player listens where the machine goes on without end, plays along or not at all."""

Rows = list[tuple[str, str]]
Jam = Callable[[Config, Sequence[Call], Path], Rows]
"""Plays calls to a machine that is set so, writes the MIDI file, and tells figures."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A phrase, shipped or a MIDI file, of which so many calls are played to the machine.

    `controls` are set beside the mode, as text; seed 0 draws one.
    """

    phrase: str
    mode: str = "reply"
    turns: int = 4
    seed: int = 0
    model: str = ""
    controls: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Phrase, mode and controls, in words."""
        mode = [] if self.mode == "reply" else [self.mode]
        return ", ".join([Path(self.phrase).stem, *mode, *self.settings])

    @property
    def settings(self) -> list[str]:
        """The controls in words."""
        return [f"{name} {value}" for name, value in self.controls.items()]


def play(programme: Programme, stem: Path, jam: Jam) -> Rows:
    """Play it, write it beside `stem` as MIDI file and as picture, and return the figures.

    Raises AntiphonError for a phrase that cannot be played.
    """
    score = load_score(programme.phrase)
    recording = stem.with_suffix(".mid")
    with tempfile.TemporaryDirectory(prefix="antiphon-") as scratch:
        config = configured(programme, score, Path(scratch))
        calls = called(score, config.controls, programme.turns)
        figures = jam(config, calls, recording)
    turns = () if programme.mode in WITHOUT_TURNS else None
    parts = smf.read(recording).parts
    picture.draw(parts, stem.with_suffix(".png"), f"Antiphon: {programme.title}", turns)
    return figures


def called(score: smf.Score, settings: controls.Controls, turns: int) -> tuple[Call, ...]:
    """What is played of a score: bars in turn, where it is to be traded and has bars, or calls."""
    if settings.mode == "trade" and score.bars:
        return (trading.in_turns(score, settings.trade_bars, turns),)
    rest_s = RESTS_S.get(settings.mode)
    return tuple(replace(call, rest_s=rest_s) for call in phrase.calls(score)[:turns])


def configured(programme: Programme, score: smf.Score, scratch: Path) -> Config:
    """The defaults, not the user's own settings: a demo should sound the same everywhere."""
    config = Config()
    texts = {"mode": programme.mode, **programme.controls}
    if programme.mode == "trade" and score.bars:
        texts |= {"sync": "midi", "beats_a_bar": str(score.bars[0].beats)}
    return replace(
        config,
        engine=replace(config.engine, seed=programme.seed, model=programme.model),
        controls=controls.changed(config.controls, texts)[0],
        record=RecordSettings(enabled=True, folder=str(scratch / "jam")),
        # A daemon that runs already keeps its own socket.
        control=ControlSettings(socket=str(scratch / "control.sock")),
    )


def phrase_names() -> list[str]:
    """The phrases that come with Antiphon."""
    return sorted(Path(item.name).stem for item in PHRASES.iterdir() if item.name.endswith(".mid"))


def load_score(name: str) -> smf.Score:
    """A shipped phrase or any MIDI file; raises AntiphonError if there is nothing to play in it."""
    if name in phrase_names():
        with as_file(PHRASES / f"{name}.mid") as path:
            return smf.read(path)
    score = smf.read(Path(name))
    if not phrase.calls(score):
        raise AntiphonError(f"{name} holds no note that lasts; give a MIDI file to play")
    return score


def load_calls(name: str) -> tuple[Call, ...]:
    """The calls of a shipped phrase or of any MIDI file."""
    return phrase.calls(load_score(name))
