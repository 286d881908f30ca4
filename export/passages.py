"""Calls and what follows them: held-out pieces cut in two where a phrase ends. Pure.

Both sides are made to stand alone. What the call still holds at the cut is let go there, so that
the ends of its notes do not tell its true continuation from any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from antiphon.model import views
from antiphon.model.arrays import Notes, Pedals
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.events import KEYS, PLAYER, STEP_S, Event

SEARCH_SHARE = 0.25
"""The cut is the longest pause among this share of the call's notes around the place wished for."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A call and its true continuation; ``gap_s`` lies between their last and first events."""

    piece: Piece
    call: Notes
    call_pedals: Pedals
    answer: Notes
    answer_pedals: Pedals
    gap_s: float


def cut(packed: Corpus, piece: Piece, first: int, wished: int, last: int) -> Passage:
    """Notes ``first`` to ``last`` of a piece, cut in two near note ``wished``.

    Raises ValueError unless 0 <= first < wished < last <= notes of the piece.
    """
    if not 0 <= first < wished < last <= piece.notes:
        raise ValueError(f"{first}, {wished}, {last} do not cut {piece.notes} notes in two")
    notes = packed.notes(piece)[first:last].copy()
    return _in_two(piece, notes, packed.pedals(piece), wished - first)


def cut_played(
    packed: Corpus, piece: Piece, first: int, wished: int, last: int, rng: np.random.Generator
) -> Passage:
    """`cut` from the stretch as a person would play it: both sides in one and the same hand."""
    notes = packed.notes(piece)[first:last].copy()
    played = views.by_a_person(piece, notes, packed.pedals(piece).copy(), rng)
    return _in_two(piece, *played, wished - first)


def _in_two(piece: Piece, notes: Notes, pedals: Pedals, wished: int) -> Passage:
    reach = max(1, int(SEARCH_SHARE * wished))
    low, high = max(1, wished - reach), min(len(notes) - 1, wished + reach)
    at = low + int(np.argmax(np.diff(notes["onset"])[low - 1 : high]))
    call, answer = notes[:at], notes[at:]
    cut_s = answer["onset"][0]
    call["offset"] = np.minimum(call["offset"], cut_s)
    began, middle, ended = np.searchsorted(
        pedals["time"], [call["onset"][0], cut_s, answer["onset"][-1]]
    )
    call_pedals = _whole(pedals[began:middle], cut_s)
    ends = [call["offset"].max(), *call_pedals["time"][-1:]]
    return Passage(
        piece=piece,
        call=call,
        call_pedals=call_pedals,
        answer=answer,
        answer_pedals=_whole(pedals[middle:ended], answer["onset"][-1]),
        gap_s=float(cut_s - max(ends)),
    )


def _whole(pedals: Pedals, end_s: float) -> Pedals:
    """Pedal moves that begin with a press and end with a release, at ``end_s`` at the latest."""
    pedals = pedals[1:] if len(pedals) and not pedals["down"][0] else pedals
    if not len(pedals) or not pedals["down"][-1]:
        return pedals.copy()
    release = pedals[-1:].copy()
    release["time"], release["down"] = end_s, False
    return np.concatenate([pedals, release])


def shortened(passage: Passage, end_s: float) -> Passage:
    """A passage whose answer begins no note at ``end_s``, in the piece's seconds, or later."""
    pedals = passage.answer_pedals
    return replace(
        passage,
        answer=passage.answer[passage.answer["onset"] < end_s],
        answer_pedals=_whole(pedals[pedals["time"] < end_s], end_s),
    )


def shifted(notes: Notes, semitones: int) -> Notes:
    """Notes transposed; raises ValueError where keys would leave 0..127."""
    keys = notes["key"].astype(int) + semitones
    if len(keys) and not 0 <= keys.min() <= keys.max() < KEYS:
        raise ValueError(f"{semitones} semitones lead outside 0..{KEYS - 1}")
    result = notes.copy()
    result["key"] = keys
    return result


def sequence(notes: Notes, pedals: Pedals, lead_s: float, who: int = PLAYER) -> list[Event]:
    """The events of one side, all of one part; the first comes after ``lead_s`` seconds."""
    tokens, _ = views.tokenise(notes, pedals, np.full(len(notes), who))
    tokens[0, 1] = int(np.argmin(np.abs(STEP_S - lead_s)))
    return [Event(*row) for row in tokens.tolist()]


def interleaved(pieces: list[Piece], rng: np.random.Generator) -> Iterator[Piece]:
    """Every piece once, in a random order in which the styles take turns."""
    waiting: dict[str, list[Piece]] = {}
    for index in rng.permutation(len(pieces)).tolist():
        waiting.setdefault(pieces[index].style, []).append(pieces[index])
    while waiting:
        for style in sorted(waiting):
            yield waiting[style].pop()
            if not waiting[style]:
                del waiting[style]
