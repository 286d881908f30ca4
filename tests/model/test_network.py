from dataclasses import replace

import numpy as np
import pytest
import torch

from antiphon.model import conditions, events
from antiphon.model.network import ATTRIBUTES, Network
from tests.model.material import TINY, lively

LENGTH = 40


def some_tokens(seed: int = 0, length: int = LENGTH, batch: int = 2) -> torch.Tensor:
    make = torch.Generator().manual_seed(seed)
    sizes = (events.WHO, events.STEPS, events.KINDS)
    who, step, kind = (torch.randint(size, (batch, length), generator=make) for size in sizes)
    touch = torch.randint(events.TOUCHES, (batch, length), generator=make)
    touch = touch.masked_fill(kind >= events.KEYS, events.NO_TOUCH)
    return torch.stack([who, step, kind, touch], dim=-1)


def some_condition(length: int = LENGTH, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, length, conditions.SIZE, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def hidden(network: Network, tokens: torch.Tensor) -> torch.Tensor:
    return network.hidden(tokens, some_condition()[:, : tokens.shape[1]])


def test_shapes() -> None:
    network = lively()
    tokens = some_tokens(length=LENGTH + 1)
    assert hidden(network, tokens[:, :-1]).shape == (2, LENGTH, TINY.width)
    costs = network.losses(tokens, some_condition())
    assert costs.shape == (2, LENGTH, len(ATTRIBUTES))
    logits = network.chain(torch.zeros(3, TINY.width), tokens[0, :3])
    sizes = [events.WHO, events.STEPS, events.KINDS, events.TOUCHES]
    assert [each.shape for each in logits] == [(3, size) for size in sizes]


def test_fresh_weights_know_nothing() -> None:
    torch.manual_seed(0)
    costs = Network(TINY).losses(some_tokens(length=LENGTH + 1), some_condition())
    note = some_tokens(length=LENGTH + 1)[:, 1:, 2] < events.KEYS
    for index, size in enumerate((events.WHO, events.STEPS, events.KINDS, events.TOUCHES)):
        cost = costs[..., index] if index < 3 else costs[..., index][note]
        assert cost.mean().item() == pytest.approx(np.log(size), abs=0.1)


def test_a_touch_that_there_is_not_costs_nothing() -> None:
    tokens = some_tokens(length=LENGTH + 1)
    touch = lively().losses(tokens, some_condition())[..., 3]
    silent = tokens[:, 1:, 2] >= events.KEYS
    assert (touch[silent] == 0.0).all()
    assert (touch[~silent] > 0.0).all()


def test_nothing_is_heard_before_it_happens() -> None:
    network, tokens = lively(), some_tokens()
    changed = tokens.clone()
    changed[:, 25] = torch.tensor([1, 7, 60, 9])
    before, after = hidden(network, tokens), hidden(network, changed)
    torch.testing.assert_close(before[:, :25], after[:, :25])
    assert not torch.allclose(before[:, 25:], after[:, 25:])


def test_each_layer_reaches_one_window_back_and_no_further() -> None:
    network = lively(replace(TINY, window=8))
    tokens = some_tokens()
    changed = tokens.clone()
    changed[:, 3] = torch.tensor([1, 7, 60, 9])
    difference = (hidden(network, tokens) - hidden(network, changed)).abs().amax(dim=(0, 2))
    reach = 3 + TINY.layers * (8 - 1)
    assert difference[reach + 1 :].max() < 1e-5
    assert difference[3 : reach + 1].min() > 1e-5


def test_a_window_as_long_as_the_history_is_no_window() -> None:
    tokens = some_tokens()
    wide, just = lively(replace(TINY, window=1000)), lively(replace(TINY, window=LENGTH))
    torch.testing.assert_close(hidden(wide, tokens), hidden(just, tokens))


def test_only_how_far_apart_events_are_counts() -> None:
    network = lively(replace(TINY, window=4))
    tokens = some_tokens()
    later = torch.cat([some_tokens(9)[:, :11], tokens[:, :29]], dim=1)
    told = torch.zeros(2, LENGTH, conditions.SIZE)
    with torch.no_grad():
        one, other = network.hidden(tokens, told), network.hidden(later, told)
    # Two layers of four reach seven back: from there on neither knows where it started.
    torch.testing.assert_close(one[:, 7:29], other[:, 18:], rtol=1e-4, atol=1e-4)


def test_each_attribute_knows_those_chosen_before() -> None:
    network, tokens = lively(), some_tokens()[0]
    h = torch.randn(LENGTH, TINY.width, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        before = network.chain(h, tokens)
        for index in range(3):
            changed = tokens.clone()
            changed[:, index] = (changed[:, index] + 1) % 2
            after = network.chain(h, changed)
            equal = [torch.equal(a, b) for a, b in zip(before, after, strict=True)]
            assert equal == [True] * (index + 1) + [False] * (3 - index)


def test_conditions_are_heard() -> None:
    network, tokens = lively(), some_tokens()
    told = some_condition()
    changed = told.clone()
    changed[:, 20] += 0.5
    with torch.no_grad():
        before, after = network.hidden(tokens, told), network.hidden(tokens, changed)
    assert torch.equal(before[:, :20], after[:, :20])
    assert not torch.allclose(before[:, 20], after[:, 20])
