"""Files of the first model, which cannot be told of roles or moments: they play as they did."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.query import Query
from antiphon.export import restore
from antiphon.export.write import weights_of, write
from antiphon.model import conditions, events
from antiphon.model.events import PLAYER, Event
from tests.export.first_graph import as_first_graph

PHRASE = [Event(PLAYER, 20, 60, 20), Event(PLAYER, 20, events.NOTE_OFF + 60)] * 4
QUERY = Query(noise=np.full(4, 0.5, np.float32))


@pytest.fixture(scope="module")
def first(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "first.onnx"
    onnx.save(as_first_graph(onnx.load(models["float32"])), path)
    return path


def test_it_plays_and_what_it_cannot_be_told_changes_nothing(first: Path) -> None:
    engine = OnnxEngine(first)
    assert not engine.takes_moments
    engine.tell(conditions.vector({"jazz": 1.0}, {"density": 0.3}))
    plain = engine.advance(PHRASE, QUERY)
    engine.rewind(0)
    engine.tell(conditions.vector({"jazz": 1.0}, {"density": 0.3}, role="bass"))
    moments = np.ones((len(PHRASE), conditions.SIZE), np.float32)[:, conditions.MOMENTS]
    told = engine.advance(PHRASE, QUERY, moments)
    assert np.array_equal(plain.who_step, told.who_step)


def test_it_says_the_same_as_this_versions_file_told_nothing_more(
    first: Path, models: dict[str, Path]
) -> None:
    answers = []
    for path in (first, models["float32"]):
        engine = OnnxEngine(path)
        engine.tell(conditions.vector({"jazz": 1.0}, {"density": 0.3}))
        answers.append(engine.advance(PHRASE, QUERY).who_step)
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_it_is_restored_with_zeros_for_what_it_does_not_know(first: Path, tmp_path: Path) -> None:
    network = restore.network_of(first)
    weights = weights_of(network)
    assert not weights["condition.weight"][:, conditions.STEADY_SIZE :].any()
    assert not weights["who.weight"][events.FUTURE].any()
    write(network, "float32", tmp_path / "again.onnx")
    assert OnnxEngine(tmp_path / "again.onnx").takes_moments
