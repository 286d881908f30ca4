"""What the panel knows, and what follows from what the daemon says. Pure: no I/O, no clock.

A `Desk` is a value; each function gives the next one. Nothing that a daemon may say, of whatever
version, can do worse here than leave a line for the user.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.panel import menu as menus
from antiphon.daemon.panel.menu import Menu
from antiphon.daemon.panel.morph import Morph
from antiphon.daemon.panel.piano import Piano
from antiphon.daemon.panel.roll import MACHINE, PLAYER, Note, Planned

REMEMBER_S = 30.0
"""Notes that ended so long ago are forgotten: the widest terminal shows less."""

_MOST_NOTES = 1000
_MOST_PLANNED = 2000
_LOG_LINES = 20
_OF_STATUS = (
    *("lateness", "messages", "performer", "recording", "learned", "learning"),
    *("backend", "input", "output", "controller", "lost", "sound"),
)
_LOOK_S = 1.5
"""Over so long the processor time is averaged that the daemon uses."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The texts that take back the last change of one source, made at `time`."""

    source: str
    time: float
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """Processor time that each process of the daemon's had used, and its share of a core lately."""

    time: float
    used_s: Mapping[str, float]
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the panel shows. Times are absolute seconds."""

    version: str
    linked: bool = False
    other_version: str = ""
    controls: Mapping[str, Value] = field(default_factory=dict)
    turn: str = "starting"
    pause_began: float = 0.0
    turn_ends: float | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    status: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    planned: tuple[Planned, ...] = ()
    log: tuple[str, ...] = ()
    chosen: int = 0
    undo: tuple[Undo, ...] = ()
    help: bool = False
    naming: str | None = None
    """The name typed so far of a preset that is about to be saved."""
    preset: str = ""
    menu: Menu | None = None
    morph: Morph | None = None
    piano: Piano | None = None
    work: Work | None = None

    @property
    def is_of_other_version(self) -> bool:
        """Whether the daemon is not of the panel's own version."""
        return self.other_version not in ("", self.version)

    @property
    def learning(self) -> str:
        """What the next knob that moves will be for; empty if nothing is learned."""
        return str(self.status.get("learning") or "")


def said(desk: Desk, line: str) -> Desk:
    """A line for the user."""
    return replace(desk, log=(*desk.log, line)[-_LOG_LINES:])


def lost(desk: Desk, now: float) -> Desk:
    """The daemon is gone: what it played has ended, and what it planned is off."""
    notes = tuple(replace(note, end=now) if note.end is None else note for note in desk.notes)
    desk = replace(desk, linked=False, turn="", turn_ends=None, notes=notes, planned=())
    return said(desk, "the daemon is gone; waiting for it to come back")


def taken(desk: Desk, change: Mapping[str, Any], now: float) -> Desk:
    """The next desk after one line of the daemon's."""
    try:
        return _taken(desk, change, now)
    except (AntiphonError, ValueError, KeyError, TypeError, AttributeError):
        return said(desk, "the daemon said something that this panel does not understand")


def _taken(desk: Desk, change: Mapping[str, Any], now: float) -> Desk:
    if "status" in change:
        desk = _linked(desk, dict(change["status"]))
        change = change["status"]
    if "event" in change:
        return _heard_of(desk, wire.decode(json.dumps(change["event"]).encode()))
    if "controls" in change:
        desk = replace(desk, controls={**desk.controls, **change["controls"]})
    if "turn" in change:
        desk = _turned(desk, str(change["turn"]), dict(change.get("state", {})), now)
    news = {name: change[name] for name in _OF_STATUS if name in change}
    if news:
        desk = replace(desk, status={**desk.status, **news})
    if "processor_s" in change:
        desk = replace(desk, work=_worked(desk.work, change["processor_s"], now))
    if "names" in change.get("ports", ()):
        desk = replace(desk, menu=menus.ports(change["ports"]))
    if "knob" in change:
        desk = said(desk, f"{change['knob']} moves {change['moves']}")
    if "kept" in change:
        desk = said(desk, f"kept in {change['kept']}")
    if text := change.get("solved"):
        desk = replace(desk, log=tuple("" if line == text else line for line in desk.log))
    if text := change.get("problem") or change.get("error"):
        desk = said(desk, str(text))
    return desk


