"""The same network and weights with the layers and the dynamic cache of `transformers`.

An event at a time: a sum of embeddings goes in, the library's Llama runs, and the output chain
draws the four attributes as ours does.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

from antiphon.daemon.clock import MonotonicClock
from antiphon.export.peers.cached import as_usual
from antiphon.export.peers.contender import Contender
from antiphon.export.restore import network_of
from antiphon.model import conditions, events
from antiphon.model.network import Network, Norm, Shape
from antiphon.model.sampling import sample

PARTS = {
    "attention_norm": "input_layernorm",
    "attention.queries": "self_attn.q_proj",
    "attention.keys": "self_attn.k_proj",
    "attention.values": "self_attn.v_proj",
    "attention.output": "self_attn.o_proj",
    "unit_norm": "post_attention_layernorm",
    "unit.gate": "mlp.gate_proj",
    "unit.up": "mlp.up_proj",
    "unit.down": "mlp.down_proj",
}
"""What a layer's weights are called here and there."""


def prepare(model: Path, context: int) -> Contender:
    """Events drawn one by one, so that the middle one comes at ``context``."""
    torch.set_num_threads(1)
    network = network_of(model).eval()
    llama = Llama(network)
    clock = MonotonicClock()
    how = as_usual()

    def steps(count: int) -> list[float]:
        token = torch.tensor([[[events.PLAYER, 20, 60, 20]]])
        stamps_s: list[float] = []
        with torch.inference_mode():
            llama.forget()
            h = llama.hidden(token.expand(1, max(1, context - count // 2 - 1), 4))
            for _ in range(count):
                stamps_s.append(clock.now())
                h = llama.hidden(token)
                token = sample(network, h[:, -1], how)[0][None]
            stamps_s.append(clock.now())
        return [(b - a) * 1e3 for a, b in pairwise(stamps_s)]

    return Contender(f"transformers {transformers.__version__}, the same network, float32", steps)


class Llama:
    """A network whose layers are the library's, with a cache that grows."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = transformers.LlamaModel(config_of(network.shape, vocabulary=1)).eval()
        self.layers.load_state_dict(dict(_renamed(network)), strict=False)
        self.condition = torch.zeros(1, 1, conditions.SIZE)
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._cache = transformers.DynamicCache()

    def hidden(self, tokens: Tensor) -> Tensor:
        """Hidden states (1, T, D) of events (1, T, 4) behind those before them."""
        x = self.network.embedded(tokens, self.condition)
        out = self.layers(inputs_embeds=x, cache=self._cache, use_cache=True)
        result: Tensor = out.last_hidden_state
        return result


def config_of(shape: Shape, vocabulary: int) -> Any:
    """A Llama whose layers are like a network's of this shape, without an end-of-text token."""
    return transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_width,
        rms_norm_eps=Norm.EPSILON,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rotary_base},
        max_position_embeddings=4096,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )


def _renamed(network: Network) -> list[tuple[str, Tensor]]:
    found: list[tuple[str, Tensor]] = [("norm.weight", network.norm.weight)]
    for index in range(network.shape.layers):
        for ours, theirs in PARTS.items():
            weight = network.get_parameter(f"layers.{index}.{ours}.weight")
            found.append((f"layers.{index}.{theirs}.weight", weight))
    return found
