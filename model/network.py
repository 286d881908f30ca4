"""The Transformer: one event a position in, the next event's distribution out.

Here live the network and its loss, in PyTorch. The same arithmetic stands as an ONNX graph in
``export.graph``; ``export.parity`` holds the two together.

Shapes: B sequences, T events, D width, H heads, G key/value heads, E width of a head.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from antiphon.model import conditions, events


@dataclass(frozen=True, slots=True)
class Shape:
    """What the network is made of."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_width: int = 64
    hidden: int = 704
    chain_hidden: int = 384
    window: int = 512
    rotary_base: float = 10_000.0


class Norm(nn.Module):
    """Root-mean-square normalisation (Zhang and Sennrich 2019)."""

    EPSILON = 1e-5

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight, self.EPSILON)


def rotary_tables(shape: Shape, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each (T, E/2), of rotary positions (Su et al. 2021)."""
    half = shape.head_width // 2
    rates = shape.rotary_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = positions.double()[:, None] * rates
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each half-split pair of x (B, H, T, E) by its position's angle."""
    a, b = x.chunk(2, dim=-1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Attention(nn.Module):
    """Grouped-query attention (Ainslie et al. 2023) over the last ``window`` events."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.queries = nn.Linear(shape.width, shape.heads * shape.head_width, bias=False)
        self.keys = nn.Linear(shape.width, shape.kv_heads * shape.head_width, bias=False)
        self.values = nn.Linear(shape.width, shape.kv_heads * shape.head_width, bias=False)
        self.output = nn.Linear(shape.heads * shape.head_width, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, band: Tensor | None) -> Tensor:
        """What each event of x (B, T, D) hears; ``band`` (T, T) is true where it may listen."""
        batch, length, _ = x.shape

        def split(y: Tensor, heads: int) -> Tensor:
            return y.view(batch, length, heads, self.shape.head_width).transpose(1, 2)

        q = rotate(split(self.queries(x), self.shape.heads), cos, sin)
        k = rotate(split(self.keys(x), self.shape.kv_heads), cos, sin)
        v = split(self.values(x), self.shape.kv_heads)
        groups = self.shape.heads // self.shape.kv_heads
        k, v = (y.repeat_interleave(groups, dim=1) for y in (k, v))
        heard = functional.scaled_dot_product_attention(
            q, k, v, attn_mask=band, is_causal=band is None
        )
        joined: Tensor = self.output(heard.transpose(1, 2).reshape(batch, length, -1))
        return joined


class GatedUnit(nn.Module):
    """SwiGLU (Shazeer 2020)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Gate, lift and put back the last axis."""
        result: Tensor = self.down(functional.silu(self.gate(x)) * self.up(x))
        return result


class Layer(nn.Module):
    """Attention, then the gated unit, each on a normalised residual."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention_norm = Norm(shape.width)
        self.attention = Attention(shape)
        self.unit_norm = Norm(shape.width)
        self.unit = GatedUnit(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, band: Tensor | None) -> Tensor:
        """One layer further: (B, T, D) to (B, T, D)."""
        x = x + self.attention(self.attention_norm(x), cos, sin, band)
        result: Tensor = x + self.unit(self.unit_norm(x))
        return result


class Link(nn.Module):
    """One link of the output chain: takes in the attribute chosen before, gives the next logits."""

    def __init__(self, shape: Shape, choices: int) -> None:
        super().__init__()
        self.norm = Norm(shape.width)
        self.up = nn.Linear(shape.width, shape.chain_hidden, bias=False)
        self.down = nn.Linear(shape.chain_hidden, shape.width, bias=False)
        self.out_norm = Norm(shape.width)
        self.logits = nn.Linear(shape.width, choices, bias=False)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The state for the next link, (..., D), and this attribute's logits, (..., choices)."""
        z = z + self.down(functional.silu(self.up(self.norm(z))))
        return z, self.logits(self.out_norm(z))


ATTRIBUTES = ("who", "step", "kind", "touch")


class Network(nn.Module):
    """The whole model.

    An input event is the sum of its embeddings and of the condition vector's. The output is the
    chain P(who) P(step | who) P(kind | who, step) P(touch | who, step, kind).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.who = nn.Embedding(events.WHO_GIVEN, width)
        self.step = nn.Embedding(events.STEPS, width)
        self.kind = nn.Embedding(events.KINDS, width)
        self.touch = nn.Embedding(events.TOUCHES + 1, width)
        self.condition = nn.Linear(conditions.SIZE, width, bias=False)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(width)
        self.who_link = Link(shape, events.WHO)
        self.step_link = Link(shape, events.STEPS)
        self.kind_link = Link(shape, events.KINDS)
        self.touch_link = Link(shape, events.TOUCHES)
        self.chosen_who = nn.Embedding(events.WHO, width)
        self.chosen_step = nn.Embedding(events.STEPS, width)
        self.chosen_kind = nn.Embedding(events.KINDS, width)
        self.reset()

    def reset(self) -> None:
        """Draw fresh weights; residual outputs are scaled down by the depth."""
        for name, parameter in self.named_parameters():
            if parameter.dim() < 2:
                nn.init.ones_(parameter)
            elif name.endswith(("output.weight", "down.weight")):
                nn.init.normal_(parameter, std=0.02 / (2 * self.shape.layers) ** 0.5)
            else:
                nn.init.normal_(parameter, std=0.02)

    def embedded(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """What goes into the layers, (B, T, D), of events (B, T, 4) and conditions (B, T, SIZE)."""
        result: Tensor = (
            self.who(tokens[..., 0])
            + self.step(tokens[..., 1])
            + self.kind(tokens[..., 2])
            + self.touch(tokens[..., 3])
            + self.condition(condition)
        )
        return result

    def hidden(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Hidden states (B, T, D) of events (B, T, 4) under conditions (B, T, SIZE)."""
        x = self.embedded(tokens, condition)
        length = tokens.shape[1]
        positions = torch.arange(length, device=tokens.device)
        cos, sin = (table.to(x.device) for table in rotary_tables(self.shape, positions))
        band = None
        if length > self.shape.window:
            age = positions[:, None] - positions[None, :]
            band = (age >= 0) & (age < self.shape.window)
        for layer in self.layers:
            x = layer(x, cos, sin, band)
        result: Tensor = self.norm(x)
        return result

    def chain(self, h: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of each attribute given h (..., D) and the true ones before it, (..., 4)."""
        z, who = self.who_link(h)
        z, step = self.step_link(z + self.chosen_who(target[..., 0]))
        z, kind = self.kind_link(z + self.chosen_step(target[..., 1]))
        z, touch = self.touch_link(z + self.chosen_kind(target[..., 2]))
        return who, step, kind, touch

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """``losses``, under the name by which wrappers of modules call it."""
        return self.losses(tokens, condition)

    def losses(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Negative log-likelihood in nats, (B, T - 1, 4), of events 1.. of tokens (B, T, 4).

        ``condition`` is (B, T - 1, SIZE): what the model is told when it predicts each of them.
        The touch of an event without one costs nothing.
        """
        # A future that is given is never foreseen: whatever stands for it here is not counted.
        target = torch.cat([tokens[:, 1:, :1].clamp(max=events.WHO - 1), tokens[:, 1:, 1:]], -1)
        logits = self.chain(self.hidden(tokens[:, :-1], condition), target)
        costs = []
        for index, attribute in enumerate(logits):
            wanted = target[..., index]
            if ATTRIBUTES[index] == "touch":
                wanted = wanted.masked_fill(wanted == events.NO_TOUCH, -100)
            costs.append(
                functional.cross_entropy(
                    attribute.float().flatten(0, 1), wanted.flatten(), reduction="none"
                ).view(wanted.shape)
            )
        return torch.stack(costs, dim=-1)
