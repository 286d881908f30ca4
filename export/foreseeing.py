"""Train the network that foresees the end of a turn on recorded performances; reads top to bottom.

``antiphon evaluate turns --fit`` runs it; ``daemon/performer/foresight.py`` works out what is
trained here. Each silence after an event is an example: when did the next event come, or was the
phrase over? Phrases too short to end by definition are left out.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from antiphon.daemon.performer.foresight import OUTCOMES, SILENCES_S, Foresight
from antiphon.daemon.performer.moments import Moment
from antiphon.export.judging import Foreseen, Performance
from antiphon.export.phrases import SHORTEST_PHRASE_S
from antiphon.export.replays import Pause, Wait
from antiphon.model import checksums
from antiphon.model.errors import ModelError

FIRST, SECOND = 128, 64
BATCH = 2048
LEARNING_RATE, WEIGHT_DECAY = 5e-3, 0.05
DROPOUT = 0.2
BLUR = 0.1
"""Noise on the features, in deviations."""

LEAST_SPREAD = 0.05


class Network(nn.Module):
    """From features (B, F) to log-odds (B, OUTCOMES)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, features: Tensor) -> None:
        """``features`` (N, F) say how they are to be scaled."""
        super().__init__()
        self.register_buffer("mean", features.mean(dim=0))
        self.register_buffer("spread", features.std(dim=0) + LEAST_SPREAD)
        self.first = nn.Linear(features.shape[1], FIRST)
        self.second = nn.Linear(FIRST, SECOND)
        self.outward = nn.Linear(SECOND, OUTCOMES)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, features: Tensor) -> Tensor:
        """Log-odds of the outcomes."""
        told = (features - self.mean) / self.spread
        if self.training:
            told = told + BLUR * torch.randn_like(told)
        hidden = self.dropout(torch.tanh(self.first(told)))
        hidden = self.dropout(torch.tanh(self.second(hidden)))
        odds: Tensor = self.outward(hidden)
        return odds

    def learnt(self) -> Foresight:
        """What the performer reads; the scaling of the features is folded into the first layer."""
        first = self.first.weight / self.spread
        return Foresight(
            first=_array(first),
            first_bias=_array(self.first.bias - first @ self.mean),
            second=_array(self.second.weight),
            second_bias=_array(self.second.bias),
            outward=_array(self.outward.weight),
            outward_bias=_array(self.outward.bias),
        )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.detach().numpy(), np.float32)


def examples(performances: Sequence[Performance]) -> tuple[Tensor, Tensor]:
    """Features (N, F) and outcomes (N,) of all silences with no key held."""
    found = [
        (wait.moment.features, _outcome(pause, wait))
        for performance in performances
        for pause in performance.pauses
        for wait in pause.waits
        if not wait.moment.keys_held and wait.moment.length_s >= SHORTEST_PHRASE_S
    ]
    if not found:
        raise ModelError("no phrase here is long enough to learn from")
    features, outcomes = zip(*found, strict=True)
    return torch.from_numpy(np.stack(features)), torch.tensor(outcomes)


def _outcome(pause: Pause, wait: Wait) -> int:
    if pause.place.end is not None:
        return OUTCOMES - 1
    silence_s = wait.until_s - wait.moment.last_event_s
    return max(int(np.searchsorted(SILENCES_S, silence_s, side="right")) - 1, 0)


def train(performances: Sequence[Performance], steps: int, seed: int) -> Foresight:
    """What is learnt in so many steps; the same seed gives the same weights."""
    torch.manual_seed(seed)
    features, outcomes = examples(performances)
    network = Network(features)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    for _ in range(steps):
        drawn = torch.randint(len(features), (BATCH,))
        loss = nn.functional.cross_entropy(network(features[drawn]), outcomes[drawn])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        rate.step()
    return network.learnt()


def write(path: Path, foresight: Foresight) -> None:
    """Write the weights for the performer to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{k: v.astype(np.float16) for k, v in asdict(foresight).items()})
    checksums.enlist(path)


def across(performances: Sequence[Performance], folds: int, steps: int, seed: int) -> Foreseen:
    """What is foreseen at each moment by a network that learnt from the other folds alone."""
    known: dict[Moment, NDArray[np.float64]] = {}
    for fold in range(folds):
        rest = [each for index, each in enumerate(performances) if index % folds != fold]
        learnt = train(rest, steps, seed)
        for performance in performances[fold::folds]:
            for pause in performance.pauses:
                for wait in pause.waits:
                    known[wait.moment] = learnt.chances(wait.moment.features)
    return known.__getitem__
