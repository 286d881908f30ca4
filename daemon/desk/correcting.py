"""Finding what is probably wrong in a piece: keys, onsets, notes twice or missing, and what to do.

Each note is judged by what the model expected there and what it would rather have heard a semitone
away, by key and chord, by what sounds beside it, and by the bars that are alike: what these have at
its place. Onsets are judged by the places within the beat that the piece uses. The weights were
fitted on seeded errors in training pieces (`antiphon evaluate desk correct`). Pure but for the
engine.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.desk import composing, generation
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.piece import Floats, Ints, Note, NoteTable, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Query
from antiphon.model import conditions, events
from antiphon.model.events import NOTE_OFF, PLAYER, STEP_S, Event, key_name

NEVER: Final = np.float32(-1e9)
STEPS_AWAY: Final = (-1, 1)
"""A wrong note is sought a semitone away: a finger slips there, a mouse clicks there."""

FEATURES: Final = (
    "one",
    "surprise",
    "better_near",
    "outside_key",
    "outside_chord",
    "better_in_key",
    "clash",
    "others_have_it",
    "others_have_near",
)
WEIGHTS: Final = (-4.6, 0.2, 0.7, 0.2, 1.4, 0.2, 1.2, -6.0, 4.5)
"""Of `FEATURES`, in log-odds: a note is wrong."""

DOUBLED_S: Final = 0.08
LATE_S, LATE_HEARD_S, LATE_SPREADS = 0.035, 0.075, 6.0
"""An onset is late by so much where beats are the file's, where they are heard, and by so many
times as much as is usual in the piece."""

LATEST_BEATS: Final = 0.45
ALIKE, VERY_ALIKE = 0.75, 0.9
"""How alike bars are, as a share of their notes, for two of them, or one alone, to have a say."""

FEWEST_IN_BAR: Final = 5
MOST_LACKING: Final = 2
"""A bar that lacks more than so many notes of the others is another turn, and no slip."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is probably wrong: what, where, why, and what stands in its place instead.

    `row` is the note's in the piece's table, None for one that is missing. `sure` is from 0 to 1.
    """

    what: str
    row: int | None
    time_s: float
    key: int
    reason: str
    sure: float
    proposal: Note | None


@dataclass(frozen=True)
class Report:
    """What was found at a strictness, and the piece put right."""

    findings: tuple[Finding, ...]
    piece: Piece


def likelihoods(
    engine: Engine,
    found: Analysis,
    progress: Callable[[float], None] = lambda _: None,
) -> Floats:
    """What the model expects at each note: log-probabilities (N, 128) of keys that may begin.

    The engine has to be one that tells all.
    """
    notes = found.piece.table
    styles = composing.likely(found.style)
    flat = len(np.unique(notes.velocity)) <= 2
    hand = "performed" if found.beats.is_heard else "score" if flat else "sequenced"
    engine.rewind(0)
    engine.tell(conditions.vector(styles, {}, hand))
    result = np.full((len(notes), 128), -np.log(128.0))
    moments = generation.timeline(notes, PLAYER)
    struck = zip(notes.onset_s.tolist(), notes.key.tolist(), strict=True)
    rows = {moment: row for row, moment in enumerate(struck)}
    grid = events.Grid(moments[0].time_s) if moments else events.Grid()
    new: list[Event] = []
    for number, moment in enumerate(moments):
        step = grid.step_to(moment.time_s)
        if new and moment.kind < NOTE_OFF:
            kind = engine.advance(new, _at(step)).kind
            assert kind is not None  # noqa: S101 (the engine tells all)
            keys = kind[:NOTE_OFF].astype(np.float64)
            row = rows[moment.time_s, moment.kind]
            result[row] = keys - np.logaddexp.reduce(keys)
            new = []
        new.append(Event(PLAYER, step, moment.kind, moment.touch))
        if number % 64 == 0:
            progress(number / len(moments))
    return result


def _at(step: int) -> Query:
    who_step = np.full((events.WHO, len(STEP_S)), NEVER)
    who_step[PLAYER, step] = 0.0
    return Query(np.zeros(4, np.float32), who_step)


@dataclass(frozen=True)
class Bars:
    """The notes of each bar by their place, in twelfths of a beat, and which bars are alike."""

    place: Ints
    bar: Ints
    content: tuple[dict[tuple[int, int], int], ...]
    alike: tuple[tuple[tuple[float, int], ...], ...]


def bars_of(found: Analysis) -> Bars:
    """The bars of a piece, each with the bars that are most like it, the likest first."""
    notes, beats = found.piece.table, found.beats
    at = beats.at(notes.onset_s) - (beats.downbeat % beats.per_bar - beats.per_bar)
    ticks = np.rint(at * 12).astype(np.int64)
    size = 12 * beats.per_bar
    bar, place = ticks // size, ticks % size
    count = int(bar.max()) + 1 if len(bar) else 0
    content: list[dict[tuple[int, int], int]] = [{} for _ in range(count)]
    where: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row, (number, at_place, key) in enumerate(
        zip(bar.tolist(), place.tolist(), notes.key.tolist(), strict=True)
    ):
        content[number][at_place, key] = row
        where[at_place, key].append(number)
    alike = []
    for number, mine in enumerate(content):
        shared: defaultdict[int, int] = defaultdict(int)
        for point in mine:
            for other in where[point]:
                shared[other] += 1
        near = [
            (hits / max(len(mine), len(content[other])), other)
            for other, hits in shared.items()
            if other != number and len(mine) >= FEWEST_IN_BAR
        ]
        near = sorted((each for each in near if each[0] >= 0.5), reverse=True)[:8]
        alike.append(tuple(near))
    return Bars(place, bar, tuple(content), tuple(alike))


def features(found: Analysis, expected: Floats, bars: Bars) -> tuple[Floats, Ints]:
    """What speaks for each note being wrong, (N, FEATURES), and the key that would be right."""
    notes = found.piece.table
    count = len(notes)
    rows = np.zeros((count, len(FEATURES)))
    near = np.array(STEPS_AWAY)
    options = np.clip(notes.key[:, None] + near, 0, 127)
    own = expected[np.arange(count), notes.key]
    other = np.take_along_axis(expected, options, axis=1)
    in_key, in_chord = _fits(found, notes.key)
    option_in_key = np.stack(
        [_fits(found, options[:, side])[0] for side in range(len(near))], axis=1
    )
    votes = np.zeros((count, 1 + len(near)))
    for row in range(count):
        votes[row] = _votes(bars, int(bars.bar[row]), int(bars.place[row]), int(notes.key[row]))
    preference = other + 1.0 * option_in_key + 4.0 * votes[:, 1:]
    choice = preference.argmax(axis=1)
    picked = np.take_along_axis(options, choice[:, None], axis=1)[:, 0]
    chosen = np.arange(count), choice
    rows[:, 0] = 1.0
    rows[:, 1] = np.clip(-own - 2.0, -2.0, 8.0)
    rows[:, 2] = np.clip(other[chosen] - own, -4.0, 8.0)
    rows[:, 3] = ~in_key
    rows[:, 4] = ~in_chord
    rows[:, 5] = option_in_key[chosen] & ~in_key
    rows[:, 6] = _clashes(notes)
    rows[:, 7] = votes[:, 0]
    rows[:, 8] = votes[chosen[0], 1 + choice]
    return rows, picked


def _fits(found: Analysis, keys: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each note would belong to its key, and to its chord, if it had these keys."""
    notes, beats = found.piece.table, found.beats
    beat = np.clip(np.floor(beats.at(notes.onset_s) + 0.05).astype(int), 0, len(beats) - 1)
    scale, tones = np.zeros((len(beats), 12), bool), np.zeros((len(beats), 12), bool)
    for span in found.harmony.keys:
        scale[span.first : span.last, list(span.key.scale)] = True
    for each in found.harmony.chords:
        tones[each.first : each.last, list(each.chord.tones) if each.chord else slice(None)] = True
    classes = keys % 12
    return scale[beat, classes], tones[beat, classes]


