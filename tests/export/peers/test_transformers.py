import pytest
import torch

from antiphon.model import conditions, events
from antiphon.model.network import Network

peer = pytest.importorskip("antiphon.export.peers.transformers", exc_type=ImportError)


def test_event_by_event_it_is_the_network(network: Network) -> None:
    length = network.shape.window
    torch.manual_seed(1)
    sizes = (events.WHO, events.STEPS, events.KINDS, events.TOUCHES)
    tokens = torch.stack([torch.randint(size, (1, length)) for size in sizes], dim=-1)
    llama = peer.Llama(network)
    with torch.no_grad():
        whole = network.hidden(tokens, torch.zeros(1, length, conditions.SIZE))
        first = llama.hidden(tokens[:, :5])
        rest = [llama.hidden(tokens[:, at : at + 1]) for at in range(5, length)]
    assert torch.allclose(torch.cat([first, *rest], dim=1), whole, atol=1e-4)
