"""``antiphon evaluate trading``: where the machine enters when bars are traded on real playing.

True beats are those of ``evaluate beats``. A turn is a passage of recorded playing: the machine
listens for ``LISTENS_S``, then the player's bars begin on a beat, in `trade`, and when they are
full the player stops, so that the machine is to enter on the next true beat. By ``heard`` it has
nothing but the notes; by taps also a hand on the beats, ``JITTER_S`` off at random: all the while,
or only until the player's bars begin. ``foreseen`` is who knows each true beat once it is past, and
expects the next after the latest interval: where it comes otherwise nobody can know.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.messages import Beat, Settings
from antiphon.daemon.performer.engine import Engine, OnnxEngine
from antiphon.daemon.performer.loading import shipped_model
from antiphon.daemon.session.jamming import Jam, Played
from antiphon.daemon.session.timing import Timing
from antiphon.export.beats import WITHIN_S, held_out
from antiphon.export.company import as_played
from antiphon.model import corpus, progress
from antiphon.model.arrays import Notes
from antiphon.model.beats import read_beats
from antiphon.model.errors import ModelError

LISTENS_S = 8.0
JITTER_S = 0.02
FEWEST_NOTES = 8
ON_BEAT_S = 0.05
"""The player's bars begin with a note so near the beat."""

WAITS_BEATS = 4
"""An entry that is later than this comes to nothing."""

WAYS = ("heard", "tapped", "tapped before")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Turn:
    """Notes up to ``due_s``, where the machine is to enter, and the beats up to there."""

    notes: Notes
    beats_s: Floats
    begins_s: float
    due_s: float

    @property
    def foreseen_s(self) -> float:
        """When the machine's first beat is due, by the two before."""
        before_s, last_s = self.beats_s[-2:].tolist()
        return float(2 * last_s - before_s)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files with annotated beats beside them")
    parser.add_argument("--dataset", help="only this data set of the folder's manifest")
    parser.add_argument("--labels", type=Path, help="folder of beats by number, as POP909 has it")
    parser.add_argument("--model", type=Path, help="an exported model (default: the shipped one)")
    parser.add_argument("--bars", type=int, default=2, help="so many bars of four beats in turn")
    parser.add_argument("--turns", type=int, default=3, help="at most so many of each piece")
    parser.add_argument("--seed", type=int, default=0, help="which turns and which taps are drawn")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    rng = np.random.default_rng(args.seed)
    found = list[Turn]()
    for path in held_out(args.folder, args.dataset):
        beats_s = read_beats(path, args.labels)
        found += turns(corpus.read_midi(path)[0], beats_s, 4 * args.bars, args.turns, rng)
    if not found:
        raise ModelError(f"{args.folder}: no MIDI file here has beats and bars to trade")
    engine = OnnxEngine(args.model or shipped_model())
    late_s: dict[str, list[float | None]] = {way: [] for way in WAYS}
    late_s["foreseen"] = [turn.foreseen_s - turn.due_s for turn in found]
    for seed, turn in enumerate(progress.shown(found), start=args.seed):
        for way in WAYS:
            controls = Controls(
                mode="trade", trade_bars=args.bars, sync="heard" if way == "heard" else "tap"
            )
            entered_s = entry_s(engine, turn, way, controls, seed)
            late_s[way].append(None if entered_s is None else entered_s - turn.due_s)
    figures = {way: figured(found, row) for way, row in late_s.items()}
    if args.json:
        sys.stdout.write(json.dumps({"turns": len(found), **figures}) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in table(len(found), figures)))
    return 0