def _votes(bars: Bars, bar: int, place: int, key: int) -> tuple[float, ...]:
    """How much the bars that are alike have this key here, and each key near it instead."""
    own, near, total = 0.0, [0.0] * len(STEPS_AWAY), 0.0
    for likeness, other in bars.alike[bar]:
        weight = max(0.0, likeness - 0.5) * 2
        content = bars.content[other]
        has = (place, key) in content
        own += weight * has
        for side, step in enumerate(STEPS_AWAY):
            # Only where it stands instead of this one.
            near[side] += weight * ((place, key + step) in content and not has)
        total += weight
    scale = min(1.0, total) / total if total else 0.0
    return own * scale, *(each * scale for each in near)


def _clashes(notes: NoteTable) -> Floats:
    """Whether a note begins a semitone, or an octave and a semitone, from one that sounds, (N,)."""
    result = np.zeros(len(notes))
    sounding: list[tuple[float, int, int]] = []
    for row, (start_s, end_s, key) in enumerate(
        zip(notes.onset_s.tolist(), notes.offset_s.tolist(), notes.key.tolist(), strict=True)
    ):
        sounding = [each for each in sounding if each[0] > start_s + 0.06][-24:]
        for _, other, earlier in sounding:
            if abs(key - other) in (1, 11, 13):
                result[row] = 1.0
                if notes.onset_s[earlier] > start_s - 0.05:
                    result[earlier] = 1.0
        sounding.append((end_s, key, row))
    return result


