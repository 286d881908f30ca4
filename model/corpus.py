"""A folder of MIDI files, read once and packed into arrays that training can map into memory.

Here lives everything that touches MIDI files for training. Nothing here changes what was played:
that is the work of ``hands`` and ``views``.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from antiphon.model import beats, chords, tracks
from antiphon.model.arrays import NOTE, PEDAL, Chords, Notes, Pedals
from antiphon.model.errors import ModelError
from antiphon.model.tracks import Track, Tracks

SHORTEST_NOTE_S = 0.01
FEWEST_NOTES = 16
MANIFEST = "MANIFEST.tsv"
VALID_SHARE = 0.05
LEADING_NAME = re.compile(r"\b(voice|vocals?|melody|solo|sing\w*|sopran\w*|canto)\b", re.IGNORECASE)

COLUMNS = ("path", "dataset", "style", "is_performance", "split")
"""What a manifest must say of each file."""

SEQUENCED_DATASETS = ("pop909", "piano-midi-de")
"""Expressive, but placed by a sequencer: chords exactly together."""
MAPPED_DATASETS = ("piano-midi-de",)
"""Expressive, with tempo maps that follow the beat."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One MIDI file: where it came from and where its notes and pedals lie in the packed arrays."""

    path: str
    dataset: str
    style: str
    hand: str
    split: str
    flat: bool
    """Whether its velocities say nothing."""
    beats_per_bar: float
    first_note: int
    notes: int
    first_pedal: int
    pedals: int
    first_chord: int = 0
    chords: int = 0
    beat_quarters: float = 0.0
    """Quarter notes a beat; 0 where the notes' ``beat`` says nothing of what is felt."""
    bar_known: bool = False
    """Whether bars begin at whole multiples of ``beats_per_bar``."""

    @property
    def events(self) -> int:
        """How many events the piece has."""
        return 2 * self.notes + self.pedals


@dataclass(frozen=True, slots=True)
class Corpus:
    """The packed corpus."""

    pieces: tuple[Piece, ...]
    all_notes: Notes
    all_pedals: Pedals
    all_chords: Chords

    def notes(self, piece: Piece) -> Notes:
        """The notes of a piece."""
        return self.all_notes[piece.first_note : piece.first_note + piece.notes]

    def pedals(self, piece: Piece) -> Pedals:
        """The pedal moves of a piece."""
        return self.all_pedals[piece.first_pedal : piece.first_pedal + piece.pedals]

    def chords(self, piece: Piece) -> Chords:
        """The chords of a piece."""
        return self.all_chords[piece.first_chord : piece.first_chord + piece.chords]

    def split(self, name: str) -> list[Piece]:
        """The pieces of a split, ``train`` or ``valid``."""
        return [piece for piece in self.pieces if piece.split == name]


class ReadPiece(NamedTuple):
    """What a MIDI file holds; the fields are those of `Piece`."""

    notes: Notes
    pedals: Pedals
    beats_per_bar: float
    beat_quarters: float
    bar_known: bool


def read_midi(path: Path) -> ReadPiece:
    """Read a MIDI file; drums are left out.

    Raises ModelError when the file cannot be read or holds no notes.
    """
    read = tracks.read(path)
    pitched = read.pitched
    if not pitched:
        raise ModelError(f"{path}: has no notes")
    bars = [(above, below) for _, above, below in read.signatures] or [(4, 4)]
    above, below = bars[0]
    ranked = _ranked(pitched)
    return ReadPiece(
        # One byte holds the part.
        notes_of(read, *([track] for track in ranked[:255]), ranked[255:]),
        pedals_of(read, pitched),
        beats_per_bar=4.0 * above / below,
        beat_quarters=beats.beat_quarters(above, below),
        bar_known=len(set(bars)) == 1,
    )


def _ranked(pitched: Iterable[Track]) -> list[Track]:
    """Tracks by part: one that is sung or played solo leads.

    Where no name tells, the highest leads.
    """
    return sorted(
        pitched,
        key=lambda track: (
            LEADING_NAME.search(track.name) is None,
            -float(track.notes["key"].mean()),
        ),
    )


