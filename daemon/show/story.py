"""What a journal tells of a jam, made ready to be shown: both parts, turns, keys, chords, tempo.

Pure: entries in, values out. Key, chord and tempo are heard again here, by the performer's own
ears, so that any journal can be shown.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.performer.beat import BeatTracker
from antiphon.daemon.performer.harmony import KeyTracker, chord_name
from antiphon.daemon.session.midiclock import FASTEST_S, SLOWEST_S
from antiphon.daemon.session.tracks import tracks
from antiphon.daemon.show.picture import Turn, turns
from antiphon.daemon.show.review import replies
from antiphon.daemon.smf import Note, Part, notes

LEAD_S: Final = 1.0
"""So much silence is left before the first note."""

KEY_SETTLES_S: Final = 3.0
"""A key that is believed for less is not told."""

CHORD_SETTLES_S: Final = 0.4
TEMPO_SETTLES_S: Final = 4.0
TEMPO_CHANGES: Final = 0.06
"""A tempo is told again when it has changed by this share."""

SURE_OF_BEAT: Final = 0.3

BY_TURNS: Final = ("reply", "continue", "trade")
"""The modes in which the parts take turns."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words that hold from a time on, in seconds."""

    time_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A jam. Times are seconds from shortly before its first note."""

    date: str
    model: str
    about: Mapping[str, Any]
    parts: tuple[Part, Part]
    turns: tuple[Turn, ...]
    keys: tuple[Label, ...]
    chords: tuple[Label, ...]
    tempos: tuple[Label, ...]
    changes: tuple[Label, ...]
    liked: tuple[Label, ...]
    problems: tuple[Label, ...]
    delays_s: tuple[float, ...]
    lateness_ms: tuple[float, ...]

    @property
    def end_s(self) -> float:
        """When the last message of either part was."""
        return max((part.messages[-1][0] for part in self.parts if part.messages), default=0.0)

    @property
    def notes(self) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The notes of the player and of the machine."""
        player, machine = self.parts
        return notes(player.messages), notes(machine.messages)


def told(entries: Sequence[Mapping[str, Any]]) -> Story:
    """The story of a journal's entries."""
    found = tracks(entries)
    start = entries[0]["time"] if entries else 0.0
    first_s = min((timed[0][0] for timed in found.values() if timed), default=0.0)
    zero = start + max(0.0, first_s - LEAD_S)
    shift_s = zero - start
    player, machine = (
        Part(name, tuple((time - shift_s, data) for time, data in timed))
        for name, timed in found.items()
    )
    played = notes(player.messages), notes(machine.messages)
    about = next((entry for entry in entries if entry["is"] == "Session"), {})
    in_mode = modes(entries, zero)
    struck = sorted((note for part in played for note in part), key=lambda note: note.start_s)
    return Story(
        date=str(about.get("date", "")),
        model=next((str(e.get("model")) for e in entries if e["is"] == "Ready"), ""),
        about=about,
        parts=(player, machine),
        turns=tuple(turn for turn in turns(played) if by_turns(in_mode, turn.span.start_s)),
        keys=keys(struck),
        chords=chords(struck),
        tempos=told_tempos(entries, zero) or heard_tempos(struck),
        changes=changes(entries, zero),
        liked=liked(entries, zero),
        problems=tuple(
            Label(entry["time"] - zero, str(entry.get("text", "")))
            for entry in entries
            if entry["is"] == "Problem" and entry.get("text")
        ),
        delays_s=tuple(
            turn.delay_s
            for turn in replies(e for e in entries if by_turns(in_mode, e["time"] - zero))
        ),
        lateness_ms=lateness_ms(entries),
    )


def keys(struck: Iterable[Note]) -> tuple[Label, ...]:
    """The keys that were believed for a while, from when on."""
    tracker = KeyTracker()
    told: list[Label] = []
    name, since_s = None, 0.0
    for note in struck:
        tracker.strike(note.start_s, note.key)
        key = tracker.key()
        if key is not None and key.name != name:
            name, since_s = key.name, note.start_s
        settled = name is not None and note.start_s - since_s >= KEY_SETTLES_S
        if settled and name and (not told or told[-1].text != name):
            told.append(Label(since_s, name))
    return tuple(told)


