"""One batch shared by several processes teaches what it teaches one."""

import csv
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from antiphon.model import corpus
from antiphon.model.checkpoint import network_of
from antiphon.model.errors import ModelError
from antiphon.model.network import Shape
from antiphon.model.parallel import Place, joined
from antiphon.model.settings import Settings
from antiphon.model.train import train
from tests.model.material import TINY, random_corpus

SCRIPT = """
import sys
from pathlib import Path
from antiphon.model.network import Shape
from antiphon.model.settings import Settings
from antiphon.model.train import train

train(Settings(**{settings}), Path({folder!r}), Shape(**{shape}), None, lambda network: network)
threads = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
assert not [name for name in threads if "gloo" in name], "threads that may abort at the end"
"""


def test_two_processes_learn_as_one_does(tmp_path: Path) -> None:
    corpus.pack(random_corpus(0, pieces=6, count=80), tmp_path / "corpus")
    settings = Settings(
        corpus=str(tmp_path / "corpus"),
        length=24,
        batch=5,
        steps=3,
        warmup=2,
        validate_every=3,
        validation_windows=3,
        sample_every=100,
        threads=1,
        device="cpu",
        micro_batch=2,
    )
    shape = replace(TINY, window=64)
    script = tmp_path / "run.py"
    script.write_text(
        SCRIPT.format(settings=asdict(settings), folder=str(tmp_path / "two"), shape=asdict(shape))
    )
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    done = subprocess.run([sys.executable, *launch], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    train(settings, tmp_path / "one", shape, None, lambda network: network)
    (one, one_progress), (two, two_progress) = (
        network_of(tmp_path / name / "checkpoint.pt") for name in ("one", "two")
    )
    assert two_progress == one_progress
    started = random_state(settings, tmp_path, shape)
    for name, value in one.state_dict().items():
        moved = (value - started[name]).norm()
        assert (two.state_dict()[name] - value).norm() <= 0.35 * moved + 1e-6, name
    rows = [
        list(csv.DictReader((tmp_path / name / "log.csv").read_text().splitlines()))
        for name in ("one", "two")
    ]
    assert len(rows[1]) == 1
    for column in ("train_step", "train_kind", "train_touch"):
        assert float(rows[1][0][column]) == pytest.approx(float(rows[0][0][column]), abs=0.01)


def random_state(settings: Settings, folder: Path, shape: Shape) -> dict[str, torch.Tensor]:
    """The weights that a run of these settings begins with."""
    train(replace(settings, steps=0), folder / "none", shape, None, lambda network: network)
    return network_of(folder / "none" / "checkpoint.pt")[0].state_dict()


def test_a_batch_is_shared_without_rest() -> None:
    rows = torch.arange(5)[:, None]
    places = [Place(torch.device("cpu"), rank, 2) for rank in range(2)]
    shares = [place.share((rows, rows, rows))[0].flatten().tolist() for place in places]
    assert shares == [[0, 2, 4], [1, 3]]
    with pytest.raises(ModelError, match="leaves some of 2 processes idle"):
        places[0].share((rows[:1], rows[:1], rows[:1]))


def test_alone_a_run_has_all() -> None:
    with joined("cpu") as place:
        assert place.leads
        assert place.total(torch.tensor(2), 3.5) == [2.0, 3.5]


def test_devices_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="finds no NVIDIA GPU"), joined("cuda"):
        pass
    with pytest.raises(ModelError, match="is none of"), joined("tpu"):
        pass
    with joined("auto") as place:
        assert place.device.type == "cpu"
