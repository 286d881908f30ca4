import torch

from antiphon.export.peers.cached import Cached
from antiphon.model import conditions, events
from antiphon.model.network import Network


def test_event_by_event_it_is_the_network(network: Network) -> None:
    length = network.shape.window
    torch.manual_seed(1)
    sizes = (events.WHO, events.STEPS, events.KINDS, events.TOUCHES)
    tokens = torch.stack([torch.randint(size, (1, length)) for size in sizes], dim=-1)
    cached = Cached(network, length)
    with torch.no_grad():
        whole = network.hidden(tokens, torch.zeros(1, length, conditions.SIZE))
        steps = [cached.hidden(tokens[:, at : at + 1], at) for at in range(length)]
    assert torch.allclose(torch.cat(steps, dim=1), whole, atol=1e-4)


def test_a_step_taken_again_gives_the_same(network: Network) -> None:
    cached = Cached(network, 3)
    token = torch.tensor([[[0, 20, 60, 20]]])
    with torch.no_grad():
        cached.hidden(token, 0)
        assert torch.equal(cached.hidden(token, 1), cached.hidden(token, 1))
