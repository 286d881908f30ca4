"""``antiphon model beats``: train the network that reads the beat; reads top to bottom.

Its lessons are pieces whose beats are known, played as people might: tempo, rubato and touch are
drawn for each. At every chord it learns where in the beat the chord stands and how long the beat
is, from what was heard so far. ``daemon/performer/metre.py`` works out what is trained here.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from antiphon.model import checksums, corpus, hands, rhythm
from antiphon.model.arrays import Notes
from antiphon.model.beats import read_beats
from antiphon.model.corpus import SEQUENCED_DATASETS
from antiphon.model.errors import ModelError
from antiphon.model.rhythm import CHORD_S, FEATURES, PERIODS_S, PLACES, Chord, Rhythm

Floats = NDArray[np.float64]

WIDTH = 48
LENGTH, BATCH = 288, 32
LEARNING_RATE, WEIGHT_DECAY, CLIP = 4e-3, 0.02, 1.0
MOST_NOTES, FEWEST_BEATS, FEWEST_CHORDS = 1800, 12, 100
UNJUDGED = 6
"""The first chords of a stretch say nothing of the beat."""

BLUR = 0.05
"""Noise on the features, in deviations."""

SHARES = {
    "piano-midi-de": 4.0,
    "pop909": 1.0,
    "tavern": 2.0,
    "mutopia": 1.5,
    "nifc-chopin": 1.5,
    "openscore-lieder": 0.5,
    "openewld": 0.5,
}
"""How often a piece comes, by data set: those with known beats."""

VERSIONS = {"piano-midi-de": 3}
"""How often a piece is played anew; the others once."""

FREEDOM = {"piano-midi-de": 0.6, "pop909": 0.35}
"""How much rubato is added to what is played freely as it is; 1.2 to scores."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Chords of a piece: features (N, FEATURES), place in the beat, its length; whether known."""

    features: NDArray[np.float32]
    place: NDArray[np.float32]
    period_s: NDArray[np.float32]
    known: NDArray[np.bool_]
    share: float


class Network(nn.Module):
    """From features (B, T, FEATURES) to log-odds (B, T, periods x places)."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("spread", torch.ones(FEATURES))
        self.inward = nn.Linear(FEATURES, WIDTH)
        self.gates = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.outward = nn.Linear(WIDTH, len(PERIODS_S) * PLACES)

    def forward(self, features: Tensor) -> Tensor:
        """Logarithms of shares that sum to one."""
        scaled = (features - self.mean) / self.spread
        if self.training:
            scaled = scaled + BLUR * torch.randn_like(scaled)
        states, _ = self.gates(torch.tanh(self.inward(scaled)))
        return torch.log_softmax(self.outward(states), dim=-1)

    def weights(self) -> dict[str, Any]:
        """What the performer reads; the scaling of the features is folded into the first layer."""
        inward = self.inward.weight / self.spread
        found: dict[str, Any] = {
            "inward": inward,
            "inward_bias": self.inward.bias - inward @ self.mean,
            "heard": self.gates.weight_ih_l0,
            "heard_bias": self.gates.bias_ih_l0,
            "recalled": self.gates.weight_hh_l0,
            "recalled_bias": self.gates.bias_hh_l0,
            "outward": self.outward.weight,
            "outward_bias": self.outward.bias,
        }
        return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in found.items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files with a MANIFEST.tsv")
    parser.add_argument("--labels", type=Path, help="POP909's folder of beats; left out without it")
    parser.add_argument("--out", type=Path, default=Path("runs/beat.npz"), help="the weights")
    parser.add_argument("--steps", type=int, default=1200, help="so many steps")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same weights")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    rng = np.random.default_rng(args.seed)
    torch.manual_seed(args.seed)
    lessons = list(prepared(args.folder, args.labels, rng))
    if not lessons:
        raise ModelError(f"{args.folder}: no pieces here whose beats are known; see MANIFEST.tsv")
    sys.stdout.write(f"{len(lessons)} pieces\n")
    network = train(lessons, args.steps, rng)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out, **network.weights())
    checksums.enlist(args.out)
    return 0


def prepared(folder: Path, labels: Path | None, rng: Generator) -> Iterator[Lesson]:
    """The lessons of a folder's training pieces; damaged ones are left out."""
    for row in corpus.manifest_rows(folder):
        dataset = row["dataset"]
        labelled = dataset == "pop909"
        if row["split"] != "train" or dataset not in SHARES or (labelled and labels is None):
            continue
        if not labelled and row.get("tempo_assumed") == "1":
            continue
        path = folder / row["path"]
        try:
            notes, _, beats_per_bar, *_ = corpus.read_midi(path)
            beats_s = read_beats(path, labels if labelled else None)
        except ModelError as error:
            sys.stderr.write(f"left out: {error}\n")
            continue
        for _ in range(VERSIONS.get(dataset, 1)):
            found = lesson(notes, beats_s, beats_per_bar, dataset, rng)
            if found is not None:
                yield found


