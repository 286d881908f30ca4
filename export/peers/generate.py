"""A Llama of the same shape in `transformers`, with random weights: `generate`, token by token."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import onnx
import torch
import transformers

from antiphon.daemon.clock import MonotonicClock
from antiphon.export.peers.contender import NUCLEUS, VOCABULARY, Contender
from antiphon.export.peers.transformers import config_of
from antiphon.export.restore import shape_of


def prepare(model: Path, context: int) -> Contender:
    """Tokens drawn one by one; the prompt is so long that the middle one comes at ``context``."""
    torch.set_num_threads(1)
    shape = shape_of(onnx.load(model, load_external_data=False))
    llama = transformers.LlamaForCausalLM(config_of(shape, VOCABULARY)).eval()
    clock = MonotonicClock()

    def steps(count: int) -> list[float]:
        stamps_s: list[float] = []

        def stamp(ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            stamps_s.append(clock.now())
            return torch.zeros(len(ids), dtype=torch.bool)

        prompt = torch.randint(VOCABULARY, (1, max(1, context - count // 2)))
        llama.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            # The first token's time is that of the prompt.
            max_new_tokens=count + 1,
            do_sample=True,
            top_k=0,
            top_p=NUCLEUS,
            use_cache=True,
            pad_token_id=0,
            stopping_criteria=[stamp],
        )
        return [(b - a) * 1e3 for a, b in pairwise(stamps_s)]

    return Contender(f"transformers {transformers.__version__}, one token a step, float32", steps)
