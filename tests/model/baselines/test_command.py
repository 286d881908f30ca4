"""The command trains each baseline on a small corpus, and measures it as the model is measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from antiphon.daemon import cli
from antiphon.model import corpus
from antiphon.model.baselines import command
from antiphon.model.baselines.gru import Recurrent, default_shape
from antiphon.model.checkpoint import network_of
from antiphon.model.errors import ModelError
from antiphon.model.network import Network, Shape
from tests.model.material import TINY, random_corpus, save_midi, scale

SMALL = replace(TINY, hidden=24)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with packed training data and held-out MIDI files."""
    corpus.pack(random_corpus(0, pieces=6, count=80), tmp_path / "packed")
    save_midi(tmp_path / "midi" / "folk" / "a.mid", scale(60))
    monkeypatch.setattr(command, "default_shape", lambda: SMALL)
    monkeypatch.setattr("antiphon.model.samples.REPLY_EVENTS", 5)
    return tmp_path


@pytest.mark.parametrize("method", command.METHODS)
def test_a_baseline_is_trained_and_measured(
    method: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["model", "baseline", method, "--out", str(folder / method)]
    sizes = ["--corpus", str(folder / "packed"), "--length", "24", "--batch", "4", "--threads", "1"]
    assert cli.main([*words, *sizes, "--steps", "2", "--events", "500"]) == 0
    assert cli.main([*words, *sizes, "--steps", "3", "--events", "500"]) == 0
    capsys.readouterr()
    assert cli.main([*words, "--evaluate", str(folder / "midi"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["all"]["notes"] == 59
    assert 0.0 < found["all"]["nats_per_note"] < 50.0
    assert list(found["by_style"]) == ["folk"]
    if method == "gru":
        assert network_of(folder / method / "checkpoint.pt", Recurrent)[1].step == 3
        with pytest.raises(ModelError, match="another kind of network"):
            network_of(folder / method / "checkpoint.pt")


def test_the_recurrent_network_hears_the_past_and_not_the_future() -> None:
    torch.manual_seed(0)
    network = Recurrent(SMALL).eval()
    tokens = torch.randint(0, 2, (1, 12, 4))
    told = torch.zeros(1, 12, network.condition.in_features)
    changed = tokens.clone()
    changed[0, 5, 2] = 70
    with torch.no_grad():
        apart = (network.hidden(tokens, told) - network.hidden(changed, told)).abs().sum(-1)[0]
    assert (apart[:5] == 0).all()
    assert (apart[5:] > 0).all()


def test_the_baseline_is_as_large_as_the_model() -> None:
    sizes = [
        sum(parameter.numel() for parameter in network.parameters())
        for network in (Network(Shape()), Recurrent(default_shape()))
    ]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)
