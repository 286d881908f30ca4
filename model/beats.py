"""Where the beats of a MIDI file fall: annotated beside it, labelled elsewhere, or by its own map.

Beside ``NAME.mid`` may stand ``NAME_annotations.txt``; a folder of labels holds
``NUMBER/beat_midi.txt`` for ``ANY_NUMBER.mid``, as POP909 has it. Both have a beat a line: its
seconds, then anything. Otherwise tempo map and time signatures say it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.model import tracks
from antiphon.model.errors import ModelError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledBeats:
    """Beats in ascending seconds, (N,), at least two, and which of them is the first downbeat."""

    times_s: Floats
    first_downbeat: int
    beats_a_bar: int

    def position(self, times_s: Floats) -> Floats:
        """Beats from a downbeat to each time (M,).

        Before the first beat and after the last the nearest period goes on.
        """
        inside = np.interp(times_s, self.times_s, np.arange(len(self.times_s)))
        first_s, last_s = self.times_s[0], self.times_s[-1]
        before = np.minimum(times_s - first_s, 0) / (self.times_s[1] - first_s)
        after = np.maximum(times_s - last_s, 0) / (last_s - self.times_s[-2])
        # Whole bars more, so that no position is negative.
        lead_in = self.beats_a_bar * int(np.ceil(1 + first_s / (self.times_s[1] - first_s)))
        result: Floats = inside + before + after - self.first_downbeat + lead_in
        return result


def read_labels(path: Path, labels: Path) -> LabelledBeats | None:
    """The labelled beats and bars of a MIDI file; None where ``labels`` has none for it.

    A line is seconds and two marks, the second of which is 1 on downbeats, as POP909 has it.
    """
    listed = labels / path.stem.split("_")[-1] / "beat_midi.txt"
    if not listed.is_file():
        return None
    rows = [line.split() for line in listed.read_text(encoding="utf-8").splitlines()]
    downbeats = [index for index, row in enumerate(rows) if row[2:3] == ["1.0"]]
    if len(downbeats) < 2:
        return None
    lengths = np.diff(downbeats)
    return LabelledBeats(_listed(listed), downbeats[0], int(np.median(lengths)))


def read_beats(path: Path, labels: Path | None = None) -> Floats:
    """The beats of a MIDI file, ascending seconds. Raises ModelError where they cannot be read."""
    beside = path.with_name(f"{path.stem}_annotations.txt")
    if beside.exists():
        return _listed(beside)
    if labels is not None:
        return _listed(labels / path.stem.split("_")[-1] / "beat_midi.txt")
    return _mapped(path)


def _listed(path: Path) -> Floats:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return np.array([float(line.split()[0]) for line in lines if line.strip()])
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ModelError(f"{path}: a line does not begin with seconds ({error})") from error


def _mapped(path: Path) -> Floats:
    read = tracks.read(path)
    ends = [int(track.notes["end"].max()) for track in read.tracks if len(track.notes)]
    bars = [(0, 4, 4), *read.signatures]
    nexts = [*(begin for begin, _, _ in bars[1:]), max(ends, default=0) + 1]
    return read.seconds(
        np.concatenate(
            [
                np.arange(begin, end, beat_quarters(above, below) * read.ticks_per_quarter)
                for (begin, above, below), end in zip(bars, nexts, strict=True)
            ]
        )
    )


def beat_quarters(above: int, below: int) -> float:
    """The beat of a time signature in quarters: three units where they come in threes."""
    return 4.0 / below * (3 if above % 3 == 0 and above > 3 else 1)
