"""What it is worth to know the player's future: the loss of the machine's part, by lookahead.

In held-out duets (``duets``) the true other part counts as the machine's. All events of both parts
are forced in their order; the machine's are added up. Beside each the model is told what the
player's part does in the next seconds, or nothing of it, as on the stage.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.query import Floats
from antiphon.export.duets import Duet, held_out_duets
from antiphon.export.loss import costs
from antiphon.export.task import Task
from antiphon.model import conditions, lookahead, views
from antiphon.model.arrays import PEDAL
from antiphon.model.corpus import Piece
from antiphon.model.errors import ModelError
from antiphon.model.events import KEYS, MACHINE, PLAYER, Event
from antiphon.model.styles import STYLES

SPANS_S = (0.0, 1.0, 2.0, 4.0)
JUDGED_S = 2.0
"""What this lookahead saves of the loss is given as a share."""


def measure(task: Task) -> dict[str, Any]:
    """Score a passage of each piece once a lookahead; raises ModelError for other models."""
    if not task.engine.takes_moments:
        raise ModelError("the model has no input for lookahead; measure one trained with it")
    duets = held_out_duets(task)
    scored = [score(task.engine, duet) for duet in task.progress(duets)]
    datasets = [duet.piece.dataset for duet in duets]
    return {
        "held": {
            name: _figures(
                [s for s, dataset in zip(scored, datasets, strict=True) if dataset == name]
            )
            for name in sorted(set(datasets))
        }
    }


def score(engine: Engine, duet: Duet) -> tuple[int, NDArray[np.float64]]:
    """The machine's notes but for the duet's first event, and their events' nats by lookahead."""
    notes = np.concatenate([duet.player, duet.true])
    who = np.repeat([PLAYER, MACHINE], [len(duet.player), len(duet.true)])
    order = np.argsort(notes["onset"], kind="stable")
    tokens, times_s = views.tokenise(notes[order], np.empty(0, PEDAL), who[order])
    played = [Event(*row) for row in tokens.tolist()]
    is_machine = tokens[1:, 0] == MACHINE
    engine.tell(told_of(duet.piece))
    nats = []
    for span_s in SPANS_S:
        moments = None
        if span_s:
            # What is known when an event is foreseen is what follows the one before it.
            ahead = lookahead.encode(times_s[:-1], duet.player, span_s)
            moments = conditions.moments({"lookahead": ahead})
        engine.rewind(0)
        cost = costs(engine, played[:1], played[1:], moments)
        nats.append(float(cost[is_machine].sum()))
    return int((is_machine & (tokens[1:, 2] < KEYS)).sum()), np.array(nats)


def told_of(piece: Piece) -> Floats:
    """The condition (SIZE,) that tells a piece's hand and style."""
    condition = np.zeros(conditions.SIZE, np.float32)
    condition[conditions.hand_index(piece.hand)] = 1.0
    if piece.style in STYLES:
        condition[conditions.style_index(piece.style)] = 1.0
    return condition


def _figures(scored: list[tuple[int, NDArray[np.float64]]]) -> dict[str, Any]:
    notes = sum(count for count, _ in scored)
    nats = np.sum([row for _, row in scored], axis=0) / max(notes, 1)
    return {
        "pieces": len(scored),
        "notes": notes,
        "nats_per_note": dict(zip(map(str, SPANS_S), nats.tolist(), strict=True)),
        "saved": float(1.0 - nats[SPANS_S.index(JUDGED_S)] / nats[0]),
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    heads = "".join(f"{f'{span_s:g} s':>9}" for span_s in SPANS_S)
    yield "nats a note of the machine's part, told so much of the player's"
    yield f"{'':<20}{'duets':>7}{'notes':>8}{heads}{f'saved by {JUDGED_S:g} s':>15}"
    for dataset, row in found["held"].items():
        cells = "".join(f"{nats:>9.3f}" for nats in row["nats_per_note"].values())
        yield f"{dataset:<20}{row['pieces']:>7}{row['notes']:>8}{cells}{row['saved']:>15.1%}"
