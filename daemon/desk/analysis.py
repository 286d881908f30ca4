"""All that is heard in a piece, as one value, and that as JSON. No I/O but the shipped networks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from antiphon.daemon.desk import beats, harmony, melody, structure, traits
from antiphon.daemon.desk.beats import Beats
from antiphon.daemon.desk.harmony import Harmony
from antiphon.daemon.desk.melody import Motif
from antiphon.daemon.desk.piece import Piece
from antiphon.daemon.desk.structure import Phrase, Section
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.idiom import shipped_classifier
from antiphon.model.events import key_name

TEMPO_BARS: Final = 4
TEMPO_CHANGES: Final = 0.08
"""A tempo is told again when it has changed by this share for some bars."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Beats a minute from a time on, in seconds."""

    start_s: float
    beats_a_minute: float


@dataclass(frozen=True)
class Analysis:
    """What is in a piece. Times are seconds from its start, bars and beats count from 0."""

    piece: Piece
    beats: Beats
    tempos: tuple[Tempo, ...]
    harmony: Harmony
    sections: tuple[Section, ...]
    phrases: tuple[Phrase, ...]
    motifs: tuple[Motif, ...]
    style: Mapping[str, float]
    mood: traits.Mood
    texture: traits.Texture
    difficulty: traits.Difficulty
    lowest: int
    highest: int

    @property
    def form(self) -> str:
        """The sections in letters, such as AABA."""
        return structure.form(self.sections)

    def bar_of(self, seconds: float) -> int:
        """The bar, counted from 1, in which a time lies."""
        return max(1, int(np.searchsorted(self.beats.bars_s, seconds + 0.02, side="right")))


def analyse(piece: Piece, progress: Callable[[float], None] = lambda _: None) -> Analysis:
    """Hear what is in a piece. Raises AntiphonError for one without a pitched note."""
    notes = piece.table
    if not len(notes):
        raise AntiphonError("nothing but drums here; give a piece with pitched notes")
    found = beats.find(piece, lambda share: progress(0.7 * share))
    progress(0.7)
    keys_and_chords = harmony.find(notes, found)
    progress(0.8)
    sections = structure.sections(notes, found)
    progress(0.9)
    line = melody.leading(notes)
    result = Analysis(
        piece=piece,
        beats=found,
        tempos=tempos(found),
        harmony=keys_and_chords,
        sections=sections,
        phrases=structure.phrases(notes, found, sections),
        motifs=melody.motifs(line, found),
        style=traits.style(notes, shipped_classifier()),
        mood=traits.mood(notes),
        texture=traits.texture(notes),
        difficulty=traits.difficulty(notes, found, keys_and_chords.keys),
        lowest=int(notes.key.min()),
        highest=int(notes.key.max()),
    )
    progress(1.0)
    return result


def tempos(found: Beats) -> tuple[Tempo, ...]:
    """The tempo at first, and again where it has changed for some bars."""
    size = TEMPO_BARS * found.per_bar
    gaps = np.diff(found.times_s)
    told: list[Tempo] = []
    for first in range(0, max(1, len(gaps) - size // 2), size):
        pace = 60.0 / max(float(np.median(gaps[first : first + size])), 1e-3)
        if not told or abs(pace / told[-1].beats_a_minute - 1) > TEMPO_CHANGES:
            told.append(Tempo(float(found.times_s[first]), pace))
    return tuple(told)


def as_json(found: Analysis) -> dict[str, Any]:
    """All of it as plain values."""
    beat_s = found.beats.seconds

    def span(first: int, last: int) -> dict[str, Any]:
        start_s, end_s = float(beat_s(first)), float(beat_s(last))
        return {
            "start_s": round(start_s, 3),
            "end_s": round(end_s, 3),
            "first_bar": found.bar_of(start_s),
            "last_bar": found.bar_of(end_s - 0.05),
        }

    bars_s = np.append(found.beats.bars_s, found.piece.length_s)
    return {
        "seconds": round(found.piece.length_s, 3),
        "notes": len(found.piece.table),
        "key": found.harmony.key.name,
        "keys": [
            {"key": each.key.name, "sure": round(each.confidence, 2), **span(each.first, each.last)}
            for each in found.harmony.keys
        ],
        "beats": {
            "from": "heard" if found.beats.is_heard else "the file",
            "tempo": round(found.beats.tempo, 1),
            "meter": found.beats.meter,
            "bars": len(found.beats.bars_s),
            "times_s": [round(time_s, 3) for time_s in found.beats.times_s.tolist()],
            "bars_s": [round(time_s, 3) for time_s in found.beats.bars_s.tolist()],
        },
        "tempos": [
            {"start_s": round(each.start_s, 3), "tempo": round(each.beats_a_minute, 1)}
            for each in found.tempos
        ],
        "chords": [
            {"chord": each.name, **span(each.first, each.last)} for each in found.harmony.chords
        ],
        "form": found.form,
        "sections": [
            {
                "label": each.label,
                "first_bar": each.first + 1,
                "last_bar": each.last,
                "start_s": round(float(bars_s[each.first]), 3),
                "end_s": round(float(bars_s[each.last]), 3),
            }
            for each in found.sections
        ],
        "phrases": [
            {
                "start_s": round(each.start_s, 3),
                "end_s": round(each.end_s, 3),
                "first_bar": found.bar_of(each.start_s),
            }
            for each in found.phrases
        ],
        "motifs": [
            {
                "keys": [key_name(key) for key in each.keys],
                "rhythm": [round(gap, 3) for gap in each.rhythm],
                "places": [
                    {
                        "start_s": round(place.start_s, 3),
                        "end_s": round(place.end_s, 3),
                        "bar": found.bar_of(place.start_s),
                        "how": place.how,
                    }
                    for place in each.places
                ],
            }
            for each in found.motifs
        ],
        "style": {name: round(share, 3) for name, share in found.style.items()},
        "mood": {
            "proxies": True,
            "arousal": round(found.mood.arousal, 2),
            "valence": round(found.mood.valence, 2),
            "word": found.mood.word,
        },
        "difficulty": {
            "points": found.difficulty.points,
            "of": 4 * len(traits.RUBRIC),
            "grade": found.difficulty.grade,
            "rubric": {
                name: {"what": traits.RUBRIC[name][0], "value": value, "points": points}
                for name, (value, points) in found.difficulty.measures.items()
            },
        },
        "range": {"lowest": key_name(found.lowest), "highest": key_name(found.highest)},
        "texture": {
            "word": found.texture.word,
            "voices": round(found.texture.voices, 2),
            "struck_together": round(found.texture.struck_together, 2),
        },
    }


def chart(found: Analysis) -> str:
    """The chords by bars, as in | Dm7 | G7 C |; a bar that begins in its chord so far has a %."""
    return f"| {' | '.join(_bars(found))} |"


def chart_lines(found: Analysis, bars: int = 4) -> list[str]:
    """The same with so many bars a line."""
    cells = _bars(found)
    return [
        f"| {' | '.join(cells[first : first + bars])} |" for first in range(0, len(cells), bars)
    ]


def _bars(found: Analysis) -> list[str]:
    edges = np.rint(found.beats.at(found.beats.bars_s)).astype(int).tolist()
    cells = []
    for first, last in pairwise([*edges, len(found.beats)]):
        inside = [each for each in found.harmony.chords if each.first < last and each.last > first]
        begins = [each.name for each in inside if each.first >= first]
        goes_on = not inside or inside[0].first < first
        cells.append(" ".join((["%"] if goes_on else []) + begins))
    return cells
