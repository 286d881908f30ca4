"""Style recognition: under which style does the model find a held-out piece the likeliest?

Bayes' rule over the style-conditioned likelihoods of a few windows of events drawn from the piece,
every style as likely beforehand; and of the first of them alone. Scores are given a human hand
first, as in training: no style the model knows is played as flat as a file. Styles with fewer than
20 pieces in the folder are left out: they are neither asked for nor candidates. Only the style told
differs between the candidates.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.export import confusion, loss
from antiphon.export.passages import interleaved
from antiphon.export.task import Task
from antiphon.model import conditions, views
from antiphon.model.corpus import Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import Event
from antiphon.model.styles import STYLES

LENGTH = 256
FEWEST_PIECES = 20

WINDOWS = 8
"""Of a piece, at most."""


def measure(task: Task) -> dict[str, Any]:
    """Recognise the style of at most ``task.count`` pieces, styles taking turns.

    Raises ModelError where fewer than two styles have enough pieces.
    """
    styles = [style for style in STYLES if task.known.get(style, 0) >= FEWEST_PIECES]
    pieces = [piece for piece in task.packed.pieces if piece.style in styles]
    if len(styles) < 2 or not pieces:
        raise ModelError(f"fewer than two styles have {FEWEST_PIECES} pieces: none to tell apart")
    rng = np.random.default_rng(task.seed)
    chosen = list(interleaved(pieces, rng))[: task.count]
    whole = np.zeros((len(styles), len(styles)), np.int64)
    first = np.zeros_like(whole)
    for piece in task.progress(chosen):
        nats = style_costs(task, piece, styles, rng)
        place = styles.index(piece.style)
        whole[place, int(np.argmin(nats.sum(axis=0)))] += 1
        first[place, int(np.argmin(nats[0]))] += 1
    return {
        "styles": confusion.report(whole, styles),
        "styles_by_one_window": confusion.report(first, styles),
    }


def style_costs(
    task: Task, piece: Piece, styles: list[str], rng: np.random.Generator
) -> NDArray[np.float64]:
    """What windows of a piece cost under each style, (W, S) in nats, W from 1 to ``WINDOWS``."""
    length = min(LENGTH, task.engine.window)
    options = views.starts(piece, length, 0.0)
    starts = rng.choice(options, size=min(WINDOWS, len(options)), replace=False)
    windows = [views.played_window(task.packed, piece, int(at), length, rng) for at in starts]
    played = [[Event(*row) for row in one.tokens[: one.length].tolist()] for one in windows]
    return np.array([[_cost(task, piece, style, one) for style in styles] for one in played])


def _cost(task: Task, piece: Piece, style: str, played: list[Event]) -> float:
    told = np.zeros(conditions.SIZE, np.float32)
    told[conditions.hand_index(piece.hand)] = 1.0
    told[conditions.style_index(style)] = 1.0
    task.engine.rewind(0)
    task.engine.tell(told)
    return float(loss.costs(task.engine, played[:1], played[1:]).sum())


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    alone = found["styles_by_one_window"]["accuracy"]
    yield f"style by Bayes over the model's likelihoods (by the first window alone: {alone:.3f})"
    yield from confusion.table(found["styles"])
