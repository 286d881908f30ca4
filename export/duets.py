"""Duets: what the machine plays beside one part of a held-out piece, set against the true other.

The player's part of a passage is played to the daemon in ``together``, on simulated time, from
nothing; the machine runs freely beside it. Everything is counted alike on the machine's part, on
the true other part, and on another piece's (``companion``). The chord that sounds is that of both
true parts together (``chord_track``). Pieces stand as they do in their files.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.session.jamming import Jam
from antiphon.export import duet_picture
from antiphon.export.answering import sounded
from antiphon.export.chord_track import ChordTrack, chords_of
from antiphon.export.companion import CompanionStats, Floats, near, stats_of
from antiphon.export.company import as_played
from antiphon.export.task import Task
from antiphon.model import corpus, tracks
from antiphon.model.arrays import Notes
from antiphon.model.beats import read_beats
from antiphon.model.corpus import Piece
from antiphon.model.errors import ModelError
from antiphon.model.tracks import Track, Tracks

PIECES = 12
"""So many of each data set, unless another number is asked for."""

PASSAGE_S = 40.0
FEWEST_NOTES = 16
TRIES = 20
"""So many passages of a piece are looked at for one in which both parts play."""

PIANO = 0
"""The program of a piano."""

PLAYERS: Mapping[str, Callable[[Track], bool]] = {
    "pop909": lambda track: track.name == "MELODY",
    "wjazzd": lambda track: track.name == "solo",
    "openscore-lieder": lambda track: track.program != PIANO,
    "openewld": lambda track: track.name == "melody",
}
"""Which tracks are the player's, by data set; the others are the other part."""

LABELLED = "pop909"
"""Its files' own beats mean nothing; labels know them."""

CHANCE_STEP_S = 0.001

SIDES = ("machine", "true", "another")


@dataclass(frozen=True, slots=True)
class Duet:
    """A passage of ``seconds``: the player's part, the true other one, and the beats if known."""

    piece: Piece
    player: Notes
    true: Notes
    seconds: float
    chords: ChordTrack
    beats_s: Floats | None


def measure(task: Task) -> dict[str, Any]:
    """Play beside a passage of each piece; raises ModelError where none has two parts."""
    duets = held_out_duets(task)
    machine = [
        machine_part(task.engine, duet, task.seed + index)
        for index, duet in enumerate(task.progress(duets))
    ]
    if task.picture:
        duet_picture.draw(duets, machine, task.picture)
    return {"duets": report(duets, machine)}


def held_out_duets(task: Task) -> list[Duet]:
    """A passage of each piece of the data sets in ``PLAYERS``, or of each piece if there is none.

    Raises ModelError where none has two parts.
    """
    rng = np.random.default_rng(task.seed)
    pieces = [piece for piece in task.packed.pieces if piece.dataset in PLAYERS]
    passages = (_duet(task, piece, rng) for piece in pieces or task.packed.pieces)
    duets = [duet for duet in passages if duet is not None]
    if not duets:
        raise ModelError(f"no piece has two parts of {FEWEST_NOTES} notes each")
    return duets


def machine_part(engine: Engine, duet: Duet, seed: int) -> Notes:
    """What the machine plays in `together` beside the player's part."""
    jam = Jam(engine, Controls(mode="together"), seed)
    jam.play(as_played(duet.player), duet.seconds)
    jam.finish()
    return sounded(jam.sent)


def _duet(task: Task, piece: Piece, rng: np.random.Generator) -> Duet | None:
    """A passage of a piece; None where no passage has two parts that play."""
    path = task.folder / piece.path
    parts = parts_of(tracks.read(path), piece.dataset)
    if parts is None:
        return None
    onsets_s = parts[0]["onset"].astype(float)
    begins_s = onsets_s[onsets_s <= max(onsets_s[0], onsets_s[-1] - PASSAGE_S)]
    for _ in range(TRIES):
        begin_s = float(rng.choice(begins_s))
        player, true = (passage(part, begin_s) for part in parts)
        if min(len(player), len(true)) >= FEWEST_NOTES:
            break
    else:
        return None
    both = np.sort(np.concatenate([player, true]), order="onset", kind="stable")
    # A piece that ends sooner ends the passage: nobody accompanies silence.
    seconds = float(both["offset"].max())
    return Duet(
        piece=piece,
        player=player,
        true=true,
        seconds=seconds,
        chords=chords_of(both, seconds),
        beats_s=_beats(path, piece, task.labels, begin_s),
    )


def parts_of(read: Tracks, dataset: str) -> tuple[Notes, Notes] | None:
    """The player's part and the other of a file, None where one of them is empty.

    The player's tracks are those that ``PLAYERS`` names, or the highest of another data set.
    """
    pitched = read.pitched
    if dataset in PLAYERS:
        player = [track for track in pitched if PLAYERS[dataset](track)]
    else:
        player = sorted(pitched, key=lambda track: float(track.notes["key"].mean()))[-1:]
    theirs = {id(track) for track in player}
    other = [track for track in pitched if id(track) not in theirs]
    if not player or not other:
        return None
    return corpus.notes_of(read, player), corpus.notes_of(read, other)


