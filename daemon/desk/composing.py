"""What every work of the model at the desk shares: what it is told, several takes, the best.

Pure but for the engine that it is given.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from antiphon.daemon.controls import nearest
from antiphon.daemon.desk import melody
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.generation import Moment, Sounded, Take, Wish, Writer
from antiphon.daemon.desk.piece import Floats, Note, NoteTable, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.character import FOLLOWED, position
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.harmony import Key
from antiphon.model import conditions
from antiphon.model.styles import STYLES

LATELY_S: Final = 8.0
SURE_OF_STYLE: Final = 0.4
OUTSIDE_NATS: Final = -2.5
HOME_NATS: Final = 0.8
PLACES: Final = 12
ENDS: Final = 4
USED: Final = 0.03
"""A place within the beat counts as used by a piece from this share of its onsets on."""

UNLIKE_NATS, FOREIGN_NATS, AGAIN_NATS, CADENCE_NATS = 1.5, 1.5, 1.5, 0.7
"""What counts against a take, each for the whole of it: see `merit`."""


@dataclass(frozen=True)
class Setting:
    """What is known of a piece that is worked on: where it is notated, its key, pace and range."""

    piece: Piece
    beats: Beats
    key: Key
    wish: Wish
    density: float
    is_notated: bool
    places: Floats
    """Of the twelfths of a beat those that may be struck, in beats."""


def known_style(name: str | None) -> str | None:
    """A style that the model knows; AntiphonError names the nearest."""
    if name is None or name in STYLES:
        return name
    raise AntiphonError(
        f"no style {name!r}{nearest(name, STYLES)} (there are: {', '.join(STYLES)})"
    )


def setting(
    found: Analysis, style: str | None, temperature: float, around_s: float | None = None
) -> Setting:
    """What the model is told to go on like a piece, as it is around a time, at its end for None."""
    notes = found.piece.table
    end_s = float(notes.onset_s[-1]) + 0.01 if around_s is None else around_s
    near = (notes.onset_s > end_s - LATELY_S) & (notes.onset_s <= end_s + LATELY_S / 2)
    lately = notes.chosen(near) if near.sum() >= 4 else notes
    measured = conditions.measure(lately.onset_s, lately.offset_s, lately.key, lately.velocity)
    controls = {name: position(name, measured[name]) for name in FOLLOWED}
    styles = {style: 1.0} if style else likely(found.style)
    is_notated = not found.beats.is_heard
    flat = len(np.unique(notes.velocity)) <= 2
    hand = "score" if flat else "sequenced" if is_notated else "performed"
    span = notes.key
    wish = Wish(
        condition=conditions.vector(styles, controls, hand),
        temperature=temperature,
        lowest=max(0, int(span.min()) - 4),
        highest=min(127, int(span.max()) + 4),
        voices=max(1, int(np.quantile(_sounding(notes), 0.98))),
        has_pedal=any(part.pedals for part in found.piece.parts),
        velocity=int(np.median(notes.velocity)) if flat else None,
    )
    key = found.harmony.keys[-1].key if around_s is None else found.harmony.key
    made = Setting(
        found.piece, found.beats, key, wish, measured["density"], is_notated, _used(found)
    )
    return on_its_grid(made)


def on_its_grid(made: Setting) -> Setting:
    """The same, its wish drawn to the key, and to the places of the beat where it is notated."""
    snap = _snap(made) if made.is_notated else None
    return replace(made, wish=replace(made.wish, snap=snap, pitch=_inside(made.key)))


def likely(style: Mapping[str, float]) -> dict[str, float]:
    """The style of a piece as the model is told it: none where none is likely enough."""
    name, share = next(iter(style.items()), ("", 0.0))
    return {name: 1.0} if share >= SURE_OF_STYLE else {}


def _sounding(notes: NoteTable) -> Floats:
    """How many notes sound at each onset, itself among them."""
    ended = np.searchsorted(np.sort(notes.offset_s), notes.onset_s + 1e-3, side="right")
    return np.asarray(np.arange(1, len(notes) + 1) - ended, np.float64).clip(1)


def _used(found: Analysis) -> Floats:
    """The places within the beat, in beats, at which the piece strikes."""
    at = found.beats.at(found.piece.table.onset_s) % 1.0
    place = np.rint(at * PLACES).astype(int) % PLACES
    shares = np.bincount(place, minlength=PLACES) / max(1, len(place))
    used = set(np.flatnonzero(shares >= USED).tolist()) | {0, PLACES // 2}
    return np.array(sorted(used)) / PLACES


def _snap(made: Setting) -> Callable[[float], float]:
    """To the nearest of the places within the beat that the piece uses."""
    places = np.append(made.places, 1.0)

    def snapped(time_s: float) -> float:
        at = float(made.beats.at(time_s))
        whole = np.floor(at)
        nearest = places[np.abs(places - (at - whole)).argmin()]
        return float(made.beats.seconds(whole + nearest))

    return snapped


def _inside(key: Key) -> Callable[[float], Floats]:
    outside = np.array([pitch % 12 not in key.scale for pitch in range(128)], np.float64)
    bias = OUTSIDE_NATS * outside
    return lambda _: bias


def ending(made: Setting, from_s: float) -> Wish:
    """The same wish, but drawn to the tonic's triad from a time on."""
    plain = made.wish.pitch or _inside(made.key)
    home = HOME_NATS * np.array([pitch % 12 in made.key.triad for pitch in range(128)], np.float64)

    def pitch(time_s: float) -> Floats:
        return plain(time_s) + home if time_s >= from_s else plain(time_s)

    return replace(made.wish, pitch=pitch)


