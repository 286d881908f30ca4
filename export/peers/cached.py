"""The network in PyTorch, an event at a time behind a KV cache: the same weights as the model's."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from antiphon.export.peers.contender import NUCLEUS
from antiphon.model import conditions, events
from antiphon.model.network import Attention, Layer, Network, rotary_tables, rotate
from antiphon.model.sampling import Draw, sample


class Cached:
    """A network with room for ``capacity`` events."""

    def __init__(self, network: Network, capacity: int) -> None:
        shape = network.shape
        self.network = network
        size = (shape.layers, 1, shape.kv_heads, capacity, shape.head_width)
        self.keys, self.values = torch.zeros(size), torch.zeros(size)
        self.cos, self.sin = rotary_tables(shape, torch.arange(capacity))
        self.condition = torch.zeros(1, 1, conditions.SIZE)

    def hidden(self, token: Tensor, at: int) -> Tensor:
        """Hidden state (1, 1, D) of one event (1, 1, 4) in place ``at``, behind those before it."""
        network = self.network
        x = network.embedded(token, self.condition)
        for index, layer in enumerate(network.layers):
            assert isinstance(layer, Layer)  # noqa: S101 - for the type checker
            x = x + self._heard(layer.attention, layer.attention_norm(x), index, at)
            x = x + layer.unit(layer.unit_norm(x))
        result: Tensor = network.norm(x)
        return result

    def _heard(self, attention: Attention, x: Tensor, index: int, at: int) -> Tensor:
        shape = self.network.shape
        cos, sin = self.cos[at : at + 1], self.sin[at : at + 1]

        def split(y: Tensor, heads: int) -> Tensor:
            return y.view(1, 1, heads, shape.head_width).transpose(1, 2)

        keys, values = self.keys[index], self.values[index]
        keys[:, :, at : at + 1] = rotate(split(attention.keys(x), shape.kv_heads), cos, sin)
        values[:, :, at : at + 1] = split(attention.values(x), shape.kv_heads)
        # One event asks for all that there are: the heads of a group are its rows.
        q = rotate(split(attention.queries(x), shape.heads), cos, sin)
        q = q.view(1, shape.kv_heads, -1, shape.head_width)
        heard = functional.scaled_dot_product_attention(
            q, keys[:, :, : at + 1], values[:, :, : at + 1]
        )
        joined: Tensor = attention.output(heard.reshape(1, 1, -1))
        return joined


def as_usual() -> Draw:
    """A draw as the daemon asks for it: with a nucleus, and nothing masked."""
    return Draw(
        noise=torch.full((1, 4), 0.5),
        temperature=torch.ones(1, 3),
        nucleus=torch.full((1, 3), NUCLEUS),
        top=torch.full((1, 3), events.KINDS),
        who_step=torch.zeros(1, events.WHO, events.STEPS),
        kind=torch.zeros(1, events.KINDS),
        touch=torch.zeros(1, events.TOUCHES),
    )


def step_of(cached: Cached, at: int) -> Callable[[Tensor], Tensor]:
    """A step in place ``at``: an event (1, 1, 4) in, the next one (1, 4) out."""
    how = as_usual()

    def step(token: Tensor) -> Tensor:
        drawn, _ = sample(cached.network, cached.hidden(token, at)[0], how)
        return drawn

    return step


def behind(network: Network, context: int) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """A network's step behind ``context`` events, itself among them, and an event for it."""
    torch.set_num_threads(1)
    token = torch.tensor([[[events.PLAYER, 20, 60, 20]]])
    return step_of(Cached(network.eval(), context), context - 1), token