def correct(
    engine: Engine,
    found: Analysis,
    strictness: float = 0.5,
    progress: Callable[[float], None] = lambda _: None,
) -> Report:
    """What is probably wrong; the stricter, from 0 to 1, the more is found."""
    if not 0.0 <= strictness <= 1.0:
        raise AntiphonError(f"strictness {strictness:g}: give 0 to 1")
    expected = likelihoods(engine, found, progress)
    bars = bars_of(found)
    least = threshold(strictness)
    findings = [
        *wrong_notes(found, expected, bars, least),
        *doubled(found),
        *late(found, strictness),
        *missing(found, bars, strictness),
    ]
    kept = _without_overlap(findings)
    return Report(kept, put_right(found.piece, kept))


def threshold(strictness: float) -> float:
    """The probability from which on a note counts as wrong."""
    return float(np.interp(strictness, [0.0, 0.5, 1.0], [0.85, 0.5, 0.2]))


def wrong_notes(found: Analysis, expected: Floats, bars: Bars, least: float) -> list[Finding]:
    """Notes that should probably be a semitone higher or lower."""
    notes = found.piece.table
    rows, picked = features(found, expected, bars)
    odds = 1.0 / (1.0 + np.exp(-np.clip(rows @ np.array(WEIGHTS), -30, 30)))
    # Of notes that clash with each other only the worse is wrong.
    result = []
    for row in np.flatnonzero(odds >= least).tolist():
        near = np.abs(notes.onset_s - notes.onset_s[row]) < 0.05
        if odds[row] < odds[near].max():
            continue
        key = int(picked[row])
        old = Note(
            int(notes.start[row]),
            key,
            int(notes.end[row] - notes.start[row]),
            int(notes.velocity[row]),
        )
        reason = _reason(rows[row], int(notes.key[row]), key)
        result.append(
            Finding(
                "wrong note",
                row,
                float(notes.onset_s[row]),
                int(notes.key[row]),
                reason,
                float(odds[row]),
                old,
            )
        )
    return result


