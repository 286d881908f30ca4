"""The tree of OSC addresses: what each takes, and what is sent. Tables alone, and pure.

The page of the reference is made of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS, Control

ROOT: Final = "/antiphon"
CONTROL: Final = f"{ROOT}/control"
FADER: Final = f"{ROOT}/fader"
STATUS: Final = f"{ROOT}/status"
PRESET: Final = f"{ROOT}/preset"
RECORD: Final = f"{ROOT}/record"
SUBSCRIBE: Final = f"{ROOT}/subscribe"
UNSUBSCRIBE: Final = f"{ROOT}/unsubscribe"
PRESETS: Final = f"{PRESET}/list"
SUBSCRIBED: Final = f"{ROOT}/subscribed"
TEMPO: Final = f"{ROOT}/tempo"
KEPT: Final = f"{ROOT}/kept"
PROBLEM: Final = f"{ROOT}/problem"
SOLVED: Final = f"{ROOT}/solved"
ERROR: Final = f"{ROOT}/error"

SUBSCRIPTION_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of the status: where it is in the daemon's, what it is, and is when there is none.

    A value of another kind than `none` is told as none.
    """

    path: tuple[str, ...]
    help: str
    none: str | int | float = ""


STATUSES: Final[Mapping[str, Figure]] = {
    "turn": Figure(("turn",), "whose turn it is: idle, player, machine, both"),
    "key": Figure(("state", "key"), "the key that is heard"),
    "chord": Figure(("state", "chord"), "what sounds, as a chord"),
    "style": Figure(("state", "style"), "the style that is heard of the player, where it is sure"),
    "tempo": Figure(("state", "tempo_bpm"), "beats a minute, 0 while there is no beat", 0.0),
    "input": Figure(("input",), "the port that is listened to"),
    "output": Figure(("output",), "the port that is played on"),
    "recording": Figure(("recording",), "the folder of the recording"),
    "model": Figure(("performer", "model"), "the model that plays, once it is ready"),
    "lateness": Figure(("lateness", "p99_ms"), "lateness of notes in ms, p99", 0.0),
    "played": Figure(("messages", "played"), "messages that the machine has sent", 0),
    "sounding": Figure(("messages", "notes_held"), "notes that sound", 0),
}


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the reference: an address, what it takes, what it does or tells."""

    address: str
    args: str
    help: str


_PLACE: Final = "PRESET"

TAKEN: Final[tuple[Branch, ...]] = (
    Branch(f"{CONTROL}/NAME", "a value", "sets a control"),
    Branch(f"{CONTROL}/NAME", "", "is answered with its value"),
    Branch(CONTROL, "", "is answered with all of them"),
    Branch(f"{FADER}/NAME", "a number from 0 to 1", "sets a control by its place in its reach"),
    Branch(
        f"{FADER}/NAME", "", "is answered with that place, or with the control where it has none"
    ),
    Branch(FADER, "", "the same for all of them"),
    *(Branch(f"{ROOT}/{name}", "", what) for name, what in DEEDS.items()),
    Branch(RECORD, "1 or 0", "begins a recording, or ends it"),
    Branch(RECORD, "", "is answered with 1 or 0"),
    Branch(f"{PRESET}/save", _PLACE, "saves the controls as a preset"),
    Branch(f"{PRESET}/load", _PLACE, "loads a preset"),
    Branch(f"{PRESET}/morph", f"{_PLACE} {_PLACE} and 0 to 1", "sets what lies between two"),
    Branch(PRESETS, "", "is answered with the names of the presets"),
    Branch(STATUS, "", "is answered with every value of the status"),
    Branch(f"{STATUS}/NAME", "", "is answered with one of them"),
    Branch(SUBSCRIBE, "a port, or nothing", f"sends you changes for {SUBSCRIPTION_S:g} s"),
    Branch(UNSUBSCRIBE, "a port, or nothing", "sends you no more"),
)
"""What may be sent to the daemon."""

SENT: Final[tuple[Branch, ...]] = (
    Branch(f"{CONTROL}/NAME", "a number or a word", "a control"),
    Branch(f"{FADER}/NAME", "0 to 1", "the same as a place; not where it is auto or same"),
    Branch(f"{STATUS}/NAME", "a number or a text", "a value of the status"),
    Branch(RECORD, "1 or 0", "whether it records"),
    Branch(TEMPO, "beats a minute", "the answer to a tap; 0 until the second"),
    Branch(KEPT, "a folder", "the last two minutes were saved"),
    Branch(PRESETS, "names", "the presets"),
    Branch(SUBSCRIBED, "seconds", "the answer to a subscription: how long it holds"),
    Branch(PROBLEM, "a text", "what the user should know"),
    Branch(SOLVED, "a text", "what was told there and is over"),
    Branch(ERROR, "a text, an address", "why what was sent there was not done"),
)
"""What the daemon sends; the first four also as answers."""

TARGETS: Final = (*CONTROLS, *ALIASES)
ADDRESSES: Final = tuple(
    dict.fromkeys(
        (
            *(branch.address for branch in TAKEN if "NAME" not in branch.address),
            *(f"{parent}/{name}" for parent in (CONTROL, FADER) for name in TARGETS),
            *(f"{STATUS}/{name}" for name in STATUSES),
        )
    )
)
"""Whatever may be sent, written out; behind those that take presets, their names may stand too."""


def control_of(name: str) -> Control:
    """The control of a name, or the first of those of an alias."""
    return CONTROLS[ALIASES.get(name, (name,))[0]]