def notes_of(read: Tracks, *parts: Sequence[Track]) -> Notes:
    """The notes of tracks as one array, each with the number of the part that its track is in."""
    made = []
    for part, members in enumerate(parts):
        for track in members:
            notes = np.empty(len(track.notes), dtype=NOTE)
            notes["onset"] = read.seconds(track.notes["start"])
            notes["offset"] = read.seconds(track.notes["end"])
            notes["beat"] = track.notes["start"] / read.ticks_per_quarter
            notes["key"] = track.notes["key"]
            notes["velocity"] = track.notes["velocity"]
            notes["part"] = part
            made.append(notes)
    return _tidy_notes(np.concatenate([np.empty(0, dtype=NOTE), *made]))


def pedals_of(read: Tracks, members: Iterable[Track]) -> Pedals:
    """The pedal moves of tracks as one pedal's."""
    presses = [press for track in members for press in track.presses]
    times_s = read.seconds(np.array(presses, np.int64).reshape(-1, 2))
    return _tidy_pedals([(start_s, end_s) for start_s, end_s in times_s.tolist()])


def _tidy_notes(notes: Notes) -> Notes:
    """Sort, drop doubled onsets, end each note before its key is struck again."""
    notes = notes[np.lexsort((-notes["velocity"].astype(int), notes["onset"], notes["key"]))]
    again = np.diff(notes["key"].astype(int)) == 0
    doubled = again & (np.diff(notes["onset"]) < SHORTEST_NOTE_S)
    notes = notes[np.concatenate([[True], ~doubled])]
    again = np.diff(notes["key"].astype(int)) == 0
    notes["offset"] = np.maximum(notes["offset"], notes["onset"] + SHORTEST_NOTE_S)
    ends, following = notes["offset"][:-1], notes["onset"][1:]
    notes["offset"][:-1] = np.where(again, np.minimum(ends, following), ends)
    return notes[np.argsort(notes["onset"], kind="stable")]


def _tidy_pedals(presses: list[tuple[float, float]]) -> Pedals:
    """Down and up in turn, with presses that overlap made one."""
    moves: list[tuple[float, bool]] = []
    reach = -1.0
    for start, end in sorted(presses):
        if moves and start <= reach:
            reach = max(reach, end)
            moves[-1] = (reach, False)
        elif end > start:
            reach = end
            moves += [(start, True), (end, False)]
    return np.array(moves, dtype=PEDAL)


def manifest_rows(folder: Path) -> Iterator[dict[str, str]]:
    """What is known of each file of ``folder``: from ``MANIFEST.tsv`` if there is one.

    Without a manifest every ``.mid`` and ``.midi`` file counts as a performance, its style is the
    top folder's name, and its split is drawn from a hash of its name, so that it never moves.
    """
    manifest = folder / MANIFEST
    if manifest.exists():
        with manifest.open(newline="", encoding="utf-8") as lines:
            table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise ModelError(f"{manifest}: has no column {', '.join(missing)}; add it")
            yield from table
        return
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi"))
    if not paths:
        raise ModelError(f"{folder}: no MIDI files here; name a folder that has some")
    for path in paths:
        relative = path.relative_to(folder)
        digest = int(hashlib.sha256(path.stem.encode()).hexdigest()[:8], 16)
        yield {
            "path": relative.as_posix(),
            "dataset": folder.name,
            "style": relative.parts[0] if len(relative.parts) > 1 else "any",
            "is_performance": "1",
            "split": "valid" if digest / 0xFFFFFFFF < VALID_SHARE else "train",
        }


