"""``antiphon model baseline``: train what the model has to beat, or measure it with ``--evaluate``.

Both learn from the very windows that ``antiphon model train`` draws, and are measured on those that
``antiphon evaluate`` draws. The GRU trains step by step and goes on where it stopped, like the
model; the Markov model is counted in one go of minutes, and its file appears whole or not at all.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.model import checkpoint, corpus, heldout, likelihood, views
from antiphon.model.baselines import markov
from antiphon.model.baselines.gru import Recurrent, default_shape
from antiphon.model.batches import batches, collate
from antiphon.model.errors import ModelError
from antiphon.model.events import KEYS, STEP_S
from antiphon.model.likelihood import Scored
from antiphon.model.settings import Settings
from antiphon.model.train import train

Judge = Callable[[views.Window], NDArray[np.float64]]
"""What events 1.. of a window cost, (N - 1, 4) in nats by attribute."""

METHODS = ("markov", "gru")


def train_markov(settings: Settings, events: int, target: Path) -> None:
    """Count at least ``events`` events of the run that ``settings`` describe."""
    from tqdm import tqdm

    packed = corpus.load(Path(settings.corpus))
    steps = max(1, -(-events // (settings.batch * settings.length)))
    tokens, real = [], []
    source = islice(batches(packed, settings, 0, 0), steps)
    for batch, _, mask in tqdm(source, total=steps, unit="batch", disable=None):
        tokens.append(batch.numpy().astype(np.int16))
        real.append(np.pad(mask.numpy(), ((0, 0), (1, 0))))
    held = np.concatenate(real)
    markov.save(target, markov.learn(np.concatenate(tokens), held), int(held.sum()))


def markov_judge(path: Path) -> Judge:
    """Judge windows by a Markov model's file."""
    model = markov.load(path)

    def judge(window: views.Window) -> NDArray[np.float64]:
        tokens = window.tokens[None, : window.length]
        return markov.costs(model, tokens, np.ones(tokens.shape[:2], np.bool_))[0, 1:]

    return judge


def gru_judge(path: Path) -> Judge:
    """Judge windows by a GRU's checkpoint."""
    network, _ = checkpoint.network_of(path, Recurrent)

    def judge(window: views.Window) -> NDArray[np.float64]:
        tokens, condition, _ = collate([window])
        with torch.no_grad():
            costs = network.losses(tokens, condition)
        nats: NDArray[np.float64] = costs[0, : window.length - 1].double().numpy()
        return nats

    return judge


def evaluate(judge: Judge, folder: Path, count: int, seed: int) -> dict[str, object]:
    """The figures of ``antiphon evaluate`` on the windows that it would choose."""
    packed = heldout.held_out(folder, None, None)
    scored = []
    for piece, start in heldout.choose(packed, likelihood.WINDOW, count, seed):
        window = views.plain_window(packed, piece, start, likelihood.WINDOW)
        if window.length < 2:
            continue
        nats, tokens = judge(window), window.tokens[1 : window.length]
        cost = np.stack([nats[:, 0] + nats[:, 1], nats[:, 2], nats[:, 3]], axis=1)
        gaps_s = STEP_S[tokens[:, 1]]
        scored.append(Scored(piece.style, piece.hand, cost, tokens[:, 2] < KEYS, gaps_s))
    if not scored:
        raise ModelError(f"{folder}: no piece has more than {heldout.FEWEST_EVENTS} events")
    return likelihood.report(scored)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--out", type=Path, help="the baseline's folder (default: runs/METHOD)")
    parser.add_argument("--evaluate", type=Path, metavar="DIR", help="measure on these MIDI files")
    parser.add_argument("--windows", type=int, default=100, help="with --evaluate: at most so many")
    parser.add_argument("--json", action="store_true", help="with --evaluate: one JSON object")
    parser.add_argument("--events", type=int, default=8_000_000, help="markov: how many to count")
    parser.add_argument("--decay", type=int, metavar="STEPS", help="gru: end with a falling rate")
    for field in fields(Settings):
        default = field.default
        kind = type(default)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=default)


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    folder = args.out or Path("runs") / args.method
    path = folder / {"markov": "counts.npz", "gru": "checkpoint.pt"}[args.method]
    if args.evaluate:
        judge = {"markov": markov_judge, "gru": gru_judge}[args.method](path)
        found = evaluate(judge, args.evaluate, args.windows, args.seed)
        lines = [json.dumps(found)] if args.json else likelihood.table(found)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return 0
    given = vars(args)
    settings = Settings(**{name: given[name] for name in asdict(Settings())})
    if settings.batch < 1 or settings.length < 8:
        raise ModelError("--batch must be at least 1 and --length at least 8")
    if args.method == "markov":
        train_markov(settings, args.events, path)
    else:
        # The recurrent kernels are fast as they are, and do not compile.
        train(settings, folder, default_shape(), args.decay, lambda network: network, Recurrent)
    sys.stdout.write(f"{path}; measure it with: antiphon model baseline {args.method} --evaluate\n")
    return 0
