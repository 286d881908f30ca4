"""``antiphon model train``: train the network on a packed corpus; reads top to bottom.

A run lives in one folder: ``settings.json``, ``checkpoint.pt`` (everything that a resumed run
needs), ``log.csv``, ``curves.png`` and ``samples/``. The learning rate warms up and then stays;
``--decay N`` takes it to zero over the next N steps, from wherever the run stands (Hu et al. 2024,
MiniCPM). Under ``torchrun`` each process takes its share of every batch, and all take the same
step.
"""

import argparse
import copy
import csv
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.model import checkpoint, corpus, curves, samples
from antiphon.model.batches import batches, validation_batches
from antiphon.model.errors import ModelError
from antiphon.model.network import ATTRIBUTES, Network, Shape
from antiphon.model.parallel import Batch, Losses, Place, SpeedUp, joined
from antiphon.model.settings import Settings


@torch.no_grad()
def validate(
    network: Network, groups: dict[str, list[Any]], device: torch.device
) -> dict[str, float]:
    """Loss in nats a note, by hand."""
    result = {}
    for hand, group in groups.items():
        nats, notes = 0.0, 0
        for batch in group:
            tokens, condition, real = (tensor.to(device) for tensor in batch)
            with torch.autocast(device.type, torch.bfloat16):
                costs = network.losses(tokens, condition)
            nats += float((costs.sum(-1) * real).sum())
            notes += int(((tokens[:, 1:, 2] < 128) & real).sum())
        result[hand] = nats / max(notes, 1)
    return result