def _reason(row: Floats, key: int, other: int) -> str:
    told = dict(zip(FEATURES, row.tolist(), strict=True))
    words = []
    if told["others_have_near"] > 0.3:
        words.append(f"bars like this have {key_name(other)} here")
    if told["outside_key"]:
        words.append("outside the key")
    if told["outside_chord"]:
        words.append("outside the chord")
    if told["clash"]:
        words.append("a semitone from what sounds")
    if told["better_near"] > 1.0:
        words.append(f"{key_name(other)} is {np.exp(min(told['better_near'], 7.0)):.0f}x likelier")
    return ", ".join(words) or f"{key_name(key)} is unexpected"


def doubled(found: Analysis) -> list[Finding]:
    """Notes struck again at once, where nothing is repeated."""
    notes = found.piece.table
    latest: dict[tuple[int, int], int] = {}
    gaps: list[tuple[float, int, int]] = []
    # Two parts may well have the same key.
    for row, place in enumerate(zip(notes.part.tolist(), notes.key.tolist(), strict=True)):
        if place in latest:
            before = latest[place]
            gaps.append((float(notes.onset_s[row] - notes.onset_s[before]), before, row))
        latest[place] = row
    short = [each for each in gaps if each[0] < DOUBLED_S]
    if len(short) > 0.05 * len(notes):
        return []  # it is a style of its own
    result = []
    repeated = {first for gap, first, _ in gaps if gap < 2.5 * DOUBLED_S}
    for gap_s, first, row in short:
        if row in repeated or any(
            first == other[2] for other in gaps if other[0] < 2.5 * DOUBLED_S
        ):
            continue
        reason = f"struck again after {1000 * gap_s:.0f} ms"
        time_s = float(notes.onset_s[row])
        result.append(Finding("doubled", row, time_s, int(notes.key[row]), reason, 0.9, None))
    return result


def late(found: Analysis, strictness: float) -> list[Finding]:
    """Notes off the places of the beat, by far more than is usual in the piece."""
    notes, beats = found.piece.table, found.beats
    at = beats.at(notes.onset_s)
    period_s = np.interp(notes.onset_s, beats.times_s[:-1], np.diff(beats.times_s))
    twelfth = np.rint(at * 12).astype(int) % 12
    shares = np.bincount(twelfth, minlength=12) / max(1, len(at))
    used = [place for place in range(12) if shares[place] >= composing.USED or place == 0]
    places = np.array([*used, 12]) / 12
    inside = at - np.floor(at)
    off = inside[:, None] - places[None]
    off_s = np.take_along_axis(off, np.abs(off).argmin(axis=1)[:, None], axis=1)[:, 0] * period_s
    spread_s = max(1.4826 * float(np.median(np.abs(off_s - np.median(off_s)))), 0.004)
    least_s = max(LATE_HEARD_S if beats.is_heard else LATE_S, LATE_SPREADS * spread_s) * float(
        np.interp(strictness, [0, 0.5, 1], [1.6, 1, 0.7])
    )
    # A late note has passed its place: that is the last used one before it.
    behind = np.where(off >= -1e-6, off, np.inf)
    passed = behind.min(axis=1)
    result = []
    flagged = np.flatnonzero((np.abs(off_s) > least_s) & (passed < LATEST_BEATS))
    if len(flagged) > 0.06 * len(at):
        return []  # so free is all of it
    for row in flagged.tolist():
        place = float(np.floor(at[row]) + places[behind[row].argmin()])
        start = round(float(found.piece.ticks(beats.seconds(place))))
        length = int(notes.end[row] - notes.start[row])
        proposal = Note(max(0, start), int(notes.key[row]), length, int(notes.velocity[row]))
        late_s = float(passed[row] * period_s[row])
        result.append(
            Finding(
                "late",
                row,
                float(notes.onset_s[row]),
                int(notes.key[row]),
                f"{1000 * late_s:.0f} ms behind its place in the beat",
                min(0.95, late_s / 0.15),
                proposal,
            )
        )
    return result