def chords(struck: Iterable[Note]) -> tuple[Label, ...]:
    """The chords that the keys held down made, where they lasted."""
    moves = sorted(
        move
        for note in struck
        for move in ((note.start_s, True, note.key), (note.end_s, False, note.key))
    )
    held: dict[int, int] = {}
    told: list[Label] = []
    name, since_s = None, 0.0
    for time_s, strikes, key in moves:
        if name and time_s - since_s >= CHORD_SETTLES_S and (not told or told[-1].text != name):
            told.append(Label(since_s, name))
        held[key] = held.get(key, 0) + (1 if strikes else -1)
        now = _chord(frozenset(key for key, count in held.items() if count > 0))
        if now != name:
            name, since_s = now, time_s
    return tuple(told)


@lru_cache(maxsize=4096)
def _chord(held: frozenset[int]) -> str | None:
    return chord_name(held)


def told_tempos(entries: Iterable[Mapping[str, Any]], zero: float) -> tuple[Label, ...]:
    """The tempo that a clock or taps told, again when it changed; none where nobody told any."""
    told: list[Label] = []
    shown = 0.0
    for entry in entries:
        period_s = entry.get("period")
        if entry["is"] != "Beat" or not isinstance(period_s, int | float):
            continue
        if not FASTEST_S <= period_s <= SLOWEST_S:
            # No tempo: the beat is not known any more.
            continue
        tempo = 60.0 / period_s
        if not shown or abs(tempo / shown - 1.0) > TEMPO_CHANGES:
            shown = tempo
            told.append(Label(entry["time"] - zero, f"{tempo:.0f} bpm ({entry.get('source')})"))
    return tuple(told)


def heard_tempos(struck: Iterable[Note]) -> tuple[Label, ...]:
    """The tempo in beats a minute where it was sure, told again when it changed."""
    tracker = BeatTracker()
    told: list[Label] = []
    shown = steady = since_s = 0.0
    for note in struck:
        tracker.strike(note.start_s, note.key, note.velocity)
        pulse = tracker.pulse()
        if pulse is None or pulse.confidence < SURE_OF_BEAT:
            continue
        tempo = 60.0 / pulse.period_s
        if not steady or abs(tempo / steady - 1.0) > TEMPO_CHANGES:
            steady, since_s = tempo, note.start_s
        is_new = not shown or abs(steady / shown - 1.0) > TEMPO_CHANGES
        if is_new and note.start_s - since_s >= TEMPO_SETTLES_S:
            shown = steady
            told.append(Label(since_s, f"{steady:.0f} bpm"))
    return tuple(told)


def changes(entries: Iterable[Mapping[str, Any]], zero: float) -> tuple[Label, ...]:
    """The controls that were changed while it played."""
    return tuple(
        Label(entry["time"] - zero, ", ".join(_shown(*item) for item in values.items()))
        for entry in entries
        if entry["is"] == "Settings" and (values := _values(entry))
    )


def modes(entries: Iterable[Mapping[str, Any]], zero: float) -> tuple[Label, ...]:
    """Which mode it was in from when on."""
    told = [Label(float("-inf"), "reply")]
    for entry in entries:
        values = entry.get("controls") if entry["is"] == "Session" else _values(entry)
        if isinstance(values, dict) and "mode" in values:
            begins = float("-inf") if entry["is"] == "Session" else entry["time"] - zero
            told.append(Label(begins, str(values["mode"])))
    return tuple(told)


def liked(entries: Iterable[Mapping[str, Any]], zero: float) -> tuple[Label, ...]:
    """The moments of which the player said that they were good, or bad."""
    return tuple(
        Label(entry["time"] - zero, "good" if entry.get("good") else "bad")
        for entry in entries
        if entry["is"] == "Judge"
    )


def lateness_ms(entries: Iterable[Mapping[str, Any]]) -> tuple[float, ...]:
    """How late each planned message was sent, in milliseconds."""
    found = []
    for entry in entries:
        planned = entry.get("planned")
        if entry["is"] == "Sent" and isinstance(planned, int | float):
            found.append((entry["time"] - planned) * 1e3)
    return tuple(found)


def by_turns(told: Sequence[Label], time_s: float) -> bool:
    """Whether the parts took turns then; `told` is what `modes` found."""
    place = bisect_right(told, time_s, key=lambda label: label.time_s)
    return told[place - 1].text in BY_TURNS


def _values(entry: Mapping[str, Any]) -> dict[str, Any]:
    values = entry.get("values")
    return values if entry["is"] == "Settings" and isinstance(values, dict) else {}


def _shown(name: str, value: Any) -> str:
    control = CONTROLS.get(name)
    return f"{name}={control.show(value) if control else value}"
