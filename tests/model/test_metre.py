"""What is trained is what the performer works out; lessons know where their chords stand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from antiphon.daemon import cli
from antiphon.daemon.performer.metre import Metre
from antiphon.model.beats import beat_quarters, read_beats
from antiphon.model.corpus import read_midi
from antiphon.model.metre import Network, featured, placed
from antiphon.model.rhythm import FEATURES, PERIODS_S, PLACES
from tests.model.material import save_midi, scale


def test_the_performer_works_out_the_trained_network() -> None:
    torch.manual_seed(1)
    network = Network().eval()
    network.mean.copy_(torch.rand(FEATURES))
    network.spread.copy_(0.5 + torch.rand(FEATURES))
    features = np.random.default_rng(1).normal(size=(20, FEATURES))
    with torch.no_grad():
        expected = network(torch.from_numpy(features[None]).float())[0]
    weights = network.weights()
    metre = Metre(**{name: found.astype(np.float32) for name, found in weights.items()})
    state = metre.silence
    for row, trained in zip(features, expected, strict=True):
        state, odds = metre.read(state, row)
        found = torch.log_softmax(torch.from_numpy(odds).reshape(-1), dim=0)
        assert torch.allclose(found.float(), trained, atol=0.02)
    assert odds.shape == (len(PERIODS_S), PLACES)


def test_beats_are_read_from_the_tempo_map(tmp_path: Path) -> None:
    save_midi(tmp_path / "a.mid", scale(40))
    beats_s = read_beats(tmp_path / "a.mid")
    assert beats_s[0] == 0.0
    assert np.diff(beats_s) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("above", "below", "quarters"), [(4, 4, 1.0), (6, 8, 1.5), (3, 8, 0.5), (2, 2, 2.0)]
)
def test_a_time_signature_has_a_beat(above: int, below: int, quarters: float) -> None:
    assert beat_quarters(above, below) == quarters


def test_places_are_told_where_beats_are_known() -> None:
    place, period_s, known = placed(np.array([0.5, 1.0, 1.25, 9.0]), np.arange(1.0, 4.0, 0.5))
    assert known.tolist() == [False, True, True, False]
    assert place[1:3].tolist() == [0.0, 0.5]
    assert period_s[1] == pytest.approx(0.5)


def test_chords_have_features(tmp_path: Path) -> None:
    save_midi(tmp_path / "a.mid", scale(20))
    features, times_s = featured(read_midi(tmp_path / "a.mid")[0])
    assert features.shape == (len(times_s), FEATURES)
    assert np.isfinite(features).all()


def test_the_command_trains_weights(tmp_path: Path) -> None:
    lines = ["path\tdataset\tstyle\tis_performance\tsplit"]
    save_midi(tmp_path / "a.mid", scale(200))
    lines.append("a.mid\tmutopia\tclassical\t0\ttrain")
    (tmp_path / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out" / "beat.npz"
    assert cli.main(["model", "beats", str(tmp_path), "--out", str(out), "--steps", "2"]) == 0
    with np.load(out) as found:
        assert set(found.files) == set(Network().weights())