def missing(found: Analysis, bars: Bars, strictness: float) -> list[Finding]:
    """Notes that bars just like this one have, and this one has not, or has later."""
    notes, beats = found.piece.table, found.beats
    result = []
    for number, near in enumerate(bars.alike):
        alone = [each for each in near if each[0] >= VERY_ALIKE - 0.1 * (strictness - 0.5)]
        several = [each for each in near if each[0] >= ALIKE]
        trusted = several if len(several) >= 2 else alone
        if not trusted:
            continue
        counts: defaultdict[tuple[int, int], int] = defaultdict(int)
        for _, other in trusted:
            for point in bars.content[other]:
                counts[point] += 1
        mine = bars.content[number]
        lacking = [p for p, hits in counts.items() if hits == len(trusted) and p not in mine]
        # Where something else stands there, or much lacks, it is another turn and no slip.
        lacking = [(at, key) for at, key in lacking if not _stands(mine, at, key)]
        if not 1 <= len(lacking) <= (MOST_LACKING if strictness >= 0.5 else 1):
            continue
        for place, key in lacking:
            model = bars.content[trusted[0][1]][place, key]
            shift = beats.downbeat % beats.per_bar - beats.per_bar
            at = number * beats.per_bar + place / 12 + shift
            start = round(float(found.piece.ticks(beats.seconds(at))))
            if start < 0:
                continue
            moved = _later(mine, counts, place, key)
            if moved is not None:
                own = Note(
                    start,
                    key,
                    int(notes.end[moved] - notes.start[moved]),
                    int(notes.velocity[moved]),
                )
                reason = f"bar {trusted[0][1] + 1} and others like this one have it earlier"
                result.append(
                    Finding("late", moved, float(notes.onset_s[moved]), key, reason, 0.8, own)
                )
                continue
            length = int(notes.end[model] - notes.start[model])
            proposal = Note(start, key, max(1, length), int(notes.velocity[model]))
            bar = trusted[0][1] + 1
            result.append(
                Finding(
                    "missing",
                    None,
                    float(beats.seconds(at)),
                    key,
                    f"bar {bar} and others like this one have it",
                    0.7,
                    proposal,
                )
            )
    return result


def _later(
    mine: dict[tuple[int, int], int], others: dict[tuple[int, int], int], place: int, key: int
) -> int | None:
    """The row of a note of the same key a little later, which the other bars have not."""
    for after in range(1, round(12 * LATEST_BEATS) + 1):
        point = (place + after, key)
        if point in mine and not others.get(point):
            return mine[point]
    return None


def _stands(mine: dict[tuple[int, int], int], place: int, key: int) -> bool:
    return any(abs(at - place) <= 2 and 1 <= abs(other - key) <= 2 for at, other in mine)


def _without_overlap(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """One finding a note, the surest, in order of time."""
    best: dict[int, Finding] = {}
    rest = []
    for each in findings:
        if each.row is None:
            rest.append(each)
        elif each.row not in best or each.sure > best[each.row].sure:
            best[each.row] = each
    return tuple(sorted([*best.values(), *rest], key=lambda each: each.time_s))


def put_right(piece: Piece, findings: Sequence[Finding]) -> Piece:
    """The piece with every proposal carried out."""
    notes = piece.table
    goes: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    comes: defaultdict[int, list[Note]] = defaultdict(list)
    for each in findings:
        if each.row is not None:
            part = int(notes.part[each.row])
            goes[part].add((int(notes.start[each.row]), int(notes.key[each.row])))
        else:
            part = _home(notes, each)
        if each.proposal is not None:
            comes[part].append(each.proposal)
    parts = []
    for place, part_of in enumerate(piece.parts):
        kept = [note for note in part_of.notes if (note.start, note.key) not in goes[place]]
        parts.append(replace(part_of, notes=tidy([*kept, *comes[place]])))
    return replace(piece, parts=tuple(parts))


def _home(notes: NoteTable, finding: Finding) -> int:
    """The part that plays nearest to a missing note."""
    away = np.abs(notes.onset_s - finding.time_s) + np.abs(notes.key - finding.key) / 12
    return int(notes.part[int(away.argmin())])
