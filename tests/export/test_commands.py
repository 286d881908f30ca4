"""The commands of the export: they write, compare and measure, and name what is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from antiphon.daemon import cli
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.export import loss, parity
from antiphon.export import write as writing
from antiphon.export.builder import FORMATS, Weights
from antiphon.model import checkpoint, checksums, heldout, likelihood, views
from antiphon.model.batches import collate
from antiphon.model.network import ATTRIBUTES, Network
from antiphon.model.settings import Settings
from antiphon.model.train import optimisers
from tests.model.material import TINY, random_corpus, save_midi, scale


@pytest.fixture(scope="module")
def run(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a run."""
    path = tmp_path_factory.mktemp("run") / "checkpoint.pt"
    checkpoint.save(path, network, optimisers(network, Settings()), checkpoint.Progress(step=3))
    return path


def check_error(words: list[str | Path], complaint: str, err: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(word) for word in words]) == cli.USER_ERROR
    line = err.readouterr().err
    assert complaint in line
    assert line.count("\n") == 1


def test_export_writes_each_format(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", run, "--out", tmp_path, "--name", "small", "--formats", ",".join(FORMATS)]
    assert cli.main([str(word) for word in words]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == sorted(
        f"small-{name}.onnx" for name in FORMATS
    )
    assert sorted(checksums.listed(tmp_path)) == sorted(f"small-{name}.onnx" for name in FORMATS)
    assert "step 3" in capsys.readouterr().out
    sizes = {name: (tmp_path / f"small-{name}.onnx").stat().st_size for name in FORMATS}
    assert sizes["int4"] < sizes["int8"] < sizes["float32"] > sizes["float16"]
    for name in FORMATS:
        assert OnnxEngine(tmp_path / f"small-{name}.onnx").window == TINY.window


def test_mistakes_are_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_error(["export", run, "--formats", "int9"], "no format 'int9'", capsys)
    check_error(["parity", run, "--formats", "int8,mp3"], "no format 'mp3'", capsys)
    check_error(["parity", tmp_path / "lost.pt"], "no such checkpoint", capsys)
    check_error(["evaluate", tmp_path / "lost"], "no MIDI files here", capsys)
    save_midi(tmp_path / "a.mid", scale())
    check_error(["evaluate", tmp_path, "--windows", "0"], "--windows 0", capsys)
    check_error(["evaluate", tmp_path, "--pieces", "0"], "--pieces 0", capsys)
    check_error(["evaluate", tmp_path, "--split", "test"], "omit --split", capsys)
    check_error(["evaluate", tmp_path, "--model", tmp_path / "lost.onnx"], "no such model", capsys)
    check_error(["evaluate", tmp_path, "--style", "polka"], "polka", capsys)
    manifest = "path\tdataset\tstyle\tis_performance\tsplit\na.mid\tmade\tpop\t1\ttrain\n"
    (tmp_path / "MANIFEST.tsv").write_text(manifest)
    check_error(["evaluate", tmp_path], "names nothing of split valid", capsys)


def test_parity_finds_the_export_good(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["parity", str(run), "--formats", "float32,float16"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["nats", "float32", "float16"]
    assert all(line.endswith("good") for line in lines[1:])


def test_parity_finds_a_wrong_export(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(network: Network) -> Weights:
        weights = right(network)
        return weights | {"step.weight": weights["step.weight"] + 0.02}

    right = writing.weights_of
    monkeypatch.setattr(writing, "weights_of", wrong)
    assert cli.main(["parity", str(run), "--formats", "float32", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["float32"]["good"] is False
    assert found["float32"]["most"] > parity.TOLERANCES["float32"].most


def test_forced_events_cost_what_they_cost_in_training(
    models: dict[str, Path], network: Network
) -> None:
    packed = random_corpus(3)
    engine = OnnxEngine(models["float32"])
    for piece, start in heldout.choose(packed, TINY.window, 6, seed=0):
        window = views.plain_window(packed, piece, start, TINY.window)
        scored = loss.score(engine, piece, window)
        tokens, condition, real = collate([window])
        with torch.no_grad():
            costs = network.losses(tokens, condition)[0][real[0]].numpy()
        assert len(ATTRIBUTES) == costs.shape[1]
        by_draw = np.stack([costs[:, 0] + costs[:, 1], costs[:, 2], costs[:, 3]], axis=1)
        np.testing.assert_allclose(scored.cost, by_draw, atol=1e-4)
        assert scored.note.sum() == int((tokens[0, 1:][real[0], 2] < 128).sum())


def test_figures_add_up(models: dict[str, Path]) -> None:
    packed = random_corpus(3)
    engine = OnnxEngine(models["int8"])
    scored = [
        loss.score(engine, piece, views.plain_window(packed, piece, start, TINY.window))
        for piece, start in heldout.choose(packed, TINY.window, 20, seed=1)
    ]
    found = likelihood.report(scored)
    whole = found["all"]
    for group in (found["by_style"], found["by_hand"]):
        assert sum(row["events"] for row in group.values()) == whole["events"]
        nats = sum(row["nats_per_event"] * row["events"] for row in group.values())
        assert nats == pytest.approx(whole["nats_per_event"] * whole["events"])
    attributes = whole["by_attribute"].values()
    assert sum(row["nats_per_event"] for row in attributes) == pytest.approx(
        whole["nats_per_event"]
    )
    assert whole["nats_per_note"] * whole["notes"] == pytest.approx(
        whole["nats_per_second"] * whole["seconds"], rel=0.01
    )


def test_early_and_late_are_told_apart() -> None:
    cost = np.zeros((likelihood.WINDOW, 3))
    cost[: likelihood.EARLY, 0] = 2.0
    cost[-likelihood.LATE :, 0] = 1.0
    note, gap_s = np.ones(len(cost), bool), np.full(len(cost), 0.1)
    scored = likelihood.Scored("jazz", "performed", cost, note, gap_s)
    found = likelihood.report([scored])["by_context"]
    assert [row["nats_per_note"] for row in found.values()] == [2.0, 1.0]
    assert "by_context" in likelihood.report(
        [replace(scored, cost=cost[:9], note=note[:9], gap_s=gap_s[:9])]
    )


def test_evaluate_measures_a_folder(
    models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        save_midi(tmp_path / "folk" / f"{name}.mid", scale(60), tracks=2)
    (tmp_path / "damaged.mid").write_bytes(b"MThd")
    words = ["evaluate", str(tmp_path), "--model", str(models["int8"]), "--windows", "5"]
    assert cli.main(words) == 0
    out, err = capsys.readouterr()
    assert "skipped damaged.mid" in err
    assert [line.split()[0] for line in out.splitlines()[1:4]] == ["all", "performed", "folk"]
    assert cli.main([*words, "--json", "--style", "jazz", "--hand", "score"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["all"]["windows"] == 5
    assert list(found["by_style"]) == ["jazz"]
    assert list(found["by_hand"]) == ["score"]
    assert cli.main([*words, "--json", "--style", "jazz", "--hand", "score"]) == 0
    assert json.loads(capsys.readouterr().out) == found
