"""``antiphon evaluate beats``: the beat tracker judged by true beats.

True beats are annotated beside the MIDI files, labelled, or those of the files' own tempo maps
(``model/beats.py``); of a folder with a manifest the held-out pieces are taken. A beat is given at
its foretold time, or when it is heard, if that is sooner or it was not foretold: never afterwards.
Each true beat is met by at most one given beat within 70 ms; the first 5 s are left out.

To hear the same beat twice as fast, or half as fast, is another error than to be lost: the figures
are given strictly, and at that one of the three levels at which a piece agrees best.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.messages import Beat
from antiphon.daemon.performer.timekeeping import Timekeeper
from antiphon.daemon.performer.trading import goes_on
from antiphon.model import corpus
from antiphon.model.arrays import Notes
from antiphon.model.beats import read_beats
from antiphon.model.corpus import MANIFEST
from antiphon.model.errors import ModelError

WITHIN_S = 0.07
SETTLING_S = 5.0
APART = 0.6
"""Given beats are at least this share of a period apart."""

JUST_NOW = 0.12
"""A chord that stands so little behind the beat, as a share of the period, is the beat."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """``met``: the share of true beats that were given; ``f`` their F-measure with those given.

    ``level_met`` and ``level_f`` are the same at the level that agrees best. ``jumps`` counts, a
    minute, how often the beat that the machine goes by does not go on from the one before.
    """

    met: float
    f: float
    level_met: float
    level_f: float
    jumps: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files with annotated beats beside them")
    parser.add_argument("--dataset", help="only this data set of the folder's manifest")
    parser.add_argument("--labels", type=Path, help="folder of beats by number, as POP909 has it")
    parser.add_argument("--notes", type=int, default=600, help="so many notes of each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    rows = {}
    for path in held_out(args.folder, args.dataset):
        notes = corpus.read_midi(path)[0][: args.notes]
        rows[path.stem] = judged(read_beats(path, args.labels), notes)
    if not rows:
        raise ModelError(f"{args.folder}: no MIDI file here has beats to judge by")
    mean = Agreement(*np.mean([astuple(row) for row in rows.values()], axis=0).tolist())
    if args.json:
        pieces = {name: asdict(row) for name, row in rows.items()}
        sys.stdout.write(json.dumps({"pieces": pieces, "mean": asdict(mean)}) + "\n")
        return 0
    heads = ("met", "F", "level met", "level F", "jumps/min")
    sys.stdout.write(f"{'':<50}" + "".join(f"{head:>11}" for head in heads) + "\n")
    for name, row in [*rows.items(), (f"mean of {len(rows)} pieces", mean)]:
        sys.stdout.write(f"{name[:49]:<50}" + "".join(f"{x:>11.3f}" for x in astuple(row)) + "\n")
    return 0


def held_out(folder: Path, dataset: str | None) -> Iterator[Path]:
    """Held-out pieces of a folder with a manifest; annotated ones of any other."""
    if (folder / MANIFEST).exists():
        for row in corpus.manifest_rows(folder):
            if row["split"] == "valid" and dataset in (None, row["dataset"]):
                yield folder / row["path"]
        return
    for path in sorted(folder.glob("*.mid")):
        if path.with_name(f"{path.stem}_annotations.txt").exists():
            yield path


def judged(true_s: Floats, notes: Notes) -> Agreement:
    """How the beat that is heard agrees, on notes whose beats are known."""
    true_s = true_s[true_s <= notes["onset"][-1]]
    given_s, jumps = given_beats(notes)
    strict = agreement(true_s, given_s)
    between_s = (true_s[1:] + true_s[:-1]) / 2
    levels = (np.sort(np.append(true_s, between_s)), true_s[::2], true_s[1::2])
    # By F: twice as many beats given would meet every one of the slower level.
    best = max([strict, *(agreement(level_s, given_s) for level_s in levels)], key=lambda a: a[1])
    minutes = max(float(notes["onset"][-1] - notes["onset"][0]) / 60, 1e-3)
    return Agreement(*strict, *best, jumps=jumps / minutes)


def given_beats(notes: Notes) -> tuple[Floats, int]:
    """The beats heard in the notes, ascending seconds, each given when it falls; and the jumps."""
    keeper = Timekeeper()
    given: list[float] = []
    coming_s, jumps = np.inf, 0
    before: Beat | None = None
    for onset_s, key, velocity in _onsets(notes):
        while before is not None and coming_s <= onset_s:
            given.append(coming_s)
            coming_s += before.period
        keeper.strike(onset_s, key, velocity)
        beat = keeper.beat("heard", onset_s)
        if beat is None:
            coming_s, before = np.inf, None
            continue
        jumps += before is not None and not goes_on(before, beat)
        before = beat
        free_s = given[-1] + APART * beat.period if given else -np.inf
        if 0.0 <= onset_s - beat.time <= JUST_NOW * beat.period and onset_s > free_s:
            given.append(onset_s)
            free_s = onset_s + APART * beat.period
        coming_s = beat.time_of(math.floor(beat.at(max(onset_s, free_s))) + 1.0)
    return np.array(given), jumps


def _onsets(notes: Notes) -> Iterator[tuple[float, int, int]]:
    return zip(
        notes["onset"].tolist(), notes["key"].tolist(), notes["velocity"].tolist(), strict=True
    )


def agreement(true_s: Floats, given_s: Floats) -> tuple[float, float]:
    """The share of true beats that were given, and the F-measure; 0 with nothing to compare."""
    if not len(true_s):
        return 0.0, 0.0
    begin_s = true_s[0] + SETTLING_S
    true_s, given_s = true_s[true_s > begin_s], given_s[given_s > begin_s - WITHIN_S]
    given_s = given_s[given_s <= true_s[-1] + WITHIN_S] if len(true_s) else given_s[:0]
    met, at = 0, 0
    for beat_s in true_s.tolist():
        while at < len(given_s) and given_s[at] < beat_s - WITHIN_S:
            at += 1
        if at < len(given_s) and given_s[at] <= beat_s + WITHIN_S:
            met += 1
            at += 1
    return met / max(1, len(true_s)), 2 * met / max(1, len(true_s) + len(given_s))