def turns(
    notes: Notes, beats_s: Floats, length: int, most: int, rng: np.random.Generator
) -> list[Turn]:
    """At most so many turns of a piece, ``length`` beats each, whose first beat has a note."""
    onsets_s = notes["onset"].astype(float)
    found = list[Turn]()
    for first in rng.permutation(max(0, len(beats_s) - length)).tolist():
        begins_s, due_s = beats_s[first], beats_s[first + length]
        early, begin, end = np.searchsorted(
            onsets_s, np.array([begins_s - LISTENS_S, begins_s - ON_BEAT_S, due_s - ON_BEAT_S])
        ).tolist()
        if onsets_s[0] > begins_s - LISTENS_S or end - begin < FEWEST_NOTES:
            continue
        if (
            onsets_s[begin] > begins_s + ON_BEAT_S
            or onsets_s[end - 1] < beats_s[first + length - 2]
        ):
            continue
        played = notes[early:end].copy()
        played["offset"] = np.minimum(played["offset"], due_s)
        heard_s = beats_s[(beats_s >= begins_s - LISTENS_S) & (beats_s < due_s)]
        found.append(Turn(played, heard_s, float(begins_s), float(due_s)))
        if len(found) == most:
            break
    return found


def entry_s(engine: Engine, turn: Turn, way: str, controls: Controls, seed: int) -> float | None:
    """When the machine enters, in the piece's seconds; None where it does not."""
    # The jam begins at 0 s.
    shift_s = turn.begins_s - LISTENS_S - 1.0
    listening = Controls(mode="silent", sync=controls.sync)
    played: list[Played] = [(time_s - shift_s, data) for time_s, data in as_played(turn.notes)]
    played += taps(turn, way, shift_s, seed)
    played.append((LISTENS_S + 1.0 - ON_BEAT_S, Settings(as_values(controls))))
    played.sort(key=lambda item: item[0])
    jam = Jam(engine, listening, seed)
    jam.play(played, turn.due_s - shift_s + WAITS_BEATS * float(np.diff(turn.beats_s).max()))
    return next((time_s + shift_s for time_s, data in jam.sent if midi.is_note_on(data)), None)


def taps(turn: Turn, way: str, shift_s: float, seed: int) -> list[Played]:
    """What the performer is told of a hand that taps the beat."""
    if way == "heard":
        return []
    tapped_s = turn.beats_s if way == "tapped" else turn.beats_s[turn.beats_s < turn.begins_s]
    off_s = np.random.default_rng(seed).normal(0.0, JITTER_S, len(tapped_s))
    timing, told = Timing(), list[Played]()
    for time_s in np.sort(tapped_s + off_s - shift_s).tolist():
        beat = timing.tap(time_s)
        if isinstance(beat, Beat):
            told.append((time_s, beat))
    return told


def figured(found: Sequence[Turn], late_s: Sequence[float | None]) -> dict[str, float]:
    """Shares of all turns, and the median distance from the beat where it entered, in ms.

    ``on_another``: on another true beat than the one that it should have been. ``astray``: more
    than half a beat off.
    """
    off_s, another, astray = list[float](), 0, 0
    for turn, late in zip(found, late_s, strict=True):
        if late is None:
            continue
        off_s.append(abs(late))
        nearest_s = np.abs(turn.beats_s - turn.due_s - late).min()
        another += nearest_s <= WITHIN_S < off_s[-1]
        astray += off_s[-1] > (turn.due_s - turn.beats_s[-1]) / 2
    return {
        "entered": len(off_s) / len(found),
        "median_ms": float(np.median(off_s)) * 1e3 if off_s else float("nan"),
        "on_beat": sum(off <= WITHIN_S for off in off_s) / len(found),
        "on_another": float(another) / len(found),
        "astray": float(astray) / len(found),
    }


def table(count: int, figures: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    heads = ("entered", "median", "within 70 ms", "of another", "half a beat off")
    yield f"{f'{count} turns':<14}" + "".join(f"{head:>16}" for head in heads)
    for way, row in figures.items():
        shares = (row["on_beat"], row["on_another"], row["astray"])
        cells = f"{row['entered']:>16.1%}{row['median_ms']:>13.0f} ms"
        yield f"{way:<14}" + cells + "".join(f"{share:>16.1%}" for share in shares)
