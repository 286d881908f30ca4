"""Notochord (Shepardson et al. 2022), the field's own: `feed` and `query`, with random weights.

A recurrent network three times as large: its step costs the same behind any number of events.
"""

from importlib.metadata import version
from pathlib import Path

import notochord
import torch

from antiphon.export.peers.contender import Contender, timed


def prepare(_: Path, context: int) -> Contender:
    """Notochord as it is constructed, behind ``context`` events less one."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    player = notochord.Notochord().eval()
    player.reset()

    def feed(index: int) -> None:
        player.feed(inst=1, pitch=60, time=0.1, vel=90.0 if index % 2 else 0.0)

    for index in range(context - 1):
        feed(index)

    def step() -> None:
        feed(context - 1)
        player.query()

    return Contender(f"Notochord {version('notochord')}, float32", timed(step))