def passage(part: Notes, begin_s: float) -> Notes:
    """The notes that begin in the ``PASSAGE_S`` from a time on, which becomes 0 s."""
    at = (part["onset"] >= begin_s) & (part["onset"] < begin_s + PASSAGE_S)
    notes = part[at].copy()
    notes["onset"] -= begin_s
    notes["offset"] = np.minimum(notes["offset"] - begin_s, PASSAGE_S)
    return notes


def _beats(path: Path, piece: Piece, labels: Path | None, begin_s: float) -> Floats | None:
    """The beats of a passage: a score's own, or those that are labelled; None where neither is."""
    if piece.dataset == LABELLED:
        if labels is None:
            return None
        beats_s = read_beats(path, labels)
    elif piece.hand == "score":
        beats_s = read_beats(path)
    else:
        return None
    return beats_s[(beats_s >= begin_s) & (beats_s < begin_s + PASSAGE_S)] - begin_s


def report(duets: Sequence[Duet], machine: Sequence[Notes]) -> dict[str, Any]:
    """The figures of each data set."""
    found = {}
    datasets = [duet.piece.dataset for duet in duets]
    for dataset in sorted(set(datasets)):
        at = [index for index, name in enumerate(datasets) if name == dataset]
        found[dataset] = _dataset([duets[i] for i in at], [machine[i] for i in at])
    return found


def _dataset(duets: Sequence[Duet], machine: Sequence[Notes]) -> dict[str, Any]:
    """The figures of the duets of one data set.

    ``chance`` is the share of notes that would be in time if they fell anywhere.
    """
    true = [duet.true for duet in duets]
    parts = {"machine": machine, "true": true, "another": [*true[1:], true[0]]}
    counted = {
        side: [
            stats_of(part, duet.player, duet.chords, duet.beats_s, duet.seconds)
            for part, duet in zip(side_parts, duets, strict=True)
        ]
        for side, side_parts in parts.items()
    }
    return {
        "pieces": len(duets),
        "minutes": sum(duet.seconds for duet in duets) / 60.0,
        "silent": sum(not stats.notes for stats in counted["machine"]),
        "chance": float(np.mean([by_chance(duet) for duet in duets])),
        **{side: _figures(rows) for side, rows in counted.items()},
        "quartiles": {name: _quartiles(name, counted) for name in ("density", "register")},
    }


def by_chance(duet: Duet) -> float:
    """The share of a passage's time that is in time with an onset of the player's."""
    return float(near(np.arange(0.0, duet.seconds, CHANCE_STEP_S), duet.player["onset"]).mean())


def _figures(rows: Sequence[CompanionStats]) -> dict[str, float | None]:
    total = sum(rows, CompanionStats())
    return {
        "notes": total.notes,
        "density": total.density,
        "register": total.register,
        **total.shares(),
    }


def _quartiles(name: str, counted: Mapping[str, Sequence[CompanionStats]]) -> dict[str, float]:
    """The true parts' quartiles, and the share of the machine's parts within them."""
    values = {side: [getattr(stats, name) for stats in rows] for side, rows in counted.items()}
    low, high = np.quantile(values["true"], [0.25, 0.75]).tolist()
    # A part without notes has no register.
    within = [value is not None and low <= value <= high for value in values["machine"]]
    return {"low": low, "high": high, "within": float(np.mean(within))}


COLUMNS = {
    "in_time": "in time",
    "on_beat": "on beat",
    "restrikes": "restruck",
    "stutters": "stutters",
    "clashes": "clash",
    "drones": "drones",
    "in_chord": "in chord",
}
NAMES = {"machine": "the machine", "true": "the other part", "another": "another piece's part"}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    for dataset, row in found["duets"].items():
        yield (
            f"{dataset}: {row['pieces']} duets, {row['minutes']:.1f} minutes; "
            f"the machine is silent in {row['silent']}"
        )
        heads = "".join(f"{head:>10}" for head in COLUMNS.values())
        yield f"{'':<24}{heads}{'notes/s':>10}{'mean key':>10}{'notes':>8}"
        for side in SIDES:
            figures = row[side]
            cells = "".join(_percent(figures[name]) for name in COLUMNS)
            yield (
                f"  {NAMES[side]:<22}{cells}{figures['density']:>10.2f}"
                f"{figures['register'] or 0:>10.1f}{figures['notes']:>8}"
            )
        yield f"  {'by chance':<22}{_percent(row['chance'])}"
        for name, quarter in row["quartiles"].items():
            yield (
                f"  {name} within the other parts' quartiles, {quarter['low']:.2f} to "
                f"{quarter['high']:.2f}: {quarter['within']:.0%}"
            )
        yield ""


def _percent(share: float | None) -> str:
    return f"{'-':>10}" if share is None else f"{share:>10.1%}"
