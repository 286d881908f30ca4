"""Where the beats and bars of a whole piece fall: as its file says, or as they are heard.

A file's own beats count where its notes keep to them. Elsewhere, as in a recorded performance, the
network that follows the beat live (`performer.metre`) is asked at each chord, and the likeliest
path of period and phase through all of its answers is taken, the future known (Viterbi 1967). Bars
are found from accents: bass, length, loudness and where the harmony changes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from antiphon.daemon.desk.piece import Floats, Ints, NoteTable, Piece
from antiphon.daemon.performer import beat
from antiphon.daemon.performer.beat import FORGOTTEN_S, PERIODS_S, PHASES
from antiphon.daemon.performer.metre import shipped_metre
from antiphon.model import rhythm
from antiphon.model.rhythm import CHORD_S, Chord, Rhythm

FEWEST_NOTES: Final = 12
"""With fewer notes nothing can be heard; the file's own beats count."""

KEPT_TO: Final = 0.4
"""How much of the notes' places within the beat must agree for a file's beats to count, 0 to 1."""

CHUNK: Final = 3000
"""So many chords are followed before the path so far is settled: memory stays bounded."""

JUMP_NATS: Final = 18.0
"""What it costs to begin the beat anew anywhere."""

_MOVES: Final = (0, -1, 1, -2, 2)
_SLIPS: Final = np.arange(-4, 5)
_LEAST_SPREAD: Final = 0.4
METERS: Final = (2, 3, 4)


@dataclass(frozen=True)
class Beats:
    """The beats of a piece.

    `times_s` (B,) ascend; bars have `per_bar` beats, and `downbeat` is the place of the first full
    bar's beat among them. `unit` is a beat in quarter notes: 1.5 where it has three eighths.
    `is_heard` tells that the file did not say them.
    """

    times_s: Floats
    per_bar: int
    downbeat: int
    unit: float
    is_heard: bool

    def at(self, seconds: ArrayLike) -> Floats:
        """Beats since the first one, at times in seconds; beyond both ends at their tempo."""
        return _continued(np.asarray(seconds, np.float64), self.times_s, np.arange(len(self)))

    def seconds(self, at: ArrayLike) -> Floats:
        """The inverse of `at`."""
        return _continued(np.asarray(at, np.float64), np.arange(len(self)), self.times_s)

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def tempo(self) -> float:
        """Beats a minute, the median."""
        return 60.0 / max(float(np.median(np.diff(self.times_s))), 1e-3)

    @property
    def meter(self) -> str:
        """The bars in words, such as 3/4 or 6/8."""
        if self.unit == 1.5:
            return f"{3 * self.per_bar}/8"
        return f"{self.per_bar}/{round(4 / self.unit)}"

    @property
    def bars_s(self) -> Floats:
        """When each bar begins, an upbeat's among them."""
        first = self.downbeat % self.per_bar
        places = np.arange(first - self.per_bar if first else 0, len(self), self.per_bar)
        return self.seconds(places[places > -self.per_bar])


def _continued(at: Floats, here: ArrayLike, there: ArrayLike) -> Floats:
    x, y = np.asarray(here, np.float64), np.asarray(there, np.float64)
    found = np.interp(at, x, y)
    first, last = (y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])
    found = np.where(at < x[0], y[0] + (at - x[0]) * first, found)
    return np.asarray(np.where(at > x[-1], y[-1] + (at - x[-1]) * last, found))


def find(piece: Piece, progress: Callable[[float], None] = lambda _: None) -> Beats:
    """The beats of a piece with at least one pitched note or drum."""
    if not piece.is_measured and keeps_to_its_beats(piece):
        return written(piece)
    return heard(piece.table, progress)


def keeps_to_its_beats(piece: Piece) -> bool:
    """Whether the notes stand where the file's own beats have places for them."""
    start = piece.table.start
    if len(start) < FEWEST_NOTES:
        return True
    angles = 2j * np.pi * start / piece.grid
    agreement = max(np.exp(parts * angles).mean().real for parts in (2, 3, 4))
    return bool(agreement > KEPT_TO + 1 / np.sqrt(len(start)))