def takes(
    engine: Engine,
    wish: Wish,
    before: Sequence[Moment],
    ahead: Sequence[Moment],
    span_s: tuple[float, float],
    count: int,
    seed: int,
    alone: bool = True,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Take]:
    """Several takes of the same, each from its own seed."""
    found = []
    told = Writer(engine, wish, np.random.default_rng(seed))
    told.begin(before)
    for number in range(count):
        writer = told.another(np.random.default_rng([seed, number]))
        found.append(writer.write(ahead, *span_s, alone))
        progress((number + 1) / count)
    return found


def merit(take: Take, made: Setting, wanted_density: float | None = None) -> float:
    """How good a take is, in nats; higher is better.

    How likely the model finds its keys; how near it comes to the piece's pace; notes outside the
    key; keys struck again and again; and whether it ends on the tonic's triad.
    """
    if not take.notes:
        return -np.inf
    notes = sorted(take.notes, key=lambda note: (note.start_s, note.key))
    keys = np.array([note.key for note in notes])
    starts = np.array([note.start_s for note in notes])
    density = len(notes) / max(float(np.ptp(starts)), 0.5)
    wanted = made.density if wanted_density is None else wanted_density
    found = -take.cost
    found -= UNLIKE_NATS * abs(float(np.log2(density / max(wanted, 0.1))))
    found -= FOREIGN_NATS * float(np.mean([key % 12 not in made.key.scale for key in keys]))
    found -= AGAIN_NATS * float(np.mean(np.diff(keys) == 0)) if len(keys) > 1 else 0.0
    last = keys[starts >= starts[-1] - 0.05]
    return found + CADENCE_NATS * float(np.mean([key % 12 in made.key.triad for key in last]))


def best(found: Sequence[Take], made: Setting, wanted_density: float | None = None) -> Take:
    """The best of takes; AntiphonError where none has a note."""
    chosen = max(found, key=lambda take: merit(take, made, wanted_density))
    if not chosen.notes:
        raise AntiphonError("nothing was written; try another --seed, or more bars")
    return chosen


def part_of(take: Take, made: Setting, name: str) -> Part:
    """What was written as a part of the piece, on its written time where it has one."""
    notes = sorted(take.notes, key=lambda note: (note.start_s, note.key))
    leading = _leading(made.piece)
    if made.is_notated and notes:
        found = _snapped(notes, made)
    else:
        edges = made.piece.ticks([[note.start_s, note.end_s] for note in notes]).reshape(-1, 2)
        ticks = np.maximum(np.rint(edges), 0).astype(int).tolist()
        found = [
            Note(start, note.key, max(1, end - start), note.velocity)
            for note, (start, end) in zip(notes, ticks, strict=True)
        ]
    edges = made.piece.ticks(take.pedals).reshape(-1, 2)
    pedals = tuple(
        (int(down), max(1, int(up - down))) for down, up in np.rint(edges).astype(int).tolist()
    )
    return Part(name, leading.channel, tidy(found), pedals, leading.programs[:1])


def _snapped(notes: Sequence[Sounded], made: Setting) -> list[Note]:
    """Notes on the places of the beat that the piece uses, their ends on quarters of a beat."""
    at = made.beats.at([[note.start_s, note.end_s] for note in notes])
    places = np.append(made.places, 1.0)
    whole = np.floor(at[:, 0])
    nearest = np.abs((at[:, 0] - whole)[:, None] - places[None]).argmin(axis=1)
    starts = whole + places[nearest]
    ends = np.maximum(np.rint(at[:, 1] * ENDS) / ENDS, starts + 1 / ENDS)
    first, last = (
        np.rint(made.piece.ticks(made.beats.seconds(edges))).astype(int).tolist()
        for edges in (starts, ends)
    )
    return [
        Note(max(0, start), note.key, max(1, end - start), note.velocity)
        for note, start, end in zip(notes, first, last, strict=True)
    ]


def table_of(notes: Sequence[Sounded]) -> NoteTable:
    """Written notes as arrays; their ticks are milliseconds."""
    rows = sorted(notes, key=lambda note: (note.start_s, note.key))
    start_s = np.array([note.start_s for note in rows], np.float64)
    end_s = np.array([note.end_s for note in rows], np.float64)
    return NoteTable(
        onset_s=start_s,
        offset_s=end_s,
        start=np.rint(start_s * 1000).astype(np.int64),
        end=np.rint(end_s * 1000).astype(np.int64),
        key=np.array([note.key for note in rows], np.int64),
        velocity=np.array([note.velocity for note in rows], np.int64),
        part=np.zeros(len(rows), np.int64),
    )


def _leading(piece: Piece) -> Part:
    place = melody.leading_part(piece.table)
    if place is not None:
        return piece.parts[place]
    return next((part for part in piece.parts if part.notes and not part.is_drums), piece.parts[0])


def with_part(piece: Piece, part: Part) -> Piece:
    """The piece and one part more."""
    end = max([piece.last_tick, *(note.end for note in part.notes)])
    return replace(piece, parts=(*piece.parts, part), end=end)


def bar_line_s(beats: Beats, time_s: float, bars: int = 0) -> float:
    """The first bar line at or after a time, and so many bars later, in seconds."""
    at = float(beats.at(time_s))
    number = int(np.ceil((at - beats.downbeat) / beats.per_bar - 0.02)) + bars
    return float(beats.seconds(beats.downbeat + number * beats.per_bar))
