"""Keys and chords, judged by POP909's labels; the beats are heard, too, unless they are given.

A chord counts as right where root and third are those of the label (its major or minor triad,
whatever is added), and is judged once a labelled beat, in the middle of the beat; labels without
a third, such as suspensions, and stretches without a chord are left out, as is usual ("majmin").
A key is right where tonic and mode are.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import beats, harmony, midi_files
from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.performer.harmony import Chord
from antiphon.export.desk.pieces import Held
from antiphon.model.beats import read_beats
from antiphon.model.errors import ModelError

_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MAJOR: Final = ("maj", "maj7", "7", "maj6")
MINOR: Final = ("min", "min7", "minmaj7", "min6")
OURS: Final = {"": "maj", "7": "maj", "maj7": "maj", "m": "min", "m7": "min"}

Label = tuple[float, float, int, str]


def root_of(name: str) -> int:
    """The pitch class of a label's root, such as Bb."""
    return (_LETTERS[name[0]] + name.count("#") - name.count("b")) % 12


def third_of(quality: str) -> str:
    """Whether a label's chord is major or minor; empty for neither."""
    plain = quality.split("/")[0]
    return "maj" if plain in MAJOR else "min" if plain in MINOR else ""


def labels(path: Path) -> list[Label]:
    """From, to, root (-1 for no chord) and quality, line by line."""
    found = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            if words := line.split():
                name, _, quality = words[2].partition(":")
                root = -1 if name in ("N", "X") else root_of(name)
                found.append((float(words[0]), float(words[1]), root, quality or "maj"))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{path}: cannot be read as labels ({error})") from error
    return found


def measure(chosen: list[Held], folder: Path, gives_beats: bool, progress: Any) -> dict[str, Any]:
    """How many beats have the right chord, and the right key, piece by piece."""
    rows: list[dict[str, Any]] = []
    for held in progress([piece for piece in chosen if piece.dataset == "pop909"]):
        own = folder / held.path.stem.split("_")[-1]
        if not own.is_dir():
            continue
        true_s = read_beats(held.path, folder)
        notes = midi_files.read(held.path).table
        found = Beats(true_s, 4, 0, 1.0, is_heard=False) if gives_beats else beats.heard(notes)
        told = harmony.find(notes, found)
        middles = (true_s[1:] + true_s[:-1]) / 2
        place = np.floor(found.at(middles)).astype(int)
        third, root = _chords(labels(own / "chord_midi.txt"), middles, place, told)
        key, main = _keys(labels(own / "key_audio.txt"), middles, place, told)
        rows.append(
            {
                "piece": held.path.stem,
                "chords": third[0] / max(1, third[1]),
                "beats": third[1],
                "right": third[0],
                "roots": root[0] / max(1, root[1]),
                "key_by_beat": key[0] / max(1, key[1]),
                "key": float(main),
                "heard_key": told.key.name,
            }
        )
    if not rows:
        raise ModelError(f"{folder}: no labels here for any of the pieces")
    right, judged = sum(row["right"] for row in rows), sum(row["beats"] for row in rows)
    names = ("roots", "key_by_beat", "key")
    mean = {name: float(np.mean([row[name] for row in rows])) for name in names}
    return {"pieces": rows, "mean": {"chords": right / judged, **mean}}


def _chords(
    true: list[Label], middles: Any, place: Any, told: harmony.Harmony
) -> tuple[list[int], list[int]]:
    third, root = [0, 0], [0, 0]
    for time_s, beat in zip(middles.tolist(), place.tolist(), strict=True):
        label = next((each for each in true if each[0] <= time_s < each[1]), None)
        if label is None or label[2] < 0:
            continue
        chord = _chord_at(told, beat)
        root[1] += 1
        root[0] += chord is not None and chord.root == label[2]
        if wanted := third_of(label[3]):
            third[1] += 1
            is_root = chord is not None and chord.root == label[2]
            third[0] += is_root and chord is not None and OURS.get(chord.kind) == wanted
    return third, root


def _chord_at(told: harmony.Harmony, beat: int) -> Chord | None:
    return next((each.chord for each in told.chords if each.first <= beat < each.last), None)


def _keys(
    true: list[Label], middles: Any, place: Any, told: harmony.Harmony
) -> tuple[list[int], bool]:
    count = [0, 0]
    for time_s, beat in zip(middles.tolist(), place.tolist(), strict=True):
        label = next((each for each in true if each[0] <= time_s < each[1]), None)
        key = next((each.key for each in told.keys if each.first <= beat < each.last), None)
        if label is None or key is None:
            continue
        count[1] += 1
        count[0] += (key.tonic, key.minor) == (label[2], label[3] == "min")
    longest = max(true, key=lambda each: each[1] - each[0])
    main = (told.key.tonic, told.key.minor) == (longest[2], longest[3] == "min")
    return count, main


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':<20}{'chords':>8}{'roots':>8}{'key by beat':>13}  key"
    for row in found["pieces"]:
        yield (
            f"{row['piece'][:19]:<20}{row['chords']:>8.3f}{row['roots']:>8.3f}"
            f"{row['key_by_beat']:>13.3f}  {row['heard_key']}{'' if row['key'] else ' (wrong)'}"
        )
    mean = found["mean"]
    yield f"{len(found['pieces'])} pieces"
    for name, value in mean.items():
        yield f"  {name.replace('_', ' '):<14}{value:>6.3f}"