def written(piece: Piece) -> Beats:
    """The beats that the file says."""
    meters = piece.meters or ((0, 4, 4),)
    ends = [tick for tick, _, _ in meters[1:]] + [piece.last_tick]
    ticks: list[float] = []
    spans: dict[tuple[int, float], float] = {}
    for (begin, above, below), end in zip(meters, ends, strict=True):
        per_bar, unit = counted(above, below)
        ticks += np.arange(begin, max(end, begin), unit * piece.grid).tolist()
        spans[per_bar, unit] = spans.get((per_bar, unit), 0.0) + end - begin
    per_bar, unit = max(spans, key=lambda meter: spans[meter])
    main = next(tick for tick, a, b in meters if counted(a, b) == (per_bar, unit))
    while len(ticks) < 2:
        ticks.append((ticks[-1] if ticks else -unit * piece.grid) + unit * piece.grid)
    times_s = piece.seconds(ticks)
    if per_bar == 1:
        # A metre of one beat is what programs write that know of none.
        per_bar, downbeat = bars(piece.table, times_s)
        return Beats(times_s, per_bar, downbeat, unit, is_heard=False)
    # A file with an upbeat begins before its first bar line, by no more than a bar.
    downbeat = int(np.searchsorted(ticks, main)) % per_bar
    return Beats(times_s, per_bar, downbeat, unit, is_heard=False)


def counted(above: int, below: int) -> tuple[int, float]:
    """Beats a bar, and quarter notes a beat: eighths in threes make one beat."""
    if above % 3 == 0 and above > 3 and below >= 8:
        return above // 3, 12 / below
    return above, 4 / below


def heard(notes: NoteTable, progress: Callable[[float], None] = lambda _: None) -> Beats:
    """The beats that are heard in notes."""
    chords = list(_chords(notes))
    times_s = np.array([chord.time_s for chord in chords])
    places = _followed(chords, progress) if len(chords) > 1 else np.zeros(len(chords))
    if len(chords) < 2 or places[-1] - places[0] < 1:
        first = float(times_s[0]) if len(chords) else 0.0
        return Beats(np.asarray(first + 0.5 * np.arange(4), np.float64), 4, 0, 1.0, is_heard=True)
    kept = np.concatenate([[True], np.diff(places) > 1e-6])
    whole = np.arange(np.floor(places[0] + 0.25), np.ceil(places[-1] - 0.05) + 1)
    beats_s = one_level(_continued(whole, places[kept], times_s[kept]))
    per_bar, downbeat = bars(notes, beats_s)
    return Beats(beats_s, per_bar, downbeat, 1.0, is_heard=True)


def one_level(beats_s: Floats) -> Floats:
    """Beats at one level: stretches twice as slow or fast as most are brought to that."""
    gaps = np.diff(beats_s)
    if len(gaps) < 8:
        return beats_s
    order = np.argsort(gaps)
    shares = np.cumsum(gaps[order]) / gaps.sum()
    usual = float(gaps[order][np.searchsorted(shares, 0.5)])
    level = np.rint(np.log2(_local_median(gaps) / usual)).astype(int)
    kept: list[float] = []
    skip = 0
    for start_s, gap, slower in zip(beats_s.tolist(), gaps.tolist(), level.tolist(), strict=False):
        if slower >= 0:
            parts = 2 ** min(slower, 2)
            kept += [start_s + gap * part / parts for part in range(parts)]
            skip = 0
        else:
            if skip == 0:
                kept.append(start_s)
            skip = (skip + 1) % 2 ** min(-slower, 2)
    return np.array([*kept, float(beats_s[-1])])


def _local_median(gaps: Floats) -> Floats:
    reach = 4
    padded = np.pad(gaps, reach, mode="edge")
    return np.asarray(
        np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    )


def _chords(notes: NoteTable) -> Iterator[Chord]:
    """What was struck together, as the tracker hears it."""
    chord: Chord | None = None
    struck = zip(notes.onset_s.tolist(), notes.key.tolist(), notes.velocity.tolist(), strict=True)
    for time_s, key, velocity in struck:
        if chord is not None and time_s - chord.time_s <= CHORD_S:
            chord = chord.joined_by(key, velocity)
        else:
            if chord is not None:
                yield chord
            chord = Chord(time_s, (key,), velocity)
    if chord is not None:
        yield chord