def gather(
    folder: Path,
    rows: list[dict[str, str]],
    progress: Any = iter,
    labels: Path | None = None,
) -> tuple[Corpus, list[tuple[str, str]]]:
    """Read the files that ``rows`` of a manifest name, and say which were skipped and why.

    ``labels`` is a folder of beats as `beats.read_labels` takes them, for files that it has some
    for. Damaged, missing and tiny files are skipped. Raises ModelError when none is left.
    """
    pieces: list[Piece] = []
    notes: list[Notes] = []
    pedals: list[Pedals] = []
    all_chords: list[Chords] = []
    skipped: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    for row in progress(rows):
        try:
            read = _read(folder / row["path"], row, labels)
        except ModelError as error:
            skipped.append((row["path"], " ".join(str(error).split())))
            continue
        found = chords.find(read.notes)
        pieces.append(
            Piece(
                path=row["path"],
                dataset=row["dataset"],
                style=row["style"],
                hand=_hand(row),
                split=row["split"],
                flat=len(np.unique(read.notes["velocity"])) < 8,
                beats_per_bar=read.beats_per_bar,
                first_note=counts["notes"],
                notes=len(read.notes),
                first_pedal=counts["pedals"],
                pedals=len(read.pedals),
                first_chord=counts["chords"],
                chords=len(found),
                beat_quarters=read.beat_quarters,
                bar_known=read.bar_known,
            )
        )
        notes.append(read.notes)
        pedals.append(read.pedals)
        all_chords.append(found)
        counts["notes"] += len(read.notes)
        counts["pedals"] += len(read.pedals)
        counts["chords"] += len(found)
    if not pieces:
        why = f"; the first: {skipped[0][1]}" if skipped else ""
        raise ModelError(f"{folder}: none of its {len(skipped)} files could be used{why}")
    read_all = (np.concatenate(arrays) for arrays in (notes, pedals, all_chords))
    return Corpus(tuple(pieces), *read_all), skipped


def _read(path: Path, row: dict[str, str], labels: Path | None) -> ReadPiece:
    """A file as a row of the manifest names it; its beats are those that are felt, or unknown."""
    read = read_midi(path)
    if len(read.notes) < FEWEST_NOTES:
        raise ModelError(f"only {len(read.notes)} notes, fewer than {FEWEST_NOTES}")
    labelled = beats.read_labels(path, labels) if labels is not None else None
    if labelled is not None:
        read.notes["beat"] = labelled.position(read.notes["onset"].astype(np.float64))
        return read._replace(
            beats_per_bar=float(labelled.beats_a_bar), beat_quarters=1.0, bar_known=True
        )
    if row["is_performance"] == "1" and row["dataset"] not in MAPPED_DATASETS:
        return read._replace(beat_quarters=0.0, bar_known=False)
    return read


def pack(read: Corpus, target: Path) -> None:
    """Write a corpus to a folder from which ``load`` maps it."""
    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "notes.npy", read.all_notes)
    np.save(target / "pedals.npy", read.all_pedals)
    np.save(target / "chords.npy", read.all_chords)
    (target / "pieces.json").write_text(json.dumps([asdict(piece) for piece in read.pieces]))


def prepare(
    folder: Path, target: Path, progress: Any = iter, labels: Path | None = None
) -> Counter[str]:
    """Read every file of ``folder`` and pack it into ``target``; ``labels`` as in `gather`.

    What is skipped is reported in ``target/skipped.tsv``. Returns counts: pieces, notes, pedals,
    skipped.
    """
    packed, skipped = gather(folder, list(manifest_rows(folder)), progress, labels)
    pack(packed, target)
    (target / "skipped.tsv").write_text("".join(f"{path}\t{why}\n" for path, why in skipped))
    return Counter(
        pieces=len(packed.pieces),
        notes=len(packed.all_notes),
        pedals=len(packed.all_pedals),
        skipped=len(skipped),
    )


def _hand(row: dict[str, str]) -> str:
    if row["is_performance"] != "1":
        return "score"
    return "sequenced" if row["dataset"] in SEQUENCED_DATASETS else "performed"


def load(target: Path) -> Corpus:
    """Open a packed corpus, mapped into memory. Raises ModelError when it is not there."""
    try:
        records = json.loads((target / "pieces.json").read_text())
        return Corpus(
            pieces=tuple(Piece(**record) for record in records),
            all_notes=np.load(target / "notes.npy", mmap_mode="r"),
            all_pedals=np.load(target / "pedals.npy", mmap_mode="r"),
            all_chords=np.load(target / "chords.npy", mmap_mode="r"),
        )
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"{target}: no packed corpus ({error}); make one with: antiphon model prepare DIR"
        ) from error
