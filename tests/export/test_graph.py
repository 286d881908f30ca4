"""The exported graph in the daemon's engine against the network in PyTorch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from antiphon.daemon.performer.engine import BRANCH_EVENTS, ROOM, STRIDE, OnnxEngine
from antiphon.daemon.performer.query import Answer, Query
from antiphon.export import parity
from antiphon.model import events
from antiphon.model.events import Event
from antiphon.model.network import Network
from antiphon.model.sampling import NEVER
from tests.model.material import TINY

BEAT = Event(events.PLAYER, 10, 60, 16)


@pytest.fixture(scope="module")
def model(models: dict[str, Path]) -> Path:
    return models["float32"]


@pytest.mark.parametrize("sizes", [(1,), (1, 2, 5), (TINY.window,), (1, 30, 3 * TINY.window)])
def test_long_histories_say_the_same(model: Path, network: Network, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(sum(sizes))
    forced = parity.real_events(150) + parity.random_events(150, rng)
    engine = OnnxEngine(model, tells_all=True)
    history = parity.perform(engine, forced, 300, rng, sizes)
    assert engine.length == 600 > 2 * ROOM * TINY.window
    found = parity.compare(network, history)
    assert found.most < 1e-4
    assert found.equal == 1.0


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_rewinding_forgets_and_nothing_else(model: Path, network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    engine = OnnxEngine(model)
    played: list[Event] = []
    told: list[NDArray[np.float32]] = []
    at: list[int] = []
    queries: list[Query] = []
    answers: list[Answer] = []
    highest = 0
    for _ in range(50):
        lowest = max(1, highest - TINY.window)
        if len(played) > lowest and rng.random() < 0.4:
            mark = int(rng.integers(lowest, len(played)))
            engine.rewind(mark)
            del played[mark:], told[mark:]
            kept = sum(place < mark for place in at)
            del at[kept:], queries[kept:], answers[kept:]
        new = parity.random_events(int(rng.choice([1, 1, 1, 4, 12])), rng)
        condition = parity.random_condition(rng)
        engine.tell(condition)
        queries.append(parity.random_query(rng, set()))
        answers.append(engine.advance(new, queries[-1]))
        played += new
        told += [condition] * len(new)
        at.append(len(played) - 1)
        highest = max(highest, len(played))
        assert engine.length == len(played)
    rows = [[event.who, event.step, event.kind, event.touch] for event in played]
    history = parity.History(np.array(rows), np.stack(told), at, queries, answers)
    found = parity.compare(network, history)
    assert found.most < 1e-4
    assert found.equal == 1.0


@pytest.mark.parametrize(("name", "mean"), [("float16", 0.01), ("int8", 0.1), ("int4", 1.0)])
def test_other_formats_stay_near(
    models: dict[str, Path], network: Network, name: str, mean: float
) -> None:
    rng = np.random.default_rng(0)
    history = parity.perform(OnnxEngine(models[name]), parity.real_events(200), 200, rng, (1, 7))
    assert parity.compare(network, history).mean < mean


def test_a_step_works_on_as_much_after_hours_as_at_first(model: Path) -> None:
    engine = OnnxEngine(model)
    query = Query(noise=np.zeros(4, np.float32))
    shown = []
    for _ in range(10 * TINY.window):
        engine.advance([BEAT], query)
        shown.append(engine.shown)
    assert max(shown) < TINY.window + STRIDE


def test_a_mark_beyond_what_is_kept_is_refused(model: Path) -> None:
    engine = OnnxEngine(model)
    engine.advance([BEAT] * (5 * TINY.window), Query(noise=np.zeros(4, np.float32)))
    for mark in (1, -1, 5 * TINY.window + 1):
        with pytest.raises(ValueError, match="is outside"):
            engine.rewind(mark)
    engine.rewind(4 * TINY.window)
    assert engine.length == 4 * TINY.window


def test_all_can_be_forgotten_however_much_it_was(model: Path) -> None:
    query = Query(noise=np.full(4, 0.5, np.float32))
    engine = OnnxEngine(model)
    first = engine.advance([BEAT], query)
    engine.advance([BEAT] * (5 * TINY.window), query)
    engine.rewind(0)
    assert engine.length == 0
    again = engine.advance([BEAT], query)
    assert (again.event, again.cost) == (first.event, first.cost)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4))
def test_branches_say_what_engines_of_their_own_would(model: Path, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    past = parity.random_events(int(rng.integers(2, 8 * TINY.window)), rng)
    condition = parity.random_condition(rng)
    engine = OnnxEngine(model)
    engine.tell(condition)
    engine.advance(past, parity.random_query(rng, set()))
    mark = len(past) - int(rng.integers(min(len(past), TINY.window)))
    branches = engine.branch(count, mark)
    alone = [OnnxEngine(model) for _ in range(count)]
    for one in alone:
        one.tell(condition)
        one.advance(past[:mark], parity.random_query(rng, set()))
    query = parity.random_query(rng, set())
    for _ in range(20):
        new = parity.random_events(count, rng)
        queries = [replace(query, noise=rng.random(4, dtype=np.float32)) for _ in range(count)]
        found = branches.advance(new, queries)
        for one, event, asked, answer in zip(alone, new, queries, found, strict=True):
            wanted = one.advance([event], asked)
            assert answer.event == wanted.event
            np.testing.assert_allclose(answer.cost, wanted.cost, atol=1e-3)
    assert engine.length == len(past)


def test_branches_off_nothing_begin_a_history(model: Path) -> None:
    engine, alone = OnnxEngine(model), OnnxEngine(model)
    query = Query(noise=np.full(4, 0.5, np.float32))
    engine.advance([BEAT], query)
    branches = engine.branch(2, 0)
    for event in parity.random_events(10, np.random.default_rng(0)):
        wanted = alone.advance([event], query)
        answer, _ = branches.advance([event, BEAT], [query, query])
        assert answer.event == wanted.event
        np.testing.assert_allclose(answer.cost, wanted.cost, atol=1e-3)


def test_a_branch_that_grows_too_long_is_refused(model: Path) -> None:
    engine = OnnxEngine(model)
    query = Query(noise=np.zeros(4, np.float32))
    engine.advance([BEAT], query)
    branches = engine.branch(2, 1)
    for _ in range(BRANCH_EVENTS):
        branches.advance([BEAT, BEAT], [query, query])
    with pytest.raises(ValueError, match="no more than"):
        branches.advance([BEAT, BEAT], [query, query])


def draw(engine: OnnxEngine, query: Query) -> Event:
    """Draw after one beat, and take it back."""
    event = engine.advance([BEAT], query).event
    engine.rewind(0)
    return event


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_masks_are_obeyed(model: Path, data: st.DataObject, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = (events.WHO * events.STEPS, events.KINDS, events.TOUCHES)
    masks = []
    for size in sizes:
        allowed = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=5))
        masks.append(np.full(size, NEVER, np.float32))
        masks[-1][list(allowed)] = 0.0
    edge = np.nextafter(np.float32(1.0), np.float32(0.0))
    noise = np.where(rng.random(4) < 0.3, edge, rng.random(4)).astype(np.float32)
    query = Query(
        noise=noise,
        who_step=masks[0].reshape(events.WHO, events.STEPS),
        kind=masks[1],
        touch=masks[2],
        temperature=(0.01, 1.0, 5.0),
        nucleus=(1.0, 0.5, 1e-6),
    )
    event = draw(OnnxEngine(model), query)
    assert query.who_step[event.who, event.step] == 0.0
    assert query.kind[event.kind] == 0.0
    if event.kind < events.KEYS:
        assert query.touch[event.touch] == 0.0
    else:
        assert event.touch == events.NO_TOUCH


@pytest.mark.parametrize(
    ("temperature", "nucleus", "top", "noise"),
    [
        (1e-3, 1.0, 32, 0.5),
        (1.0, 1e-6, 32, 0.999),
        (1.0, 1.0, 32, 0.0),
        (30.0, 1e-6, 32, 0.0),
        (30.0, 1.0, 1, 0.999),
    ],
)
def test_extremes_take_the_likeliest(
    model: Path, network: Network, temperature: float, nucleus: float, top: int, noise: float
) -> None:
    query = Query(
        noise=np.full(4, noise, np.float32),
        temperature=(temperature,) * 3,
        nucleus=(nucleus,) * 3,
        top=(top,) * 3,
    )
    event = draw(OnnxEngine(model), query)
    tokens = torch.tensor([[[BEAT.who, BEAT.step, BEAT.kind, BEAT.touch]]])
    target = torch.tensor([event.who, event.step, event.kind, event.touch % events.TOUCHES])
    with torch.no_grad():
        h = network.hidden(tokens, torch.zeros(1, 1, network.condition.in_features))[0, 0]
        _, step, kind, touch = network.chain(h, target)
    assert event.step == step.argmax()
    assert event.kind == kind.argmax()
    assert event.touch in (touch.argmax(), events.NO_TOUCH)


def test_draws_come_as_often_as_they_are_likely(model: Path) -> None:
    engine = OnnxEngine(model)
    count = 500
    only = np.full((events.WHO, events.STEPS), NEVER, np.float32)
    only[1] = 0.0
    drawn = np.zeros(events.STEPS)
    for index in range(count):
        noise = np.full(4, (index + 0.5) / count, np.float32)
        drawn[draw(engine, Query(noise=noise, who_step=only)).step] += 1
    answer = engine.advance([BEAT], Query(noise=np.zeros(4, np.float32)))
    share = np.exp(answer.who_step[1]) / np.exp(answer.who_step[1]).sum()
    np.testing.assert_allclose(drawn / count, share, atol=1.01 / count)


def test_the_cost_is_that_of_the_event_before_any_mask(model: Path) -> None:
    engine = OnnxEngine(model)
    free = engine.advance([BEAT], Query(noise=np.full(4, 0.5, np.float32)))
    assert np.exp(free.who_step).sum() == pytest.approx(1.0, abs=1e-5)
    engine.rewind(0)
    masked = parity.random_query(np.random.default_rng(4), set())
    answer = engine.advance([BEAT], masked)
    np.testing.assert_allclose(answer.who_step, free.who_step, atol=1e-6)
    event = answer.event
    assert answer.cost[0] == pytest.approx(-free.who_step[event.who, event.step], abs=1e-5)


def test_the_same_question_has_the_same_answer(model: Path) -> None:
    rng = np.random.default_rng(0)
    query = parity.random_query(rng, set())
    new = parity.random_events(40, rng)
    assert (
        OnnxEngine(model).advance(new, query).event == OnnxEngine(model).advance(new, query).event
    )
