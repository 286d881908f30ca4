"""Replies to held-out calls beside the true continuations of the same calls, and beside others.

Calls of some eight seconds are cut from held-out pieces where a phrase ends. What nobody played is
given a human hand first, one and the same for a call and what follows it: who sits at a keyboard
does not play like a file, and the model was never shown any that does. To each call it replies as
the daemon would have it (``answering``), with the daemon's default controls. Everything is measured
alike on the reply, on what really followed (``true``) and on what followed the call of another
piece (``other``): the distance that music has from any call.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.daemon.controls import Controls
from antiphon.export import copying, likeness
from antiphon.export.answering import Answered, answer
from antiphon.export.passages import Passage, cut_played, interleaved, sequence, shortened
from antiphon.export.task import Task
from antiphon.model.arrays import Notes
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError

CALL_S = 8.0
FEWEST_NOTES = 8
SIDES = ("reply", "true", "other")


@dataclass(frozen=True, slots=True)
class Compared:
    """A call, the reply, and the two continuations that it is set beside."""

    call: Notes
    reply: Notes
    true: Notes
    other: Notes


def measure(task: Task) -> dict[str, Any]:
    """Reply to at most ``task.count`` calls; raises ModelError where fewer than two can be cut."""
    rng = np.random.default_rng(task.seed)
    passages = calls(task.packed, task.count, rng)
    if len(passages) < 2:
        raise ModelError(f"fewer than two pieces have a call and an answer of {FEWEST_NOTES} notes")
    answers = [
        answer(
            task.engine,
            sequence(passage.call, passage.call_pedals, 0.0),
            Controls(),
            task.seed + index,
        )
        for index, passage in enumerate(task.progress(passages))
    ]
    found = {"replies": report(compare(passages, answers), answers, task.learned, rng)}
    if task.picture:
        draw(found, task.picture)
    return found


def calls(packed: Corpus, count: int, rng: np.random.Generator) -> list[Passage]:
    """Up to ``count`` passages, styles taking turns; both sides have enough notes.

    One a piece, and one more of each only when every piece has had its turn.
    """
    found: list[Passage] = []
    fruitful = True
    while fruitful and len(found) < count:
        fruitful = False
        for piece in interleaved(list(packed.pieces), rng):
            if len(found) == count:
                break
            passage = of_seconds(packed, piece, CALL_S, rng)
            if passage is not None:
                fruitful = True
                found.append(passage)
    return found


def of_seconds(
    packed: Corpus, piece: Piece, call_s: float, rng: np.random.Generator
) -> Passage | None:
    """A call of some ``call_s`` seconds and as long an answer; None where there is too little."""
    onsets = packed.notes(piece)["onset"].astype(float)
    room = int(np.searchsorted(onsets, onsets[-1] - 2.5 * call_s))
    if room < 1:
        return None
    first = int(rng.integers(room))
    wished, last = np.searchsorted(onsets, onsets[first] + call_s * np.array([1.0, 2.5])).tolist()
    if wished - first < FEWEST_NOTES or last - wished < FEWEST_NOTES:
        return None
    passage = cut_played(packed, piece, first, wished, last, rng)
    call = passage.call
    long_s = float(call["offset"].max() - call["onset"][0])
    passage = shortened(passage, float(passage.answer["onset"][0]) + long_s)
    return passage if min(len(call), len(passage.answer)) >= FEWEST_NOTES else None


def compare(passages: Sequence[Passage], answers: Sequence[Answered]) -> list[Compared]:
    """Each call beside its reply, its continuation, and that of the next call's."""
    return [
        Compared(passage.call, reply.notes, passage.answer, passages[index - 1].answer)
        for index, (passage, reply) in enumerate(zip(passages, answers, strict=True))
    ]


