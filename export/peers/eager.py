"""The same network and weights in PyTorch, as it comes, with a KV cache."""

from pathlib import Path

import torch

from antiphon.export.peers.cached import behind
from antiphon.export.peers.contender import Contender, timed
from antiphon.export.restore import network_of


def prepare(model: Path, context: int) -> Contender:
    """The step of the model's network in float32."""
    step, token = behind(network_of(model), context)

    def run() -> None:
        with torch.inference_mode():
            step(token)

    return Contender(f"PyTorch {torch.__version__}, float32", timed(run))