def _followed(chords: list[Chord], progress: Callable[[float], None]) -> Floats:
    """The place of each chord, in beats, on the likeliest path through all of them."""
    found: list[float] = []
    said = _said(chords)
    odds: Floats | None = None
    for first in range(0, len(chords), CHUNK):
        part = chords[first : first + CHUNK]
        places, odds = _path(part, said, chords[first - 1].time_s if first else None, odds)
        if found:
            places += found[-1] - places[0]
            places = places[1:]
        found += places.tolist()
        progress(min(1.0, (first + CHUNK) / len(chords)))
    return np.array(found)


def _said(chords: list[Chord]) -> Iterator[Floats]:
    """What the network says of each chord: log-odds (periods, phases)."""
    metre = shipped_metre()
    heard, state = Rhythm(), metre.silence
    before_s = chords[0].time_s
    for chord in chords:
        if chord.time_s - before_s > FORGOTTEN_S:
            heard, state = Rhythm(), metre.silence
        before_s = chord.time_s
        heard, features = rhythm.hear(heard, chord)
        state, said = metre.read(state, features)
        yield beat._FROM_PERIODS @ said @ beat._FROM_PLACES  # noqa: SLF001


_ROWS = np.arange(len(PERIODS_S))
_PLACES = np.arange(PHASES)
_AROUND = np.arange(-int(_SLIPS[-1]), PHASES + int(_SLIPS[-1]))
_STEP = float(np.log(PERIODS_S[1] / PERIODS_S[0]))


def _path(
    chords: list[Chord], said: Iterator[Floats], before_s: float | None, odds: Floats | None
) -> tuple[Floats, Floats]:
    """Places of chords, the last of the chunk before in front, and the odds at the last."""
    # Each step remembers where a state came from, and how far it moved in phases.
    came: list[Ints] = []
    moved: list[Ints] = []
    for chord in chords:
        if odds is None or before_s is None:
            odds = next(said).copy()
        else:
            odds, origin, distance = _step(odds, chord.time_s - before_s)
            came.append(origin)
            moved.append(distance)
            odds += next(said)
            odds -= odds.max()
        before_s = chord.time_s
    assert odds is not None  # noqa: S101 (a chunk has a chord)
    state = int(np.argmax(odds))
    settled = np.full_like(odds, -1e9)
    settled.flat[state] = 0.0
    distances: list[int] = []
    for origin, distance in zip(reversed(came), reversed(moved), strict=True):
        distances.append(int(distance.flat[state]))
        state = int(origin.flat[state])
    start = state % PHASES
    start -= PHASES if start > PHASES // 2 else 0
    return np.cumsum([start, *reversed(distances)]) / PHASES, settled


