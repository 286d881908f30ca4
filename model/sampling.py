"""The draw of the next event from hidden states, in PyTorch.

The same arithmetic stands in ``export.sampling`` as graph nodes; ``export.parity`` holds the two
together: the same noise gives the same event. N rows are drawn at once, each in its own way.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from antiphon.model import events
from antiphon.model.network import Network

NEVER = -1e9
"""What a mask adds to forbid a choice; finite, so that nothing turns into not-a-number."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How N events are to be drawn: float32 tensors, one row an event.

    ``noise`` (N, 4) is uniform in [0, 1), one number an attribute. ``temperature``, ``nucleus`` and
    ``top``, how many of the likeliest there are to choose from, (N, 3) are of step, kind and touch.
    The masks are added to log-probabilities: ``who_step`` (N, 2, 199), ``kind`` (N, 258), ``touch``
    (N, 32).
    """

    noise: Tensor
    temperature: Tensor
    nucleus: Tensor
    top: Tensor
    who_step: Tensor
    kind: Tensor
    touch: Tensor


@torch.no_grad()
def sample(network: Network, h: Tensor, how: Draw) -> tuple[Tensor, Tensor]:
    """Draw one event from each row of hidden states h (N, D).

    Returns the events (N, 4), and the joint log-probabilities (N, 2, 199) of whose event comes
    next and when, before any mask.
    """
    z, who_logits = network.who_link(h)
    z_who, step_logits = network.step_link(z[:, None] + network.chosen_who.weight)
    who_step = torch.log_softmax(who_logits, -1)[..., None] + torch.log_softmax(step_logits, -1)
    masked = who_step + how.who_step
    player = torch.softmax(torch.logsumexp(masked, -1), -1)[:, 0]
    who = (how.noise[:, 0] >= player).long()
    rows = torch.arange(len(h))
    step = draw(masked[rows, who], how, 0)
    z, kinds = network.kind_link(z_who[rows, who] + network.chosen_step(step))
    kind = draw(kinds + how.kind, how, 1)
    _, touches = network.touch_link(z + network.chosen_kind(kind))
    touch = draw(touches + how.touch, how, 2)
    touch = torch.where(kind < events.KEYS, touch, torch.full_like(touch, events.NO_TOUCH))
    return torch.stack([who, step, kind, touch], dim=-1), who_step


def draw(logits: Tensor, how: Draw, which: int) -> Tensor:
    """Indices (N,) drawn from logits (N, K); ``which`` is 0 for step, 1 for kind, 2 for touch.

    Temperature, then nucleus (Holtzman et al. 2020) and top-k (Fan et al. 2018), then a place on
    the cumulated probability.
    """
    cooled = logits / how.temperature[:, which, None]
    values, order = torch.sort(cooled, dim=-1, descending=True, stable=True)
    share = torch.softmax(values, -1)
    reached = torch.cumsum(share, -1)
    rank = torch.arange(share.shape[-1])
    kept = ((reached - share) < how.nucleus[:, which, None]) & (rank < how.top[:, which, None])
    whole = (reached * kept).amax(-1, keepdim=True)
    place = (reached < how.noise[:, which + 1, None] * whole).sum(-1, keepdim=True)
    return order.gather(-1, place)[:, 0]
