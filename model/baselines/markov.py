"""An interpolated variable-order Markov model over the same events: the Continuator's method.

Pachet (2003) continues a phrase from the longest past that was heard before. Here the orders are
interpolated instead of tried in turn, each by as much as its context is known (Witten and Bell
1991), so that every event has a probability:

    P_n(x | c) = (count(c, x) + kinds(c) P_{n-1}(x | c')) / (count(c) + kinds(c))

where ``kinds(c)`` is how many different events followed c, c' is c without its oldest event, and
P_{-1} is uniform.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.model.baselines.viewpoints import Tokens, Viewpoint, contexts, viewpoints, with_target
from antiphon.model.errors import ModelError

FORMAT = "antiphon markov 1"

Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Table:
    """The counts of one order of one attribute; codes ascend.

    ``context`` (C,), with ``total`` (C,) and ``kinds`` (C,); ``pair`` (P,) with ``count`` (P,).
    """

    context: Codes
    total: NDArray[np.int32]
    kinds: NDArray[np.int32]
    pair: Codes
    count: NDArray[np.int32]


Markov = Mapping[str, list[Table]]
"""The tables of each attribute, from order 0 up."""


def learn(tokens: Tokens, real: NDArray[np.bool_]) -> Markov:
    """Count windows of tokens (W, T, 4) as far as they are ``real`` (W, T)."""
    return {
        view.name: [_count(view, order) for order in range(view.orders)]
        for view in viewpoints(tokens, real)
    }


def _count(view: Viewpoint, order: int) -> Table:
    context = contexts(view, order)[view.counts]
    pair, first, count = np.unique(
        with_target(context, view.target[view.counts]), return_index=True, return_counts=True
    )
    owners, kinds = np.unique(context[first], return_counts=True)
    _, total = np.unique(context, return_counts=True)
    return Table(
        owners, total.astype(np.int32), kinds.astype(np.int32), pair, count.astype(np.int32)
    )


def costs(model: Markov, tokens: Tokens, real: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Nats, (W, T, 4), of each event's who, step, kind and touch; 0 where there is none."""
    views = viewpoints(tokens, real)
    return np.stack([_cost(model[view.name], view) for view in views], axis=-1)


def _cost(tables: Iterable[Table], view: Viewpoint) -> NDArray[np.float64]:
    probability = np.full(view.target.shape, 1.0 / view.choices)
    for order, table in enumerate(tables):
        context = contexts(view, order)
        total = _look_up(table.context, table.total, context)
        kinds = _look_up(table.context, table.kinds, context)
        count = _look_up(table.pair, table.count, with_target(context, view.target))
        known = total > 0
        mixed = (count + kinds * probability) / np.maximum(total + kinds, 1)
        probability = np.where(known, mixed, probability)
    return np.where(view.counts, -np.log(probability), 0.0)


def _look_up(codes: Codes, values: NDArray[np.int32], wanted: Codes) -> NDArray[np.int64]:
    if not len(codes):
        return np.zeros(wanted.shape, np.int64)
    place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[place] == wanted, values[place], 0).astype(np.int64)


def save(path: Path, model: Markov, events: int) -> None:
    """Write beside, then rename. Raises ModelError where there is no room or no right to write."""
    arrays = {
        f"{name} {order} {field}": getattr(table, field)
        for name, tables in model.items()
        for order, table in enumerate(tables)
        for field in Table.__dataclass_fields__
    }
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            np.savez(file, format=np.array(FORMAT), events=np.array(events), **arrays)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ModelError(f"{path}: cannot be written ({error})") from error


def load(path: Path) -> Markov:
    """Read what ``save`` wrote; raises ModelError that names what is wrong."""
    try:
        with np.load(path) as file:
            content = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such model; train it first") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: not a readable model ({error})") from error
    if str(content.pop("format", "")) != FORMAT:
        raise ModelError(f"{path}: not a Markov model of this program")
    content.pop("events")
    model: dict[str, list[Table]] = {}
    for name, order in sorted({tuple(key.split()[:2]) for key in content}):
        fields = {f: content[f"{name} {order} {f}"] for f in Table.__dataclass_fields__}
        model.setdefault(name, []).append(Table(**fields))
    return model