def _step(odds: Floats, gap_s: float) -> tuple[Floats, Ints, Ints]:
    """The best way to each state after a gap: its odds, the state before, the phases moved."""
    beats = gap_s / PERIODS_S
    drift = beat.TEMPO_DRIFT * np.sqrt(np.minimum(beats, 16.0))
    tried = np.stack([_shifted(odds, move) for move in _MOVES])
    tried -= (0.5 * (np.array(_MOVES)[:, None] * _STEP / drift) ** 2)[:, :, None]
    move = tried.argmax(axis=0)
    best = np.take_along_axis(tried, move[None], axis=0)[0]
    row = _ROWS[:, None] - np.array(_MOVES)[move]

    spread = np.maximum(beat.PHASE_DRIFT * PHASES * np.sqrt(np.minimum(beats, 4.0)), _LEAST_SPREAD)
    way = beats * PHASES
    whole = np.rint(way).astype(np.int64)
    source = (_AROUND - whole[:, None]) % PHASES
    around = np.take_along_axis(best, source, axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(around, len(_SLIPS), axis=1)[:, :, ::-1]
    cost = 0.5 * ((whole[:, None] + _SLIPS - way[:, None]) / spread[:, None]) ** 2
    # Nothing is struck before what was struck earlier.
    cost[whole[:, None] + _SLIPS < 0] = np.inf
    slips = windows - cost[:, None, :]
    slip = slips.argmax(axis=2)
    reached = np.take_along_axis(slips, slip[:, :, None], axis=2)[:, :, 0]
    distance = whole[:, None] + _SLIPS[slip]
    phase = (_PLACES[None] - distance) % PHASES
    origin = np.take_along_axis(row, phase, axis=1) * PHASES + phase

    top = int(np.argmax(odds))
    leap = odds.flat[top] - JUMP_NATS
    jumps = reached < leap
    if jumps.any():
        # As many whole beats as the old tempo would have counted, to the new phase.
        phase = (_PLACES[None] - top % PHASES) % PHASES
        counted = np.rint((beats[top // PHASES] * PHASES - phase) / PHASES) * PHASES + phase
        reached = np.where(jumps, leap, reached)
        origin = np.where(jumps, top, origin)
        distance = np.where(jumps, np.maximum(counted, phase).astype(np.int64), distance)
    return reached, origin.astype(np.int16), distance.astype(np.int32)


def _shifted(odds: Floats, move: int) -> Floats:
    """The odds of the periods so many rows below, none beyond the first and last."""
    result = np.full_like(odds, -np.inf)
    if move > 0:
        result[move:] = odds[:-move]
    elif move < 0:
        result[:move] = odds[-move:]
    else:
        result[:] = odds
    return result


def bars(notes: NoteTable, beats_s: Floats) -> tuple[int, int]:
    """Beats a bar, and the place of the first downbeat among beats, as accents have it."""
    accent = accents(notes, beats_s)
    best, found = -np.inf, (4, 0)
    for per_bar in METERS:
        for downbeat in range(per_bar):
            place = (np.arange(len(accent)) - downbeat) % per_bar
            on = accent[place == 0]
            if not len(on):
                continue
            score = (on.mean() - accent.mean()) * np.sqrt(per_bar - 1)
            if per_bar == 4 and len(accent) >= per_bar:
                # The middle of a bar of four is stronger than its other weak beats.
                weak = accent[(place == 1) | (place == 3)].mean()
                score = on.mean() - accent.mean() + 0.5 * (accent[place == 2].mean() - weak)
            if score > best:
                best, found = score, (per_bar, downbeat)
    return found


def accents(notes: NoteTable, beats_s: Floats) -> Floats:
    """How strong each beat is, (B,): bass, length, number and loudness of what is struck there."""
    return np.asarray(_evidence(notes, beats_s) @ np.array([0.35, 0.25, 0.15, 0.15, 1.0]))


def _evidence(notes: NoteTable, beats_s: Floats) -> Floats:
    count = len(beats_s)
    if count < 2 or not len(notes):
        return np.zeros((count, 5))
    at = _continued(notes.onset_s, beats_s, np.arange(count))
    nearest = np.rint(at).astype(np.int64)
    on = (np.abs(at - nearest) < 0.2) & (nearest >= 0) & (nearest < count)
    rows = np.zeros((count, 5))
    length = np.minimum(notes.offset_s - notes.onset_s, 3.0)
    bass = np.full(count, 128.0)
    loudest = np.zeros(count)
    np.minimum.at(bass, nearest[on], notes.key[on])
    np.maximum.at(loudest, nearest[on], notes.velocity[on])
    np.maximum.at(rows[:, 1], nearest[on], length[on])
    np.add.at(rows[:, 2], nearest[on], 1.0)
    rows[:, 0] = np.where(bass < 128, np.clip((62 - bass) / 12, -1, 2), -1.0)
    rows[:, 1] = np.log1p(rows[:, 1])
    rows[:, 2] = np.log1p(rows[:, 2])
    rows[:, 3] = np.where(loudest > 0, (loudest - 60) / 15, -1.0)
    rows[:, 4] = _changes(notes, at, count)
    return rows


def _changes(notes: NoteTable, at: Floats, count: int) -> Floats:
    """How unlike the harmony after each beat is to that before, 0 to 1."""
    chroma = np.zeros((count + 2, 12))
    place = np.clip(np.floor(at + 0.1).astype(np.int64), -1, count) + 1
    np.add.at(
        chroma, (place, notes.key % 12), np.minimum(notes.offset_s - notes.onset_s, 1.0) + 0.1
    )
    before = chroma[:-2] + 0.5 * np.vstack([np.zeros((1, 12)), chroma[:-3]])
    after = chroma[1:-1] + 0.5 * chroma[2:]
    norm = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    likeness: Floats = (before * after).sum(axis=1) / np.maximum(norm, 1e-9)
    return np.asarray(np.where(norm > 1e-9, 1.0 - likeness, 0.5), np.float64)
