"""``antiphon evaluate beats``: the beat tracker judged against annotated beats.

Beside ``NAME.mid`` stands ``NAME_annotations.txt``, one beat a line: its seconds, then anything.
The tracker foretells each next beat; a beat that it had missed is given as soon as it is known of.
Each true beat is met by at most one given beat within 70 ms; the first 5 s are left out.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.beat import BeatTracker
from antiphon.model import corpus
from antiphon.model.corpus import Notes
from antiphon.model.errors import ModelError

WITHIN_S = 0.07
SETTLING_S = 5.0
APART = 0.6
"""Given beats are at least this share of a period apart."""

KNOWN_LATE_S = 0.3
"""A beat that is past for longer is not given any more."""

Floats = NDArray[np.float64]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files with annotated beats beside them")
    parser.add_argument("--notes", type=int, default=600, help="so many notes of each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    rows = {}
    for path in sorted(args.folder.glob("*.mid")):
        labels = path.with_name(f"{path.stem}_annotations.txt")
        if labels.exists():
            notes = corpus.read_midi(path)[0][: args.notes]
            true_s = _annotated(labels)
            rows[path.stem] = agreement(true_s[true_s <= notes["onset"][-1]], given_beats(notes))
    if not rows:
        raise ModelError(f"{args.folder}: no MIDI file has a NAME_annotations.txt beside it")
    mean = float(np.mean(list(rows.values())))
    if args.json:
        sys.stdout.write(json.dumps({"pieces": rows, "mean": mean}) + "\n")
        return 0
    lines = [f"{name[:60]:<62}{value:.3f}\n" for name, value in rows.items()]
    sys.stdout.write("".join([*lines, f"{'F-measure, mean of pieces':<62}{mean:.3f}\n"]))
    return 0


def _annotated(path: Path) -> Floats:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return np.array([float(line.split()[0]) for line in lines if line.strip()])
    except ValueError as error:
        raise ModelError(f"{path}: a line does not begin with seconds ({error})") from error


def given_beats(notes: Notes) -> Floats:
    """The beats that the tracker gives while it hears the notes, ascending seconds."""
    tracker = BeatTracker()
    given: list[float] = []
    coming_s, period_s = np.inf, 0.0
    for onset, key, velocity in zip(
        notes["onset"].tolist(), notes["key"].tolist(), notes["velocity"].tolist(), strict=True
    ):
        while coming_s <= onset:
            given.append(coming_s)
            coming_s += period_s
        tracker.strike(onset, key, velocity)
        pulse = tracker.pulse()
        if pulse is None:
            continue
        period_s = pulse.period_s
        earliest_s = given[-1] + APART * period_s if given else onset - KNOWN_LATE_S
        coming_s = pulse.next_after(max(earliest_s, onset - KNOWN_LATE_S))
        if coming_s <= onset:
            given.append(coming_s)
            coming_s = pulse.next_after(coming_s + APART * period_s)
    return np.array(given)


def agreement(true_s: Floats, given_s: Floats) -> float:
    """The F-measure of given beats; 0 where there is nothing to compare."""
    if not len(true_s):
        return 0.0
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
    return 2 * met / max(1, len(true_s) + len(given_s))