def optimisers(network: Network, settings: Settings) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers (Jordan et al. 2024), AdamW for all else."""
    inside = {id(p) for p in network.layers.parameters() if p.dim() == 2}
    matrices = [p for p in network.parameters() if id(p) in inside]
    others = [p for p in network.parameters() if id(p) not in inside]
    rate, decay = settings.learning_rate, settings.weight_decay
    workers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr=rate, weight_decay=decay, betas=(0.9, 0.98), fused=True)
    ]
    if matrices:
        muon = torch.optim.Muon(
            matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"
        )
        workers.insert(0, muon)
    return workers


def rate_at(step: int, settings: Settings, decay: tuple[int, int] | None) -> float:
    """The learning rate's factor at a step; ``decay`` is where it starts to fall and for how long.

    It falls as 1 - sqrt(progress) (Hägele et al. 2024).
    """
    factor = min(1.0, (step + 1) / settings.warmup)
    if decay and step >= decay[0]:
        factor *= max(0.0, 1.0 - ((step - decay[0]) / decay[1]) ** 0.5)
    return factor


def compiled(network: Network) -> Network:
    """The same network, its arithmetic compiled when it is first called."""
    network.compile()
    return network


def train(
    settings: Settings,
    folder: Path,
    shape: Shape,
    decay_steps: int | None,
    speed_up: SpeedUp = compiled,
    build: Callable[[Shape], Network] = Network,
) -> None:
    """Train in ``folder`` until the steps are done or a signal asks to stop."""
    with joined(settings.device) as place, _signals() as stopping:
        _train(settings, folder, build(shape), decay_steps, speed_up, place, stopping)


def _train(
    settings: Settings,
    folder: Path,
    network: Network,
    decay_steps: int | None,
    speed_up: SpeedUp,
    place: Place,
    stopping: list[int],
) -> None:
    from tqdm import tqdm

    torch.set_num_threads(settings.threads)
    packed = corpus.load(Path(settings.corpus))
    torch.manual_seed(settings.seed)
    network.reset()
    network.to(place.device)
    workers = optimisers(network, settings)
    state = checkpoint.Progress()
    if (folder / "checkpoint.pt").exists():
        state = checkpoint.resume(folder / "checkpoint.pt", network, workers)
    state = checkpoint.stage_of(state, settings)
    if decay_steps is not None and state.decay is None:
        state = replace(state, decay=(state.step, decay_steps))
    last = sum(state.decay) if state.decay else settings.steps
    if place.leads:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=2))

    losses = place.spread(speed_up(network))
    source = batches(packed, settings, state.step - state.stage_start, state.stage)
    held_out = validation_batches(packed, settings)
    bar = tqdm(total=last, initial=state.step, unit="step", smoothing=0.05, disable=not place.leads)
    recent: list[NDArray[np.float64]] = []
    began, stop = time.monotonic(), 0.0
    while state.step < last and not stop:
        factor = rate_at(state.step, settings, state.decay)
        for worker in workers:
            for group in worker.param_groups:
                group["lr"] = settings.learning_rate * factor
        mine = place.share(next(source))
        (count,) = place.total(mine[2].sum())
        sums = _backward(losses, mine, settings.micro_batch, place, place.world / count)
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        for worker in workers:
            worker.step()
            worker.zero_grad()
        # Whether to stop is added up too: all processes have to leave after the same step.
        stop, *parts = place.total(len(stopping), *sums)
        recent.append(np.array(parts) / count)
        state = replace(state, step=state.step + 1, events=state.events + int(count))
        bar.update()
        bar.set_postfix_str(f"{recent[-1].sum():.3f} nats/event, {state.events / 1e6:.2f} M events")
        if not place.leads:
            continue
        if state.step % settings.validate_every == 0 or state.step == last:
            figures = validate(network, held_out, place.device)
            mean = np.mean(recent, axis=0)
            recent.clear()
            elapsed_s = time.monotonic() - began
            _log(folder / "log.csv", state, factor, mean, figures, elapsed_s)
        if state.step % settings.save_every == 0 or state.step == last:
            checkpoint.save(folder / "checkpoint.pt", network, workers, state)
        if state.step % settings.sample_every == 0 or state.step == last:
            sample = folder / "samples" / f"{state.step:07d}.mid"
            on_cpu = copy.deepcopy(network).cpu()
            samples.write(on_cpu, packed, settings.seed, state.step, sample)
    bar.close()
    if not place.leads:
        return
    checkpoint.save(folder / "checkpoint.pt", network, workers, state)
    if (folder / "log.csv").exists():
        curves.draw(folder / "log.csv", folder / "curves.png")


def _backward(losses: Losses, batch: Batch, micro_batch: int, place: Place, scale: float) -> Tensor:
    """Add the gradients of a batch times ``scale``, a few rows at a time; the costs' sums, (4,)."""
    rows = micro_batch or len(batch[0])
    parts = list(zip(*(torch.split(tensor, rows) for tensor in batch), strict=True))
    sums = torch.zeros(len(ATTRIBUTES), device=place.device)
    for index, (tokens, condition, real) in enumerate(parts):
        with place.averaging(losses, last=index == len(parts) - 1):
            with torch.autocast(place.device.type, torch.bfloat16):
                costs = losses(tokens, condition)
            part = (costs * real[..., None]).sum((0, 1))
            torch.autograd.backward(part.sum() * scale)
        sums += part.detach()
    return sums


@contextmanager
def _signals() -> Iterator[list[int]]:
    """A list that fills when the user asks to stop; the step under way is finished first."""
    asked: list[int] = []
    before = {
        number: signal.signal(number, lambda received, _frame: asked.append(received))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log(
    path: Path,
    state: checkpoint.Progress,
    factor: float,
    parts: NDArray[np.float64],
    figures: dict[str, float],
    elapsed_s: float,
) -> None:
    row = {
        "step": state.step,
        "events": state.events,
        "seconds": round(elapsed_s),
        "rate": round(factor, 4),
        **{f"train_{name}": round(float(x), 4) for name, x in zip(ATTRIBUTES, parts, strict=True)},
        **{f"valid_{hand}": round(value, 4) for hand, value in figures.items()},
    }
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--out", type=Path, default=Path("runs/first"), help="the run's folder")
    parser.add_argument(
        "--decay", type=int, metavar="STEPS", help="let the rate fall to 0, then end"
    )
    for name, default in (*asdict(Settings()).items(), *asdict(Shape()).items()):
        kind = type(default)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default)


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    given = vars(args)
    settings = Settings(**{name: given[name] for name in asdict(Settings())})
    shape = Shape(**{name: given[name] for name in asdict(Shape())})
    if settings.batch < 1 or settings.length < 8:
        raise ModelError("--batch must be at least 1 and --length at least 8")
    train(settings, args.out, shape, args.decay)
    sys.stdout.write(f"everything is in {args.out}; the same command goes on from there\n")
    return 0
