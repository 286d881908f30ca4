"""Next-phrase ranking: is the true continuation likelier than nine others?

The context is 256 events of a held-out piece up to the end of a phrase, the continuation 64. The
nine others come from other pieces, transposed to fit the context's key, each with the pause that
stands before it in its own piece. Ranked by log-likelihood; accuracy at 1, chance 0.1. What the
context holds at the cut is let go there, in every candidate's favour alike (``passages``).

Likelihood favours music of little detail, whatever came before it. So candidates are also ranked by
how much likelier each is after the context than by itself: what the context says of it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from antiphon.export import loss
from antiphon.export.passages import Passage, cut, interleaved, sequence, shifted
from antiphon.export.task import Task
from antiphon.model import conditions
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import KEYS, Event
from antiphon.model.styles import STYLES

CONTEXT, CONTINUATION, OTHERS = 256, 64, 9
WISHED, SPAN = 176, 256
"""Notes before the place wished for, and in all: enough on both sides wherever the pause lies."""

SHIFTS = range(-6, 6)
KINDS_OF_OTHERS = ("any style", "same style")
MEASURES = ("likelihood", "what the context adds")


def measure(task: Task) -> dict[str, Any]:
    """Rank at most ``task.count`` continuations, styles taking turns.

    Raises ModelError where there are fewer than ten pieces that are long enough.
    """
    rng = np.random.default_rng(task.seed)
    pieces = [piece for piece in task.packed.pieces if piece.notes > SPAN]
    passages = [passage(task.packed, piece, rng) for piece in interleaved(pieces, rng)]
    if len(passages) <= OTHERS:
        raise ModelError(
            f"only {len(passages)} pieces are long enough to be ranked; {OTHERS + 1} are needed"
        )
    won: dict[str, list[tuple[str, bool]]] = {}
    for true in task.progress(passages[: task.count]):
        others = [other for other in passages if other.piece is not true.piece]
        kin = [other for other in others if other.piece.style == true.piece.style]
        for name, group in zip(KINDS_OF_OTHERS, (others, kin), strict=True):
            if len(group) < OTHERS:
                continue
            for by, first in zip(MEASURES, _ranked_first(task, true, group, rng), strict=True):
                won.setdefault(f"{name}, by {by}", []).append((true.piece.style, first))
    return {"ranking": {name: _figures(rows) for name, rows in sorted(won.items())}}


def passage(packed: Corpus, piece: Piece, rng: np.random.Generator) -> Passage:
    """A passage of a piece of more than ``SPAN`` notes, from anywhere in it."""
    first = int(rng.integers(piece.notes - SPAN))
    return cut(packed, piece, first, first + WISHED, first + SPAN)


def fitting(context: Notes, other: Notes) -> Notes:
    """``other`` transposed to fit the key of ``context``: where it correlates best with that key.

    The key is found by Krumhansl's method. Where no transposition stays on the keyboard, as it is.
    """
    key = int(np.argmax(conditions.key_correlations(_histogram(context))))
    histogram = _histogram(other)
    keys = other["key"].astype(int)
    fits = {
        shift: float(conditions.key_correlations(np.roll(histogram, shift))[key])
        for shift in SHIFTS
        if keys.min() + shift >= 0 and keys.max() + shift < KEYS
    }
    return shifted(other, max(fits, key=lambda shift: (fits[shift], -abs(shift))))


def _histogram(notes: Notes) -> Any:
    return np.bincount(notes["key"] % 12, minlength=12).astype(np.float64)


def _ranked_first(
    task: Task, true: Passage, group: list[Passage], rng: np.random.Generator
) -> tuple[bool, bool]:
    """Whether the true continuation comes first, by each of the measures."""
    chosen = [group[index] for index in rng.permutation(len(group))[:OTHERS].tolist()]
    candidates = [_candidate(true.answer, true)]
    candidates += [_candidate(fitting(true.call, other.answer), other) for other in chosen]
    context = sequence(true.call, true.call_pedals, 0.0)[-CONTEXT:]
    told = np.zeros(conditions.SIZE, np.float32)
    told[conditions.hand_index(true.piece.hand)] = 1.0
    if true.piece.style in STYLES:
        told[conditions.style_index(true.piece.style)] = 1.0
    task.engine.rewind(0)
    task.engine.tell(told)
    # Each candidate runs behind all but the last event of the context, which goes in with it.
    alone = np.array([_nats(task, context[-1], candidate, 0) for candidate in candidates])
    task.engine.rewind(0)
    task.engine.advance(context[:-1], loss.forced(context[-1]))
    mark = task.engine.length
    after = np.array([_nats(task, context[-1], candidate, mark) for candidate in candidates])
    by_likelihood, by_gain = (costs[0] < costs[1:].min() for costs in (after, after - alone))
    return bool(by_likelihood), bool(by_gain)


def _candidate(answer: Notes, source: Passage) -> list[Event]:
    return sequence(answer, source.answer_pedals, source.gap_s)[:CONTINUATION]


def _nats(task: Task, last: Event, candidate: list[Event], mark: int) -> float:
    task.engine.rewind(mark)
    return float(loss.costs(task.engine, [last], candidate).sum() / len(candidate))


def _figures(rows: list[tuple[str, bool]]) -> dict[str, Any]:
    by_style: dict[str, list[bool]] = {}
    for style, first in rows:
        by_style.setdefault(style, []).append(first)
    return {
        "ranked": len(rows),
        "accuracy": float(np.mean([first for _, first in rows])),
        "by_style": {
            style: {"ranked": len(won), "accuracy": float(np.mean(won))}
            for style, won in sorted(by_style.items())
        },
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'true continuation first of ten (chance 0.100)':<48}{'ranked':>8}{'accuracy':>10}"
    for name, group in found["ranking"].items():
        yield f"{f'others of {name}':<48}{group['ranked']:>8}{group['accuracy']:>10.3f}"
        for style, row in group["by_style"].items():
            yield f"  {style:<46}{row['ranked']:>8}{row['accuracy']:>10.3f}"