def report(
    compared: Sequence[Compared],
    answers: Sequence[Answered],
    learned: Corpus | None,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """All figures; what was copied from training only where that corpus is at hand."""
    found = Counter(fault for reply in answers for fault in reply.faults)
    empty = found.pop("is empty", 0)
    broken = sum(any(fault != "is empty" for fault in reply.faults) for reply in answers)
    enough = [pair for pair in compared if len(pair.reply) >= likeness.FEWEST_NOTES]
    return {
        "calls": len(compared),
        "empty": empty / len(compared),
        "broken": broken / len(compared),
        "faults": dict(found),
        "compared": len(enough),
        "traits": _traits(enough) if enough else {},
        "distances": _distances(enough, rng) if len(enough) > 1 else {},
        "copied": _copied(compared, learned),
        "histograms": {
            side: {
                name: shares.round(5).tolist()
                for name, shares in likeness.pooled([getattr(p, side) for p in enough]).items()
            }
            for side in ("call", *SIDES)
            if enough
        },
    }


def _traits(compared: Sequence[Compared]) -> dict[str, dict[str, float]]:
    rows = {
        side: [likeness.traits(getattr(pair, side)) for pair in compared]
        for side in ("call", *SIDES)
    }
    return {
        name: {side: float(np.mean([row[name] for row in rows[side]])) for side in rows}
        for name in rows["call"][0]
    }


def _distances(
    compared: Sequence[Compared], rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    rows = {
        side: [likeness.distances(pair.call, getattr(pair, side)) for pair in compared]
        for side in SIDES
    }
    figures = {}
    for name in rows["true"][0]:
        values = {side: np.array([row[name] for row in rows[side]]) for side in SIDES}
        figures[name] = {
            **{side: float(values[side].mean()) for side in SIDES},
            "halves": likeness.between_halves(values["true"], rng),
        }
    return figures


def _copied(compared: Sequence[Compared], learned: Corpus | None) -> dict[str, dict[str, float]]:
    """Shares of figures copied, over all figures of a side together."""
    codes = {
        side: [copying.figures(getattr(pair, side)) for pair in compared]
        for side in ("call", *SIDES)
    }
    figures = {
        "from the call": {
            side: _weighted(codes[side], [np.unique(call) for call in codes["call"]])
            for side in SIDES
        }
    }
    if learned is not None:
        wanted = np.concatenate([one for side in SIDES for one in codes[side]])
        seen = copying.known(wanted, learned, learned.split("train"))
        figures["from training"] = {
            side: _weighted(codes[side], [seen] * len(codes[side])) for side in SIDES
        }
    return figures


def _weighted(codes: Sequence[copying.Codes], among: Sequence[copying.Codes]) -> float:
    total = sum(map(len, codes))
    hits = sum(copying.share(one, seen) * len(one) for one, seen in zip(codes, among, strict=True))
    return hits / max(total, 1)


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["replies"]
    yield (
        f"{figures['calls']} calls, {figures['compared']} replies long enough to compare; "
        f"empty {figures['empty']:.4f}, broken {figures['broken']:.4f}"
    )
    for fault, times in figures["faults"].items():
        yield f"  {fault}: {times}"
    yield f"\n{'from the call':<22}{'reply':>9}{'true':>9}{'other':>9}{'halves':>9}"
    for name, row in figures["distances"].items():
        mark = "  (more is nearer)" if name in likeness.SIMILARITIES else ""
        yield f"  {name:<20}" + "".join(f"{row[side]:>9.3f}" for side in (*SIDES, "halves")) + mark
    yield "  halves: how far the true ones of two halves of the calls are from each other"
    yield f"\n{'by itself':<22}{'reply':>9}{'true':>9}{'other':>9}{'call':>9}"
    for name, row in figures["traits"].items():
        yield f"  {name:<20}" + "".join(f"{row[side]:>9.3f}" for side in (*SIDES, "call"))
    yield f"\n{'8-note figures copied':<22}{'reply':>9}{'true':>9}{'other':>9}"
    for name, row in figures["copied"].items():
        yield f"  {name:<20}" + "".join(f"{row[side]:>9.4f}" for side in SIDES)
    if "from training" not in figures["copied"]:
        yield "  (name the packed training data with --corpus to count what was copied from it)"


def draw(found: dict[str, Any], picture: Path) -> None:
    """Draw the histograms of calls, replies and continuations into a PNG."""
    from matplotlib.figure import Figure

    sides: dict[str, dict[str, list[float]]] = found["replies"]["histograms"]
    figure = Figure(figsize=(11, 7), layout="constrained")
    for axis, name in zip(figure.subplots(2, 2).flat, sides.get("call", {}), strict=False):
        for side, shares in sides.items():
            axis.plot(shares[name], label=side, linewidth=2 if side == "reply" else 1)
        axis.set_title(name)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(picture, dpi=120)
