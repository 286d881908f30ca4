"""Where the beats of a MIDI file fall: annotated beside it, labelled elsewhere, or by its own map.

Beside ``NAME.mid`` may stand ``NAME_annotations.txt``; a folder of labels holds
``NUMBER/beat_midi.txt`` for ``ANY_NUMBER.mid``, as POP909 has it. Both have a beat a line: its
seconds, then anything. Otherwise tempo map and time signatures say it.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.model.errors import ModelError

Floats = NDArray[np.float64]


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
    from symusic import Score

    try:
        score: Any = Score(path)
    except Exception as error:
        raise ModelError(f"{path}: not a readable MIDI file ({error})") from error
    ends = [note.time for track in score.tracks for note in track.notes]
    bars = [(0, 4, 4), *sorted((s.time, s.numerator, s.denominator) for s in score.time_signatures)]
    nexts = [*(begin for begin, _, _ in bars[1:]), max(ends, default=0) + 1]
    ticks = np.concatenate(
        [
            np.arange(begin, end, beat_quarters(above, below) * score.ticks_per_quarter)
            for (begin, above, below), end in zip(bars, nexts, strict=True)
        ]
    )
    turns = np.array([0, *(tempo.time for tempo in score.tempos)])
    rates = np.array([500_000, *(tempo.mspq for tempo in score.tempos)]) / 1e6
    rates = rates / score.ticks_per_quarter
    turns_s = np.concatenate([[0.0], np.cumsum(np.diff(turns) * rates[:-1])])
    before = np.searchsorted(turns, ticks, side="right") - 1
    return np.asarray(turns_s[before] + (ticks - turns[before]) * rates[before])


def beat_quarters(above: int, below: int) -> float:
    """The beat of a time signature in quarters: three units where they come in threes."""
    return 4.0 / below * (3 if above % 3 == 0 and above > 3 else 1)
