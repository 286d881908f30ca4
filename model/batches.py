"""What a run learns from, step by step, and what it is checked on.

Step k's batch depends on the seed and k alone, so a resumed run goes on exactly where it stopped.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.model import views
from antiphon.model.corpus import Corpus, Piece
from antiphon.model.settings import Settings

REPEATS = {"ragtime": 4, "blues": 4, "hymn": 4, "jazz": 2, "popular": 2}
"""How often a pass plays the pieces of styles that the corpus has little of."""


def plan_pass(pieces: list[Piece], settings: Settings, number: int) -> NDArray[np.int64]:
    """The windows of one pass over the corpus, (N, 2): piece index and first note, shuffled."""
    rng = np.random.default_rng([settings.seed, number])
    plan = []
    for index, piece in enumerate(pieces):
        times = float(REPEATS.get(piece.style, 1))
        if piece.hand == "performed" and times == 1:
            times = settings.performed_repeat
        whole = int(times) + (rng.random() < times - int(times))
        for _ in range(whole):
            plan += [(index, start) for start in views.starts(piece, settings.length, rng.random())]
    return rng.permutation(np.array(plan, dtype=np.int64))


def batches(
    packed: Corpus, settings: Settings, first: int, stage: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless batches from step ``first`` of a stage on: tokens, conditions, mask of real events.

    A stage is a stretch of steps with one window length; each begins a new pass.
    """
    pieces = packed.split("train")
    number, done, plan = 0, 0, plan_pass(pieces, settings, 1000 * stage)
    step = first
    while True:
        while (step + 1) * settings.batch - done > len(plan):
            done += len(plan) - len(plan) % settings.batch
            number += 1
            plan = plan_pass(pieces, settings, 1000 * stage + number)
        rng = np.random.default_rng([settings.seed, stage, step])
        at = step * settings.batch - done
        windows = [
            views.training_window(packed, pieces[piece], int(start), settings.length, rng)
            for piece, start in plan[at : at + settings.batch]
        ]
        yield collate(windows)
        step += 1


def collate(windows: list[views.Window]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stack windows: tokens (B, T + 1, 4), conditions (B, T, SIZE), real (B, T).

    Real are the events that are learnt: no padding, and no future that is given.
    """
    tokens = torch.from_numpy(np.stack([window.tokens for window in windows]))
    condition = torch.from_numpy(np.stack([window.condition for window in windows]))
    firsts = torch.tensor([window.first for window in windows])[:, None]
    lengths = torch.tensor([window.length for window in windows])[:, None]
    targets = torch.arange(1, tokens.shape[1])[None]
    real = (targets >= firsts) & (targets < lengths)
    return tokens, condition, real


def validation_batches(packed: Corpus, settings: Settings) -> dict[str, list[Any]]:
    """Fixed windows of held-out pieces as they stand in the files, by hand."""
    groups: dict[str, list[Any]] = {}
    for hand in ("performed", "sequenced", "score"):
        pieces = [piece for piece in packed.split("valid") if piece.hand == hand]
        rng = np.random.default_rng(0)
        windows = []
        for index in rng.permutation(len(pieces))[: settings.validation_windows // 3]:
            options = views.starts(pieces[index], 512, 0.0)
            start = int(options[int(rng.integers(len(options)))])
            windows.append(views.plain_window(packed, pieces[index], start, 512))
        if windows:
            groups[hand] = [collate(windows[at : at + 8]) for at in range(0, len(windows), 8)]
    return groups
