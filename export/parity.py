"""``antiphon parity``: what the exported model says, against what the network says in PyTorch.

One long history goes through the daemon's engine as it would live: real phrases and random events
in chunks of random size, then events that the engine draws itself, far enough for its buffers to
roll. Each draw has its own noise, temperatures, nucleus, masks and condition. PyTorch hears the
same history at once, with banded attention, and draws from the same noise.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.daemon import smf
from antiphon.daemon.performer.engine import Engine, OnnxEngine
from antiphon.daemon.performer.query import Answer, Query
from antiphon.daemon.shell import transcript
from antiphon.export.builder import FORMATS
from antiphon.export.write import formats_of, write
from antiphon.model import checkpoint, conditions, events, roles, samples
from antiphon.model.events import NOTE_OFF, Event
from antiphon.model.network import Network
from antiphon.model.sampling import NEVER, Draw, sample
from antiphon.model.styles import STYLES

FORCED_WINDOWS = 3
"""Windows of real events, and again of random ones, before the engine is left to itself."""
FREE_STEPS = 500
CHUNKS = (1, 1, 1, 2, 3, 7, 24, 70)
LIKELY = -9.0
"""Log-probabilities are compared where PyTorch's is above this: one in some 8,000."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a format may be off by: log-probabilities in nats, and the share of equal draws."""

    most: float
    mean: float
    equal: float


TOLERANCES = {
    "float32": Tolerance(most=1e-3, mean=1e-4, equal=1.0),
    "float16": Tolerance(most=0.1, mean=0.01, equal=0.9),
    "int8": Tolerance(most=1.0, mean=0.1, equal=0.4),
    "int4": Tolerance(most=6.0, mean=0.8, equal=0.0),
}
"""Coarse weights reorder unlikely choices, so their draws part company early: that is no fault."""


@dataclass(frozen=True, slots=True)
class History:
    """All that went into an engine and came out: T events taken in, M draws.

    ``tokens`` (T, 4); ``told`` (T, SIZE), with the moments of each event; draw m came after event
    ``at[m]``.
    """

    tokens: NDArray[np.int64]
    told: NDArray[np.float32]
    at: list[int]
    queries: list[Query]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a format is from PyTorch; ``loss`` is the mean change of a drawn event's cost."""

    most: float
    mean: float
    equal: float
    loss: float

    def within(self, tolerance: Tolerance) -> bool:
        """Whether it may be shipped."""
        near = self.most <= tolerance.most and self.mean <= tolerance.mean
        return near and self.equal >= tolerance.equal


def perform(
    engine: Engine, forced: list[Event], free_steps: int, rng: Generator, sizes: Sequence[int]
) -> History:
    """Feed ``forced`` in chunks of sizes from ``sizes``, then what the engine itself draws."""
    played: list[Event] = []
    told: list[NDArray[np.float32]] = []
    at: list[int] = []
    queries: list[Query] = []
    answers: list[Answer] = []
    held: set[int] = set()
    condition = random_condition(rng)
    end = len(forced) + free_steps
    while len(played) < end:
        count = min(int(rng.choice(sizes)), len(forced) - len(played))
        new = forced[len(played) : len(played) + count] or [answers[-1].event]
        if rng.random() < 0.1:
            condition = random_condition(rng)
        for event in new:
            samples.follow(held, event.kind)
        engine.tell(condition)
        queries.append(random_query(rng, held))
        moments = random_moments(rng, len(new)) if rng.random() < 0.5 else None
        answers.append(engine.advance(new, queries[-1], moments))
        played += new
        rows = np.tile(condition, (len(new), 1))
        if moments is not None:
            rows[:, conditions.MOMENTS] = moments
        told += list(rows)
        at.append(len(played) - 1)
    tokens = [[event.who, event.step, event.kind, event.touch] for event in played]
    return History(np.array(tokens), np.stack(told), at, queries, answers)


def random_condition(rng: Generator) -> NDArray[np.float32]:
    """A condition vector with some groups set and some not, as the daemon may tell."""
    styles = rng.dirichlet(np.ones(len(STYLES))) * (rng.random() < 0.7)
    return conditions.vector(
        dict(zip(STYLES, styles.tolist(), strict=True)),
        {name: float(rng.random()) for name in conditions.CONTROLS if rng.random() < 0.4},
        str(rng.choice(conditions.HANDS)),
        str(rng.choice(roles.ROLES)) if rng.random() < 0.4 else None,
    )


def random_moments(rng: Generator, count: int) -> NDArray[np.float32]:
    """Moments (count, size of `conditions.MOMENTS`) with some of the groups set."""
    told = [name for name in conditions.MOMENTARY if rng.random() < 0.5]
    size = conditions.MOMENTARY
    groups = {name: rng.random((count, size[name]), dtype=np.float32) for name in told}
    return conditions.moments(groups or {"beat": np.zeros((count, size["beat"]), np.float32)})


def random_query(rng: Generator, held: set[int]) -> Query:
    """A query as varied as the daemon's: any noise, heat and nucleus; time passed; who may play."""
    who_step = np.zeros((events.WHO, events.STEPS), np.float32)
    if rng.random() < 0.4:
        who_step[:, : int(rng.integers(events.STEPS))] = NEVER
    if rng.random() < 0.4:
        who_step[int(rng.integers(events.WHO))] = NEVER
    heat = rng.uniform(0.4, 1.6, size=3).astype(np.float32).tolist()
    nucleus = rng.choice(np.array([0.6, 0.9, 0.98, 1.0], np.float32), size=3).tolist()
    top = [int(rng.choice([3, 20, size])) for size in (events.STEPS, events.KINDS, events.TOUCHES)]
    return Query(
        noise=rng.random(4, dtype=np.float32),
        who_step=who_step,
        kind=samples.playable(held),
        touch=np.where(rng.random(events.TOUCHES) < 0.1, NEVER, 0.0).astype(np.float32),
        temperature=(heat[0], heat[1], heat[2]),
        nucleus=(nucleus[0], nucleus[1], nucleus[2]),
        top=(top[0], top[1], top[2]),
    )


