"""The steering test: does what is asked for come, and does the key stay?

Each control is set low, left unset and set high, everything else unset; replies to the same calls
are measured with the very formulas that the training measured with. Each style is asked for on the
same calls, and with nothing before it; what comes is judged by a classifier on hand-made marks,
trained on the pieces that the model learned from, which knows nothing of the model. Scores are
given a human hand for that, or it would be the hand that is told apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.controls import ANY_STYLE, Controls
from antiphon.export import confusion, likeness, replies
from antiphon.export.answering import answer, with_control
from antiphon.export.passages import Passage, interleaved, sequence
from antiphon.export.solos import solo
from antiphon.export.task import Task
from antiphon.model import marks, views
from antiphon.model.arrays import Notes
from antiphon.model.conditions import CONTROLS
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.errors import ModelError
from antiphon.model.styles import STYLES

POSITIONS = {"low": 0.0, "unset": None, "high": 1.0}
FEWEST_NOTES = 8
MOST_PIECES = 150
"""So many pieces of a style teach the classifier, and so many stretches of each piece."""
STRETCHES = 4


def measure(task: Task) -> dict[str, Any]:
    """Steer replies to at most ``task.count`` calls; raises ModelError where there are none.

    Styles are judged only where the corpus that the model learned from is at hand.
    """
    rng = np.random.default_rng(task.seed)
    calls = replies.calls(task.packed, task.count, rng)
    if not calls:
        raise ModelError(f"no piece has a call and an answer of {replies.FEWEST_NOTES} notes")
    found: dict[str, Any] = {"controls": {}, "calls": len(calls)}
    for control in task.progress(CONTROLS):
        found["controls"][control] = {
            name: summary(
                control, calls, played(task, calls, with_control(Controls(), control, at))
            )
            for name, at in POSITIONS.items()
        }
    by_style = {
        style: played(task, calls, replace(Controls(), style=style))
        for style in task.progress((ANY_STYLE, *STYLES))
    }
    found["styles"] = {style: style_summary(calls, rows) for style, rows in by_style.items()}
    if task.learned is not None:
        found["recognised"] = recognised(task, task.learned, by_style, rng)
    return {"steering": found}


def played(task: Task, calls: Sequence[Passage], controls: Controls) -> list[Notes]:
    """The replies to calls under some controls; the same draws for the same call."""
    return [
        answer(
            task.engine,
            sequence(passage.call, passage.call_pedals, 0.0),
            controls,
            task.seed + index,
        ).notes
        for index, passage in enumerate(calls)
    ]


def summary(control: str, calls: Sequence[Passage], made: Sequence[Notes]) -> dict[str, float]:
    """What a control's property measures on replies, and how well they keep the call's key."""
    pairs = _long_enough(calls, made)
    values = [likeness.measured(notes)[control] for _, notes in pairs]
    return {
        "replies": float(len(pairs)),
        "mean": float(np.mean(values)) if pairs else float("nan"),
        "spread": float(np.std(values)) if pairs else float("nan"),
        "key_agreement": _key_agreement(pairs),
    }


def style_summary(calls: Sequence[Passage], made: Sequence[Notes]) -> dict[str, float]:
    """How well replies in a style keep the call's key."""
    pairs = _long_enough(calls, made)
    return {"replies": float(len(pairs)), "key_agreement": _key_agreement(pairs)}


def _long_enough(calls: Sequence[Passage], made: Sequence[Notes]) -> list[tuple[Passage, Notes]]:
    pairs = zip(calls, made, strict=True)
    return [(call, notes) for call, notes in pairs if len(notes) >= FEWEST_NOTES]


def _key_agreement(pairs: Sequence[tuple[Passage, Notes]]) -> float:
    if not pairs:
        return float("nan")
    return float(np.mean([likeness.key_agreement(p.call, notes) for p, notes in pairs]))


