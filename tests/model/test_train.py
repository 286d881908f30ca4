import csv
import itertools
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import torch

from antiphon.daemon import cli
from antiphon.model import corpus, views
from antiphon.model.batches import batches, plan_pass
from antiphon.model.checkpoint import network_of
from antiphon.model.network import Network, Shape
from antiphon.model.settings import Settings
from antiphon.model.train import rate_at, train
from tests.model.material import TINY, random_corpus

SETTINGS = Settings(
    length=32,
    batch=4,
    steps=6,
    warmup=2,
    save_every=2,
    validate_every=3,
    validation_windows=3,
    sample_every=4,
    threads=1,
)


def as_it_is(network: Network) -> Network:
    """Compiling takes a minute and says nothing about the training."""
    return network


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that name a small packed corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    corpus.pack(random_corpus(0, pieces=6, count=80), folder)
    return replace(SETTINGS, corpus=str(folder))


@pytest.fixture(autouse=True)
def short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antiphon.model.samples.REPLY_EVENTS", 20)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return network_of(folder / "checkpoint.pt")[0].state_dict()


def read_log(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "log.csv").read_text().splitlines()))


def check_equal(one: Path, other: Path) -> None:
    a, b = weights(one), weights(other)
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_leaves_all_that_it_should(settings: Settings, tmp_path: Path) -> None:
    shape = replace(TINY, window=1000)
    train(settings, tmp_path, shape, None, as_it_is)
    network, progress = network_of(tmp_path / "checkpoint.pt")
    assert network.shape == shape
    assert progress.step == 6
    assert progress.events == sum(int(r.sum()) for r in first_masks(settings, 6))
    rows = read_log(tmp_path)
    assert [row["step"] for row in rows] == ["3", "6"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert json.loads((tmp_path / "settings.json").read_text())["length"] == 32
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"
    names = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert names == ["0000004.mid", "0000006.mid"]
    tracks = mido.MidiFile(tmp_path / "samples" / names[0]).tracks
    assert [track.name for track in tracks] == ["player", "machine"]
    for track in tracks:
        kinds = [message.type for message in track]
        assert kinds.count("note_on") == kinds.count("note_off")
    assert sum(not message.is_meta for message in tracks[1]) >= 20


def first_masks(settings: Settings, count: int) -> list[torch.Tensor]:
    source = batches(corpus.load(Path(settings.corpus)), settings, 0, 0)
    return [real for _, _, real in itertools.islice(source, count)]


def test_it_learns(settings: Settings, tmp_path: Path) -> None:
    train(replace(settings, steps=24, learning_rate=1e-2), tmp_path, TINY, None, as_it_is)
    rows = read_log(tmp_path)
    kinds = [float(row["train_kind"]) for row in rows]
    assert kinds[-1] < kinds[0] - 0.3


def test_a_resumed_run_is_the_run_that_never_stopped(settings: Settings, tmp_path: Path) -> None:
    train(settings, tmp_path / "whole", TINY, None, as_it_is)
    train(replace(settings, steps=3), tmp_path / "halves", TINY, None, as_it_is)
    train(settings, tmp_path / "halves", TINY, None, as_it_is)
    check_equal(tmp_path / "whole", tmp_path / "halves")


def test_a_few_rows_at_a_time_teach_the_same(settings: Settings, tmp_path: Path) -> None:
    settings = replace(settings, batch=5, steps=1)
    train(settings, tmp_path / "whole", TINY, None, as_it_is)
    train(replace(settings, micro_batch=2), tmp_path / "parts", TINY, None, as_it_is)
    whole, parts = (weights(tmp_path / name) for name in ("whole", "parts"))
    train(replace(settings, steps=0), tmp_path / "none", TINY, None, as_it_is)
    start = weights(tmp_path / "none")
    for name, value in whole.items():
        moved = (value - start[name]).norm()
        assert (parts[name] - value).norm() <= 0.35 * moved + 1e-6, name


def test_a_signal_stops_after_the_step_and_keeps_it(settings: Settings, tmp_path: Path) -> None:
    calls = itertools.count()
    before = signal.getsignal(signal.SIGINT)

    def stop_at_third(*_: object) -> None:
        if next(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    def interrupted(network: Network) -> Network:
        network.register_forward_pre_hook(stop_at_third)
        return network

    train(settings, tmp_path / "cut", TINY, None, interrupted)
    assert network_of(tmp_path / "cut" / "checkpoint.pt")[1].step == 3
    assert signal.getsignal(signal.SIGINT) is before
    train(settings, tmp_path / "cut", TINY, None, as_it_is)
    train(settings, tmp_path / "whole", TINY, None, as_it_is)
    check_equal(tmp_path / "whole", tmp_path / "cut")


def test_a_decay_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    train(replace(settings, steps=2), tmp_path, TINY, None, as_it_is)
    train(settings, tmp_path, TINY, 3, as_it_is)
    progress = network_of(tmp_path / "checkpoint.pt")[1]
    assert (progress.step, progress.decay) == (5, (2, 3))


def test_another_mixture_begins_a_new_stage(settings: Settings, tmp_path: Path) -> None:
    train(replace(settings, steps=2), tmp_path, TINY, None, as_it_is)
    train(replace(settings, steps=3), tmp_path, TINY, None, as_it_is)
    assert network_of(tmp_path / "checkpoint.pt")[1].stage == 0
    train(replace(settings, steps=4, performed_repeat=4.0), tmp_path, TINY, None, as_it_is)
    progress = network_of(tmp_path / "checkpoint.pt")[1]
    assert (progress.stage, progress.stage_start, progress.performed_repeat) == (1, 3, 4.0)


def test_another_length_begins_a_new_stage(settings: Settings, tmp_path: Path) -> None:
    train(replace(settings, steps=2), tmp_path, TINY, None, as_it_is)
    train(replace(settings, steps=4, length=48), tmp_path, TINY, None, as_it_is)
    progress = network_of(tmp_path / "checkpoint.pt")[1]
    assert (progress.stage, progress.stage_start, progress.length) == (1, 2, 48)


def test_the_rate_warms_up_stays_and_falls() -> None:
    settings = Settings(warmup=10)
    rates = [rate_at(step, settings, (50, 20)) for step in range(71)]
    assert rates[:10] == sorted(rates[:10])
    assert set(rates[9:50]) == {1.0}
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert rates[70] == 0.0
    assert rate_at(10_000, settings, None) == 1.0


def test_batches_depend_on_seed_and_step_alone(settings: Settings) -> None:
    packed = corpus.load(Path(settings.corpus))
    whole = list(itertools.islice(batches(packed, settings, 0, 0), 30))
    for first in (1, 11, 29):
        tokens, condition, real = next(batches(packed, settings, first, 0))
        assert torch.equal(tokens, whole[first][0])
        assert torch.equal(condition, whole[first][1])
        assert torch.equal(real, whole[first][2])
    assert not torch.equal(next(batches(packed, settings, 0, 1))[0], whole[0][0])


def test_a_pass_plays_all_windows_and_rare_styles_more_often(settings: Settings) -> None:
    pieces = corpus.load(Path(settings.corpus)).split("train")
    settings = replace(settings, length=32)
    plan = plan_pass(pieces, settings, number=0)
    played = np.bincount(plan[:, 0], minlength=len(pieces))
    for index, piece in enumerate(pieces):
        once = len(views.starts(piece, 32, 0.0))
        times = 2 if piece.style == "jazz" else 1
        assert played[index] >= times * (once - 1)
    assert not np.array_equal(plan, plan_pass(pieces, settings, number=1))


def test_a_pass_plays_performances_as_often_as_asked(settings: Settings) -> None:
    pieces = corpus.load(Path(settings.corpus)).split("train")
    performed = [replace(piece, hand="performed", style="classical") for piece in pieces]
    once, thrice = (
        len(plan_pass(performed, replace(settings, performed_repeat=times), 0))
        for times in (1.0, 3.0)
    )
    assert 2.5 * once < thrice < 3.5 * once


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--batch", "0"], "--batch must be at least 1"),
        (["--length", "4"], "--length at least 8"),
        (["--corpus", "/nowhere"], "/nowhere: no packed corpus"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["model", "train", "--out", str(tmp_path / "run"), *words]) == cli.USER_ERROR
    err = capsys.readouterr().err
    assert complaint in err
    assert err.count("\n") == 1


def test_shapes_that_cannot_be_are_not_trained(settings: Settings, tmp_path: Path) -> None:
    train(replace(settings, steps=1), tmp_path, TINY, None, as_it_is)
    with pytest.raises(Exception, match="has shape"):
        train(settings, tmp_path, Shape(), None, as_it_is)
