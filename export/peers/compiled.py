"""The same network and weights in PyTorch, compiled for this machine, with a KV cache."""

from pathlib import Path

import torch
from torch._inductor import config as inductor

from antiphon.export.peers.cached import behind
from antiphon.export.peers.contender import Contender, timed
from antiphon.export.restore import network_of


def prepare(model: Path, context: int) -> Contender:
    """The step of the model's network in float32; the first time it takes minutes to compile."""
    step, token = behind(network_of(model), context)
    # All that the compiler has to offer: weights laid out for its own kernels, and those found by
    # trial. As it comes it takes half as long again.
    inductor.freezing = True
    compiled = torch.compile(step, dynamic=False, mode="max-autotune")

    def run() -> None:
        with torch.inference_mode():
            compiled(token)

    run()
    return Contender(f"PyTorch {torch.__version__}, max-autotune, float32", timed(run))