def _linked(desk: Desk, status: dict[str, Any]) -> Desk:
    other = str(status.get("version", "?"))
    desk = replace(desk, linked=True, status=status, other_version=other, work=None)
    if desk.is_of_other_version:
        return said(
            desk, f"the daemon is of version {other}, this panel of {desk.version}: restart one"
        )
    problems = status.get("problems") or [""]
    return said(desk, str(problems[-1]))


def _turned(desk: Desk, turn: str, state: dict[str, Any], now: float) -> Desk:
    ends = None
    left_s = state.get("turn_ends_in_s")
    if turn == "player" and isinstance(left_s, int | float) and math.isfinite(left_s):
        ends = now + left_s
    return replace(desk, turn=turn, state=state, turn_ends=ends)


def _worked(work: Work | None, told: Mapping[str, Any], now: float) -> Work:
    used = {name: float(spent) for name, spent in told.items() if spent is not None}
    if work is None or work.used_s.keys() != used.keys():
        return Work(now, used)
    went_s = now - work.time
    if went_s < _LOOK_S:
        return work
    shares = {name: (spent - work.used_s[name]) / went_s for name, spent in used.items()}
    return Work(now, used, shares)


def _heard_of(desk: Desk, message: messages.Message) -> Desk:
    match message:
        case messages.Heard():
            desk = _sounded(desk, PLAYER, message.time, message.data)
            return replace(desk, turn="player", turn_ends=None, pause_began=message.time)
        case messages.Sent():
            played = Planned(message.plan, message.planned, message.data)
            planned = tuple(item for item in desk.planned if item != played)
            desk = _sounded(replace(desk, planned=planned), MACHINE, message.time, message.data)
            return replace(desk, turn="machine", turn_ends=None)
        case messages.Schedule():
            more = (Planned(message.plan, time, data) for time, data in message.messages)
            return replace(desk, planned=(*desk.planned, *more)[-_MOST_PLANNED:])
        case messages.Withdrawn(plan, time):
            kept = tuple(i for i in desk.planned if i.plan != plan or i.time <= time)
            return replace(desk, planned=kept)
        case _:
            return desk


def _sounded(desk: Desk, part: int, time: float, data: bytes) -> Desk:
    notes = [note for note in desk.notes if note.end is None or time - note.end < REMEMBER_S]
    ended = range(128 if midi.is_all_off(data) else 0)
    if midi.is_note_on(data) or midi.is_note_off(data):
        ended = range(midi.key(data), midi.key(data) + 1)
    notes = [
        replace(note, end=time)
        if note.part == part and note.key in ended and note.end is None
        else note
        for note in notes
    ]
    if midi.is_note_on(data):
        notes.append(Note(part, midi.key(data), time))
    planned = tuple(item for item in desk.planned if item.time > time - 1.0)
    return replace(desk, notes=tuple(notes[-_MOST_NOTES:]), planned=planned)


def nearness(desk: Desk, now: float) -> float | None:
    """How far the player's pause is on its way to the end of the turn, 0 to 1; None if unknown."""
    if desk.turn_ends is None or desk.turn_ends <= desk.pause_began:
        return None
    return min(max((now - desk.pause_began) / (desk.turn_ends - desk.pause_began), 0.0), 1.0)


def moves(desk: Desk, now: float) -> bool:
    """Whether the picture changes although nothing comes in."""
    if desk.turn_ends is not None and now < desk.turn_ends:
        return True
    if desk.piano is not None and desk.piano.held:
        return True
    return any(note.end is None or now - note.end < REMEMBER_S for note in desk.notes) or any(
        item.time > now for item in desk.planned
    )