@torch.no_grad()
def compare(network: Network, history: History) -> Difference:
    """How far an engine's history is from what the network makes of it."""
    tokens, told = torch.from_numpy(history.tokens), torch.from_numpy(history.told)
    h = network.hidden(tokens[None], told[None])[0, history.at]
    names = [field.name for field in fields(Draw)]
    rows = [[getattr(query, name) for query in history.queries] for name in names]
    how = Draw(*(torch.from_numpy(np.array(row, np.float32)) for row in rows))
    drawn, theirs = (result.numpy() for result in sample(network, h, how))
    answers = history.answers
    mine = np.array([[a.event.who, a.event.step, a.event.kind, a.event.touch] for a in answers])
    off = np.abs(np.array([a.who_step for a in answers]) - theirs)[theirs > LIKELY]
    target = torch.from_numpy(mine)
    cost = costs(network, h, target).numpy()
    cost_off = np.array([a.cost for a in answers]) - cost
    all_off = np.concatenate([off, np.abs(cost_off[cost < -LIKELY])])
    for name, logits in zip(("kind", "touch"), network.chain(h, target)[2:], strict=True):
        told_logs = [getattr(answer, name) for answer in answers]
        if told_logs[0] is not None:
            wanted = torch.log_softmax(logits, -1).numpy()
            all_off = np.append(all_off, np.abs(np.array(told_logs) - wanted)[wanted > LIKELY])
    return Difference(
        most=float(all_off.max()),
        mean=float(all_off.mean()),
        equal=float((mine == drawn).all(axis=1).mean()),
        loss=float(cost_off.sum(axis=1).mean()),
    )


def costs(network: Network, h: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """What events (N, 4) cost from hidden states h (N, D), (N, 3), as in ``Answer.cost``."""
    logits = network.chain(h, target)
    silent = target[:, 3] == events.NO_TOUCH
    wanted = target.masked_fill(torch.eye(4, dtype=torch.bool)[3] & silent[:, None], 0)
    who, step, kind, touch = (
        -torch.log_softmax(each, -1).gather(-1, wanted[:, at, None])[:, 0]
        for at, each in enumerate(logits)
    )
    return torch.stack([who + step, kind, touch.masked_fill(silent, 0.0)], dim=-1)


def random_events(count: int, rng: Generator) -> list[Event]:
    """Events of every sort without any sense."""
    found = []
    for _ in range(count):
        kind = int(rng.integers(events.KINDS))
        touch = int(rng.integers(events.TOUCHES)) if kind < events.KEYS else events.NO_TOUCH
        who, step = int(rng.integers(events.WHO_GIVEN)), int(rng.integers(events.STEPS))
        found.append(Event(who, step, kind, touch))
    return found


def real_events(count: int) -> list[Event]:
    """The shipped phrases one after the other, each time round a semitone higher."""
    folder = Path(str(files("antiphon.daemon.demo") / "phrases"))
    phrases = [transcript.heard(smf.read(path)) for path in sorted(folder.glob("*.mid"))]
    once = [event for phrase in phrases for event in phrase]
    found: list[Event] = []
    for shift in range(count // len(once) + 1):
        found += [_transposed(event, shift % 12) for event in once]
    return found[:count]


def _transposed(event: Event, semitones: int) -> Event:
    if event.kind >= 2 * events.KEYS:
        return event
    ends = event.kind >= NOTE_OFF
    key = min(event.kind % events.KEYS + semitones, events.KEYS - 1)
    return Event(event.who, event.step, key + NOTE_OFF * ends, event.touch)


def check(network: Network, format_name: str, folder: Path, seed: int) -> Difference:
    """Export a network in one format and compare."""
    path = folder / f"{format_name}.onnx"
    write(network, format_name, path)
    rng = np.random.default_rng(seed)
    count = FORCED_WINDOWS * network.shape.window
    forced = real_events(count) + random_events(count, rng)
    history = perform(OnnxEngine(path, tells_all=True), forced, FREE_STEPS, rng, CHUNKS)
    return compare(network, history)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of a training run")
    parser.add_argument("--formats", default=",".join(FORMATS), help="which to check")
    parser.add_argument("--seed", type=int, default=0, help="of events and noise")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns 1 when a format is out of tolerance."""
    names = formats_of(args.formats)
    network, _ = checkpoint.network_of(args.checkpoint)
    with tempfile.TemporaryDirectory() as folder:
        found = {name: check(network, name, Path(folder), args.seed) for name in names}
    good = {name: found[name].within(TOLERANCES[name]) for name in names}
    if args.json:
        rows = {name: asdict(found[name]) | {"good": good[name]} for name in names}
        sys.stdout.write(json.dumps(rows) + "\n")
    else:
        head = "".join(f"{word:>12}" for word in ("max", "mean", "loss", "same draws"))
        sys.stdout.write(f"{'nats':<9}{head}  verdict\n")
        for name, row in found.items():
            sys.stdout.write(
                f"{name:<9}{row.most:>12.1e}{row.mean:>12.1e}{row.loss:>+12.1e}"
                f"{row.equal:>12.2%}  {'good' if good[name] else 'out of tolerance'}\n"
            )
    return 0 if all(good.values()) else 1
