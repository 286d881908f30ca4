"""Correcting, judged on held-out pieces with errors put into them, and on the same without any.

Four kinds of error, as many of each: a key a semitone off, a note struck twice within 60 ms, one
left out, one late by 80 to 200 ms. An error is found where something is reported at its time and
key (or the key that was meant), and restored where the corrected piece has the right note again,
within 30 ms. All that is reported on the clean piece is a false alarm.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from antiphon.daemon.desk import analysis, correcting, midi_files
from antiphon.daemon.desk.correcting import Finding
from antiphon.daemon.desk.piece import Note, Piece, tidy
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import Engine
from antiphon.export.desk.pieces import Held

KINDS: Final = ("wrong semitone", "doubled", "dropped", "late")
SHARE: Final = 0.02
"""So many of the notes are made wrong, all kinds together."""

NEAR_S: Final = 0.25
RESTORED_S: Final = 0.03
LONGEST_S: Final = 180.0
FEWEST_NOTES: Final = 60


@dataclass(frozen=True, slots=True)
class Error:
    """An error that was put in: what, when the right note is, its key, and the key heard."""

    kind: str
    time_s: float
    key: int
    heard: int


def shortened(piece: Piece) -> Piece:
    """The first three minutes."""
    end = int(piece.ticks(LONGEST_S))
    parts = tuple(
        replace(part, notes=tuple(note for note in part.notes if note.end <= end))
        for part in piece.parts
    )
    return replace(piece, parts=parts, end=min(piece.end, end))


def spoiled(piece: Piece, rng: Generator) -> tuple[Piece, list[Error]]:
    """A piece with errors, and what they are."""
    every = [
        (place, note)
        for place, part in enumerate(piece.parts)
        if not part.is_drums
        for note in part.notes
    ]
    count = max(len(KINDS), round(SHARE * len(every)))
    chosen = rng.permutation(len(every))[:count].tolist()
    goes: defaultdict[int, set[Note]] = defaultdict(set)
    comes: defaultdict[int, list[Note]] = defaultdict(list)
    errors = []
    for number, which in enumerate(chosen):
        place, note = every[which]
        kind = KINDS[number % len(KINDS)]
        time_s = float(piece.seconds(note.start))
        heard = note.key
        if kind == "wrong semitone":
            heard = int(np.clip(note.key + rng.choice([-1, 1]), 0, 127))
            goes[place].add(note)
            comes[place].append(replace(note, key=heard))
        elif kind == "doubled":
            again = int(piece.ticks(time_s + rng.uniform(0.03, 0.06)))
            goes[place].add(note)
            first = max(1, again - note.start - 1)
            comes[place] += [
                replace(note, length=first),
                replace(note, start=again, length=max(1, note.end - again)),
            ]
        elif kind == "dropped":
            goes[place].add(note)
        else:
            moved = int(piece.ticks(time_s + rng.uniform(0.08, 0.2)))
            goes[place].add(note)
            comes[place].append(replace(note, start=moved, length=max(1, note.end - moved)))
        errors.append(Error(kind, time_s, note.key, heard))
    parts = tuple(
        replace(
            part,
            notes=tidy([*(n for n in part.notes if n not in goes[place]), *comes[place]]),
        )
        for place, part in enumerate(piece.parts)
    )
    return replace(piece, parts=parts), errors


def is_found(error: Error, findings: tuple[Finding, ...]) -> bool:
    """Whether something is reported where an error is."""
    keys = (error.key, error.heard)
    return any(abs(each.time_s - error.time_s) <= NEAR_S and each.key in keys for each in findings)


def is_restored(error: Error, piece: Piece) -> bool:
    """Whether the right note stands there again, once, and the wrong key does not."""
    notes = piece.table
    near = notes.key[np.abs(notes.onset_s - error.time_s) <= RESTORED_S].tolist()
    again = np.abs(notes.onset_s - error.time_s) <= 0.1
    twice = int((notes.key[again] == error.key).sum()) > 1
    stray = error.heard != error.key and error.heard in near
    return error.key in near and not stray and not (error.kind == "doubled" and twice)


def measure(
    chosen: list[Held], engine: Engine, strictness: float, seed: int, progress: Any
) -> dict[str, Any]:
    """What is found and restored of errors, and how much else is reported."""
    rows = []
    for number, held in enumerate(progress(chosen)):
        try:
            clean = shortened(midi_files.read(held.path))
            if len(clean.table) < FEWEST_NOTES:
                continue
            spoilt, errors = spoiled(clean, np.random.default_rng([seed, number]))
            false = correcting.correct(engine, analysis.analyse(clean), strictness)
            report = correcting.correct(engine, analysis.analyse(spoilt), strictness)
        except AntiphonError:
            continue
        row: dict[str, Any] = {
            "piece": held.path.stem,
            "style": held.style,
            "notes": len(clean.table),
            "false": len(false.findings),
            "false_by_kind": {
                what: sum(each.what == what for each in false.findings)
                for what in ("wrong note", "doubled", "late", "missing")
            },
        }
        for kind in KINDS:
            mine = [error for error in errors if error.kind == kind]
            row[kind] = [
                len(mine),
                sum(is_found(error, report.findings) for error in mine),
                sum(is_restored(error, report.piece) for error in mine),
            ]
        rows.append(row)
    return {"pieces": rows, "styles": _by_style(rows), "all": _summed(rows)}


def _by_style(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        style: _summed([row for row in rows if row["style"] == style])
        for style in sorted({row["style"] for row in rows})
    }


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    notes = max(1, sum(row["notes"] for row in rows))
    counts = {kind: np.sum([row[kind] for row in rows], axis=0).tolist() for kind in KINDS}
    total = np.sum(list(counts.values()), axis=0)
    return {
        "pieces": len(rows),
        "found": float(total[1] / max(1, total[0])),
        "restored": float(total[2] / max(1, total[0])),
        "false_a_hundred_notes": 100 * sum(row["false"] for row in rows) / notes,
        "kinds": {
            kind: {"found": found / max(1, count), "restored": restored / max(1, count)}
            for kind, (count, found, restored) in counts.items()
        },
        "false_by_kind": {
            what: 100 * sum(row["false_by_kind"][what] for row in rows) / notes
            for what in ("wrong note", "doubled", "late", "missing")
        },
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':<14}{'pieces':>7}{'found':>8}{'restored':>10}{'false / 100 notes':>19}"
    for name, row in [*found["styles"].items(), ("all", found["all"])]:
        yield (
            f"{name:<14}{row['pieces']:>7}{row['found']:>8.2f}{row['restored']:>10.2f}"
            f"{row['false_a_hundred_notes']:>19.2f}"
        )
    yield ""
    for kind, row in found["all"]["kinds"].items():
        yield f"{kind:<16}found {row['found']:.2f}, restored {row['restored']:.2f}"
    alarms = found["all"]["false_by_kind"]
    yield "false alarms: " + ", ".join(f"{what} {each:.2f}" for what, each in alarms.items())