def lesson(
    notes: Notes, beats_s: Floats, beats_per_bar: float, dataset: str, rng: Generator
) -> Lesson | None:
    """A stretch of a piece as somebody might play it, None where too little is in it."""
    begin = int(rng.integers(0, max(1, len(notes) - MOST_NOTES)))
    notes = notes[begin : begin + MOST_NOTES].copy()
    first_s, last_s = notes["onset"][0], notes["onset"][-1]
    beats_s = beats_s[(beats_s >= first_s - 3) & (beats_s <= last_s + 3)]
    if len(beats_s) < FEWEST_BEATS:
        return None
    sequenced = dataset in SEQUENCED_DATASETS
    slower = float(np.exp(np.clip(rng.normal(0.0, 0.12 if sequenced else 0.2), -0.5, 0.5)))
    for side in ("onset", "offset"):
        notes[side] = (notes[side] - first_s) * slower + 2.0
    skill = float(rng.beta(2.0, 1.3))
    freedom = FREEDOM.get(dataset, 1.2) * skill
    notes, beats_s = hands.rubato(notes, (beats_s - first_s) * slower + 2.0, freedom, rng)
    if not sequenced:
        notes = hands.colour(notes, beats_per_bar, skill, rng)
    notes = hands.spread(notes, skill, rng)
    if rng.random() < 0.5:
        notes = hands.stumble(notes, rng)
    features, times_s = featured(notes)
    place, period_s, known = placed(times_s, beats_s)
    if known.sum() < FEWEST_CHORDS:
        return None
    return Lesson(features, place, period_s, known, SHARES[dataset])


def featured(notes: Notes) -> tuple[NDArray[np.float32], Floats]:
    """The features (N, FEATURES) of the chords of notes, and their times."""
    starts, begun_s = [], -np.inf
    for index, onset_s in enumerate(notes["onset"].tolist()):
        if onset_s - begun_s > CHORD_S:
            starts.append(index)
            begun_s = onset_s
    memory, rows = Rhythm(), []
    for begin, end in pairwise([*starts, len(notes)]):
        struck = notes[begin:end]
        keys = tuple(struck["key"].tolist())
        chord = Chord(float(struck["onset"][0]), keys, int(struck["velocity"].max()))
        memory, features = rhythm.hear(memory, chord)
        rows.append(features.astype(np.float32))
    return np.stack(rows), notes["onset"][starts].astype(float)


def placed(
    times_s: Floats, beats_s: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Where times stand in the beat, 0 to 1, how long it is around them, and whether is known."""
    beat = np.searchsorted(beats_s, times_s + 0.02, side="right") - 1
    known = (beat >= 0) & (beat < len(beats_s) - 1)
    beat = np.clip(beat, 0, len(beats_s) - 2)
    gaps_s = np.diff(beats_s)
    place = np.mod((times_s - beats_s[beat]) / gaps_s[beat], 1.0)
    smooth = np.convolve(np.pad(np.log(gaps_s), 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    return place.astype(np.float32), np.exp(smooth)[beat].astype(np.float32), known


def train(lessons: list[Lesson], steps: int, rng: Generator) -> Network:
    """The network after so many steps; prints the mean loss now and then."""
    network = Network()
    sample = torch.from_numpy(np.concatenate([one.features[:400] for one in lessons]))
    network.mean.copy_(sample.mean(dim=0))
    network.spread.copy_(sample.std(dim=0) + 0.05)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1
    )
    shares = np.array([one.share for one in lessons])
    for step in range(1, steps + 1):
        features, place, period_s, known = _batch(lessons, shares / shares.sum(), rng)
        loss = _loss(network(features), place, period_s, known)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        rate.step()
        if step % 50 == 0 or step == steps:
            sys.stdout.write(f"step {step}: {float(loss.detach()):.3f} nats a chord\n")
            sys.stdout.flush()
    return network


def _batch(lessons: list[Lesson], shares: Floats, rng: Generator) -> tuple[Tensor, ...]:
    features = torch.zeros(BATCH, LENGTH, FEATURES)
    place, period_s = torch.zeros(BATCH, LENGTH), torch.ones(BATCH, LENGTH)
    known = torch.zeros(BATCH, LENGTH)
    for row, index in enumerate(rng.choice(len(lessons), size=BATCH, p=shares)):
        one = lessons[index]
        begin = int(rng.integers(0, max(1, len(one.place) - LENGTH)))
        cut = slice(begin, begin + LENGTH)
        count = len(one.place[cut])
        features[row, :count] = torch.from_numpy(one.features[cut])
        place[row, :count] = torch.from_numpy(one.place[cut])
        period_s[row, :count] = torch.from_numpy(one.period_s[cut])
        known[row, :count] = torch.from_numpy(one.known[cut].astype(np.float32))
    known[:, :UNJUDGED] = 0.0
    return features, place, period_s, known


def _loss(log_odds: Tensor, place: Tensor, period_s: Tensor, known: Tensor) -> Tensor:
    """Nats a chord; what lies between two periods or places is shared out between them."""
    periods = torch.from_numpy(np.log(PERIODS_S)).float()
    row = (torch.log(period_s) - periods[0]) / (periods[1] - periods[0])
    row = row.clamp(0.0, len(PERIODS_S) - 1.001)
    column = place * PLACES
    right = torch.zeros_like(place)
    for over in (0, 1):
        for beyond in (0, 1):
            cell = (row.floor() + over) * PLACES + (column.floor() + beyond) % PLACES
            share = (1 - (row.floor() + over - row).abs()) * (
                1 - (column.floor() + beyond - column).abs()
            )
            right = right + share * log_odds.gather(-1, cell.long()[..., None])[..., 0]
    return -(right * known).sum() / known.sum().clamp(min=1.0)
