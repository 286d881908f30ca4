"""Every reader by its name, with what its cases look like and where coverage is looked at.

A refusal (`AntiphonError`, `ModelError`) is as good as an answer; anything else is a defect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from antiphon.daemon.errors import AntiphonError
from antiphon.model.errors import ModelError
from tests.fuzz import readers


@dataclass(frozen=True, slots=True)
class Target:
    """`read` gets the bytes; coverage is looked at in `modules`, whose names so begin."""

    read: Callable[[bytes], object]
    modules: tuple[str, ...]
    is_json: bool = False
    """Whether lines of it are: then values are changed, not bytes alone."""
    longest: int = 1024


TARGETS: Mapping[str, Target] = {
    "midi-in": Target(
        readers.read_midi_in,
        (
            "antiphon.daemon.midi",
            "antiphon.daemon.session.stage",
            "antiphon.daemon.session.feedback",
            "antiphon.daemon.ports.hotplug",
        ),
        longest=128,
    ),
    "midi-file": Target(readers.read_midi_file, ("mido", "antiphon.daemon.smf")),
    "events": Target(
        readers.read_events, ("antiphon.model.notation", "antiphon.model.midifile"), longest=256
    ),
    "config": Target(
        readers.read_config, ("tomllib", "antiphon.daemon.config", "antiphon.daemon.controls")
    ),
    "preset": Target(
        readers.read_preset, ("tomllib", "antiphon.daemon.presets", "antiphon.daemon.controls")
    ),
    "learned": Target(readers.read_learned, ("tomllib", "antiphon.daemon.session.learned")),
    "journal": Target(
        readers.read_journal,
        ("antiphon.daemon.session.journal", "antiphon.daemon.session.tracks", "mido.messages"),
        is_json=True,
        longest=4096,
    ),
    "story": Target(
        readers.read_story,
        ("antiphon.daemon.show.story", "antiphon.daemon.session"),
        is_json=True,
        longest=4096,
    ),
    "replay": Target(
        readers.read_replay,
        ("antiphon.daemon.session", "antiphon.daemon.messages"),
        is_json=True,
        longest=4096,
    ),
    "likings": Target(
        readers.read_likings,
        ("antiphon.daemon.session.likings", "antiphon.daemon.messages"),
        is_json=True,
    ),
    "client": Target(
        readers.read_client,
        (
            "antiphon.daemon.session.control",
            "antiphon.daemon.session.answers",
            "antiphon.daemon.session.remote",
            "antiphon.daemon.session.learned",
            "antiphon.daemon.controls",
        ),
        is_json=True,
    ),
    "osc": Target(readers.read_osc, ("antiphon.daemon.osc", "pythonosc")),
    "performer": Target(
        readers.read_performer,
        (
            "antiphon.daemon.messages",
            "antiphon.daemon.session.supervisor",
            "antiphon.daemon.session.stage",
            "antiphon.daemon.session.clockout",
        ),
        is_json=True,
    ),
    "told": Target(
        readers.read_told, ("antiphon.daemon.messages", "antiphon.daemon.performer"), is_json=True
    ),
    "model": Target(readers.read_model, ("antiphon.daemon.performer.modelfile",), longest=4096),
    "facts": Target(
        readers.read_facts,
        ("antiphon.daemon.performer.modelfile", "antiphon.model.checksums"),
        is_json=True,
    ),
}


def run(target: Target, data: bytes) -> None:
    """One case; raises for a defect. To be refused in one line is none."""
    try:
        target.read(data)
    except (AntiphonError, ModelError) as error:
        if "\n" in str(error):
            raise