def recognised(
    task: Task, learned: Corpus, by_style: dict[str, list[Notes]], rng: np.random.Generator
) -> dict[str, Any]:
    """Confusions of the classifier: on held-out pieces, and on replies by the style asked for."""
    train, labels = examples(learned, learned.split("train"), rng)
    names = tuple(style for style in STYLES if style in set(labels))
    if len(names) < 2:
        raise ModelError("the packed corpus has fewer than two styles: nothing to tell apart")
    places = np.array([names.index(label) for label in labels])
    classifier = marks.fit(train, places, names)
    rows, truth = examples(task.packed, list(task.packed.pieces), rng)
    solos = {
        style: [solo(task.engine, style, replies.CALL_S, task.seed + i) for i in range(task.count)]
        for style in task.progress(names)
    }
    return {
        "held-out pieces": _confused(classifier, truth, list(rows)),
        "samples from nothing": _confused(classifier, *_marked(solos)),
        "replies": _confused(classifier, *_marked(by_style)),
    }


def _marked(by_style: dict[str, list[Notes]]) -> tuple[list[str], list[NDArray[np.float64]]]:
    """The styles and the marks of what is long enough."""
    long_enough = [
        (style, notes)
        for style, made in by_style.items()
        for notes in made
        if len(notes) >= FEWEST_NOTES
    ]
    styles = [style for style, _ in long_enough]
    return styles, [marks.of_notes(notes) for _, notes in long_enough]


def examples(
    packed: Corpus, pieces: list[Piece], rng: np.random.Generator
) -> tuple[NDArray[np.float64], list[str]]:
    """Marks (N, F) and styles of stretches as long as a reply, a few of each of some pieces."""
    taken = dict.fromkeys(STYLES, 0)
    rows, labels = [], []
    for piece in interleaved([piece for piece in pieces if piece.style in taken], rng):
        if taken[piece.style] == MOST_PIECES:
            continue
        taken[piece.style] += 1
        onsets, pedals = packed.notes(piece)["onset"], packed.pedals(piece)[:0]
        for _ in range(STRETCHES):
            begin = float(rng.choice(onsets))
            first, last = np.searchsorted(onsets, [begin, begin + replies.CALL_S]).tolist()
            if last - first >= FEWEST_NOTES:
                stretch = packed.notes(piece)[first:last].copy()
                played, _ = views.by_a_person(piece, stretch, pedals.copy(), rng)
                rows.append(marks.of_notes(np.sort(played, order="onset", kind="stable")))
                labels.append(piece.style)
    return np.array(rows), labels


def _confused(
    classifier: marks.Classifier, truth: Sequence[str], rows: Sequence[NDArray[np.float64]]
) -> dict[str, Any]:
    names = classifier.names
    counts = np.zeros((len(names), len(names)), np.int64)
    known = [(label, row) for label, row in zip(truth, rows, strict=True) if label in names]
    if known:
        taken = classifier.names_of(np.array([row for _, row in known]))
        for (label, _), place in zip(known, taken.tolist(), strict=True):
            counts[names.index(label), place] += 1
    return confusion.report(counts, names)


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    figures = found["steering"]
    yield f"replies to {figures['calls']} calls: what the control is about, and key agreement"
    yield f"{'control':<12}" + "".join(f"{name:>10}{'key':>8}" for name in POSITIONS)
    for control, row in figures["controls"].items():
        cells = (
            f"{row[name]['mean']:>10.3f}{row[name]['key_agreement']:>8.3f}" for name in POSITIONS
        )
        yield f"{control:<12}" + "".join(cells)
    yield f"\n{'style':<12}{'replies':>10}{'key':>8}"
    for style, row in figures["styles"].items():
        yield f"{style:<12}{row['replies']:>10.0f}{row['key_agreement']:>8.3f}"
    if "recognised" not in figures:
        yield "(name the packed training data with --corpus to have the styles judged)"
    for what, judged in figures.get("recognised", {}).items():
        yield f"\na classifier on hand-made marks, on {what}:"
        yield from confusion.table(judged)
