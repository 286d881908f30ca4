from dataclasses import replace
from pathlib import Path

import pytest
import torch

from antiphon.model import checkpoint
from antiphon.model.checkpoint import Progress, network_of, resume, save
from antiphon.model.errors import ModelError
from antiphon.model.network import Network
from antiphon.model.settings import Settings
from antiphon.model.train import optimisers
from tests.model.material import TINY, lively

PROGRESS = Progress(step=7, events=99, stage=1, stage_start=3, length=64, decay=(5, 10))


def trained(seed: int = 0) -> tuple[Network, list[torch.optim.Optimizer]]:
    """A network with optimisers that have something to remember."""
    network = lively(seed=seed)
    workers = optimisers(network, Settings())
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    for worker in workers:
        worker.step()
    return network, workers


def equal(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


def test_a_run_comes_back_whole(tmp_path: Path) -> None:
    network, workers = trained()
    save(tmp_path / "run.pt", network, workers, PROGRESS)
    other, others = trained(seed=1)
    assert not equal(network.state_dict(), other.state_dict())
    assert resume(tmp_path / "run.pt", other, others) == PROGRESS
    assert equal(network.state_dict(), other.state_dict())
    for one, another in zip(workers, others, strict=True):
        assert equal(one.state_dict()["state"], another.state_dict()["state"])
    alone, progress = network_of(tmp_path / "run.pt")
    assert progress == PROGRESS
    assert equal(network.state_dict(), alone.state_dict())
    assert not alone.training


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 torn"])
def test_a_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"run\.pt: not a readable checkpoint"):
        network_of(path)


def test_a_checkpoint_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="not a checkpoint of this program"):
        network_of(path)
    with pytest.raises(ModelError, match="no such checkpoint"):
        network_of(tmp_path / "lost.pt")
    with pytest.raises(ModelError, match=str(tmp_path)):
        network_of(tmp_path)


def test_another_vocabulary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, workers = trained()
    save(tmp_path / "run.pt", network, workers, PROGRESS)
    monkeypatch.setattr(checkpoint, "VOCABULARY", [2, 100, 258, 32, 62])
    with pytest.raises(ModelError, match="made for vocabulary"):
        network_of(tmp_path / "run.pt")


def test_another_shape_is_named(tmp_path: Path) -> None:
    network, workers = trained()
    save(tmp_path / "run.pt", network, workers, PROGRESS)
    other = Network(replace(TINY, layers=3))
    with pytest.raises(ModelError, match="has shape"):
        resume(tmp_path / "run.pt", other, optimisers(other, Settings()))


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("unexpected pos 64 vs 0")]
)
def test_a_full_disk_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    network, workers = trained()
    save(tmp_path / "run.pt", network, workers, PROGRESS)
    before = (tmp_path / "run.pt").read_bytes()

    def fail(_content: object, file: object) -> None:
        file.write(b"half a checkpoint")  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(ModelError, match=r"run\.pt: cannot be written .* untouched"):
        save(tmp_path / "run.pt", network, workers, replace(PROGRESS, step=8))
    assert (tmp_path / "run.pt").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_a_crash_while_writing_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, workers = trained()
    save(tmp_path / "run.pt", network, workers, PROGRESS)

    def die(_descriptor: int) -> None:
        raise SystemExit

    monkeypatch.setattr("os.fsync", die)
    with pytest.raises(SystemExit):
        save(tmp_path / "run.pt", network, workers, replace(PROGRESS, step=8))
    assert network_of(tmp_path / "run.pt")[1] == PROGRESS
